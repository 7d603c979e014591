"""The judge of masks: what it sees, and what it learns from."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from rabengine.network.fusion import PRIOR_CHANNELS
from rabengine.network.judge import Judge, Judgement
from rabengine.network.losses import judge_loss

WIDTH = 8


def square(top: int, side: int = 8) -> Tensor:
    """(1, 1, 24, 24) with a square in it."""
    mask = torch.zeros(1, 1, 24, 24)
    mask[..., top : top + side, 4 : 4 + side] = 1
    return mask


def judgement(quality: float, presence: float) -> Judgement:
    """Of one mask, from probabilities."""
    return Judgement(*(torch.tensor([math.log(p / (1 - p))]) for p in (quality, presence)))


@pytest.mark.parametrize(
    ("mask", "truth", "dice", "shown"),
    [
        (square(4), square(4), 1.0, 1.0),
        (square(4), square(8), 0.5, 1.0),
        (square(4), torch.zeros(1, 1, 24, 24), 0.0, 0.0),
        (torch.zeros(1, 1, 24, 24), torch.zeros(1, 1, 24, 24), 1.0, 0.0),
    ],
)
def test_the_right_answer_costs_least(mask: Tensor, truth: Tensor, dice: float, shown: float) -> None:
    nearly = tuple(min(max(value, 0.01), 0.99) for value in (dice, shown))
    least = judge_loss(judgement(*nearly), mask, truth)
    for quality in (0.1, 0.4, 0.9):
        for presence in (0.1, 0.9):
            if abs(quality - dice) > 0.05 or abs(presence - shown) > 0.5:
                assert judge_loss(judgement(quality, presence), mask, truth) > least


def test_it_learns_to_tell_good_masks_from_bad_ones() -> None:
    """The truth is where a map of the features is bright; masks lie on it or beside it, and some frames are dark."""
    torch.manual_seed(0)
    judge = Judge(WIDTH, PRIOR_CHANNELS)
    optimizer = torch.optim.Adam(judge.parameters(), lr=3e-3)

    def episode() -> tuple[Tensor, Tensor, Tensor]:
        tops = torch.randint(0, 17, (16,)).tolist()
        shown = (torch.rand(16) > 0.3).float()[:, None, None, None]
        truth = torch.cat([square(top) for top in tops]) * shown
        beside = torch.cat([square(min(16, top + int(torch.randint(0, 9, (1,))))) for top in tops])
        fused = 0.3 * torch.randn(16, WIDTH, 24, 24)
        fused[:, :1] += 2 * truth
        return fused, beside, truth

    for _ in range(150):
        fused, mask, truth = episode()
        optimizer.zero_grad()
        judge_loss(judge(fused, None, mask), mask, truth).backward()
        optimizer.step()
    fused, mask, truth = episode()
    with torch.no_grad():
        found = judge(fused, None, mask)
    painted = mask.flatten(1)
    dice = 2 * (painted * truth.flatten(1)).sum(1) / (painted.sum(1) + truth.flatten(1).sum(1))
    assert (torch.sigmoid(found.quality) - dice).abs().mean() < 0.15
    assert ((found.presence > 0) == truth.flatten(1).any(dim=1)).float().mean() > 0.9


def test_without_priors_it_judges_by_the_features_and_the_mask() -> None:
    torch.manual_seed(0)
    judge, fused = Judge(WIDTH, PRIOR_CHANNELS), torch.randn(2, WIDTH, 24, 24)
    mask = square(4).expand(2, -1, -1, -1)
    nothing = torch.zeros(2, PRIOR_CHANNELS, 12, 12)
    one, other = judge(fused, None, mask), judge(fused, nothing, mask)
    torch.testing.assert_close(one.quality, other.quality)
    torch.testing.assert_close(one.presence, other.presence)


def test_an_empty_mask_and_a_full_one_are_judged() -> None:
    judge, fused = Judge(WIDTH, PRIOR_CHANNELS), torch.randn(2, WIDTH, 24, 24)
    found = judge(fused, None, torch.stack([torch.zeros(1, 24, 24), torch.ones(1, 24, 24)]))
    assert bool(torch.isfinite(found.quality).all()) and bool(torch.isfinite(found.presence).all())
