"""A segment that too little speaks for is left out."""

from __future__ import annotations

import torch

from rabengine.propagation.confidence import without_doubtful
from rabengine.propagation.propagator import SoftMasks


def disc(strength: float) -> torch.Tensor:
    """(1, 1, 32, 32) logits of a disc, `strength` inside and outside."""
    line = torch.linspace(-1, 1, 32)
    inside = line[:, None] ** 2 + line[None, :] ** 2 < 0.25
    return torch.where(inside, strength, -strength)[None, None].half()


def test_masks_that_are_trusted_far_less_than_the_others_go() -> None:
    masks = SoftMasks(torch.cat([disc(8.0)] * 8), torch.ones(8, 1))
    trust = torch.tensor([0.9, 0.85, 0.92, 0.88, 0.9, 0.91, 0.1, 0.3])[:, None]
    kept = without_doubtful(masks, trust)
    assert [bool((logit > 0).any()) for logit in kept.logits] == [True] * 6 + [False] * 2
    assert torch.equal(kept.logits[:6], masks.logits[:6])
    assert bool((masks.logits[6] > 0).any())  # what was given is not changed


def test_on_a_hard_cine_little_trust_is_nothing_special() -> None:
    masks = SoftMasks(torch.cat([disc(8.0)] * 5), torch.ones(5, 1))
    trust = torch.tensor([0.2, 0.7, 0.4, 0.9, 0.3])[:, None]
    assert torch.equal(without_doubtful(masks, trust).logits, masks.logits)


def test_empty_frames_do_not_say_what_is_usual() -> None:
    empty = torch.full((1, 1, 32, 32), -8.0).half()
    masks = SoftMasks(torch.cat([disc(8.0)] * 3 + [empty] * 4), torch.ones(7, 1))
    trust = torch.tensor([0.5, 0.45, 0.55, 1.0, 1.0, 1.0, 1.0])[:, None]
    assert torch.equal(without_doubtful(masks, trust).logits, masks.logits)
