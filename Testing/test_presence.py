"""A segment that too little speaks for is left out."""

from __future__ import annotations

import torch

from rabengine.presence import evidence, without_doubtful
from rabengine.propagation import SoftMasks


def disc(strength: float) -> torch.Tensor:
    """(1, 1, 32, 32) margins of a disc, `strength` inside and outside."""
    line = torch.linspace(-1, 1, 32)
    inside = line[:, None] ** 2 + line[None, :] ** 2 < 0.25
    return torch.where(inside, strength, -strength)[None, None].half()


def test_masks_that_far_less_speaks_for_than_for_the_others_go() -> None:
    sure, unsure = disc(8.0), disc(0.2)
    masks = SoftMasks(torch.cat([sure] * 6 + [sure, unsure]), torch.ones(8, 1))
    scores = torch.tensor([0.9, 0.85, 0.92, 0.88, 0.9, 0.91, 0.1, 0.6])[:, None]
    kept = without_doubtful(masks, scores)
    assert [bool((margin > 0).any()) for margin in kept.margins] == [True] * 6 + [False] * 2
    assert torch.equal(kept.margins[:6], masks.margins[:6])
    assert bool((masks.margins[6] > 0).any())  # what was given is not changed


def test_on_a_hard_cine_a_low_score_is_nothing_special() -> None:
    masks = SoftMasks(torch.cat([disc(8.0)] * 5), torch.ones(5, 1))
    scores = torch.tensor([0.2, 0.7, 0.4, 0.9, 0.3])[:, None]
    assert torch.equal(without_doubtful(masks, scores).margins, masks.margins)


def test_nothing_speaks_for_or_against_an_empty_frame() -> None:
    masks = SoftMasks(torch.cat([disc(8.0), torch.full((1, 1, 32, 32), -8.0).half()]), torch.ones(2, 1))
    scores = torch.tensor([[0.9], [float("nan")]])
    assert bool(evidence(masks, scores)[1].isnan().all())
    assert torch.equal(without_doubtful(masks, scores).margins, masks.margins)
