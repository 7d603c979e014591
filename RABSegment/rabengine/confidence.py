"""How far a predicted mask can be trusted, by frame and segment."""

from __future__ import annotations

import torch
from torch import Tensor

from .propagation import HELD, SoftMasks, mutual_agreement

SCORE_POWER = 0.25  # a frame may well be right and yet a poor teacher
PRESENT = 0.002  # of the frame; fewer sure pixels are no object


def expected_dice(margins: Tensor) -> Tensor:
    """Dice that a mask expects of itself, were its probabilities true: (T, K, h, w) to (T, K).

    For a frame without the object it is the probability that there is none.
    """
    probability = torch.sigmoid(margins.float())
    predicted = (probability > 0.5).float()
    overlap = (probability * predicted).sum(dim=(2, 3))
    dice = 2 * overlap / (probability.sum(dim=(2, 3)) + predicted.sum(dim=(2, 3))).clamp(min=1e-6)
    least = max(1, round(PRESENT * margins.shape[2] * margins.shape[3]))
    strongest = probability.flatten(2).topk(least, dim=2).values.mean(dim=2)
    shown = predicted.sum(dim=(2, 3)) > 0
    return torch.where(shown, dice, 1 - strongest)


def confidence(masks: SoftMasks, first: SoftMasks, marked: list[list[int]], scores: Tensor) -> Tensor:
    """(T, K) in [0, 1]: expected Dice of the last and first propagation, lowered where they or the directions differ.

    Later propagations are sure of what they have talked themselves into; the first one is not, and where it said
    something else the frame is a hard one. Marked frames have 1.

    Args:
        masks: what is believed in the end.
        first: what the marks alone had said.
        marked: for each segment the frames on which a user said where it is, or that it is absent.
        scores: (T, K) how well each frame tells the marks back, nan where nothing is predicted.
    """
    sure = _expected_dice(masks) * _expected_dice(first) * mutual_agreement(masks, first)
    trust = sure * (0.25 + 0.75 * masks.agreement) * scores.nan_to_num(nan=1.0) ** SCORE_POWER
    for column, known in enumerate(marked):
        trust[known, column] = 1.0
    return trust.clamp(0, 1)


def _expected_dice(masks: SoftMasks) -> Tensor:
    return torch.cat([expected_dice(chunk) for chunk in masks.margins.split(HELD)])
