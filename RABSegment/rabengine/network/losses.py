"""Losses against a known mask, for training and for the marked frames of a cine."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def soft_dice_loss(probability: Tensor, truth: Tensor) -> Tensor:
    """1 - Dice per item, (N, 1, H, W) to (N,); an empty truth asks for an empty prediction."""
    overlap = (probability * truth).sum(dim=(1, 2, 3))
    total = probability.sum(dim=(1, 2, 3)) + truth.sum(dim=(1, 2, 3))
    slack = 0.0005 * truth.shape[-1] * truth.shape[-2]
    return 1.0 - (2.0 * overlap + slack) / (total + slack)


def mask_loss(logits: Tensor, truth: Tensor, balance: bool = False, weight: Tensor | None = None) -> Tensor:
    """Dice plus cross-entropy, mean over N.

    Args:
        logits: (N, 2, h, w), brought to the truth's size.
        truth: (N, 1, H, W) in [0, 1].
        balance: give object and background half of the cross-entropy each, whatever their areas.
        weight: (N, 1, H, W) of each pixel, 0 where the truth is unknown.
    """
    logits = F.interpolate(logits.float(), size=truth.shape[-2:], mode="bilinear", align_corners=False)
    margin = logits[:, 1:] - logits[:, :1]
    importance = torch.ones_like(truth) if weight is None else weight
    if balance:
        importance = importance * _balanced(truth)
    entropy = F.binary_cross_entropy_with_logits(margin, truth, weight=importance, reduction="mean")
    probability = torch.sigmoid(margin)
    if weight is not None:
        probability, truth = probability * weight, truth * weight
    return soft_dice_loss(probability, truth).mean() + entropy


def _balanced(truth: Tensor) -> Tensor:
    """Weights that give both classes the same sum, softened by a square root and 1 on average."""
    share = truth.mean(dim=(1, 2, 3), keepdim=True).clamp(0.005, 0.995)
    weights = truth * share.rsqrt() + (1 - truth) * (1 - share).rsqrt()
    return weights / weights.mean(dim=(1, 2, 3), keepdim=True)
