"""How far a predicted mask can be trusted, by frame and segment."""

from __future__ import annotations

import torch
from torch import Tensor

from .propagation import SoftMasks

TRUST_SPAN = 60.0  # frames from the nearest mark after which a third of the trust is gone
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


def confidence(masks: SoftMasks, marked: list[list[int]], scores: Tensor) -> Tensor:
    """(T, K) in [0, 1]: expected Dice, lowered where the directions disagree and far from any mark; 1 on marks.

    Args:
        masks: what is believed.
        scores: (T, K) how well each frame tells the marks back, nan where nothing is predicted.
        marked: for each segment the frames on which a user said where it is, or that it is absent.
    """
    count = masks.margins.shape[0]
    chunks = [expected_dice(chunk) for chunk in masks.margins.split(64)]
    trust = torch.cat(chunks) * (0.25 + 0.75 * masks.agreement) * torch.nan_to_num(scores, nan=1.0)
    frames = torch.arange(count, dtype=torch.float32)
    for column, known in enumerate(marked):
        distance = (frames[:, None] - torch.tensor(known, dtype=torch.float32)[None, :]).abs().amin(dim=1)
        trust[:, column] *= torch.exp(-0.4 * distance / TRUST_SPAN)
        trust[known, column] = 1.0
    return trust.clamp(0, 1)


def next_frame_to_check(trust: Tensor, marked: list[int]) -> int | None:
    """The unmarked frame of least confidence; a frame far from the marks wins among equals."""
    worst = trust.amin(dim=1).clone()
    if len(marked) >= len(worst):
        return None
    worst[marked] = float("inf")
    return int(worst.argmin())
