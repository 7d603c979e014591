"""Losses against a known mask, for training and for the marked frames of a cine."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .judge import Judgement

SMALLEST_SHARE = 1e-3  # of a class in the batch: a few pixels must not outweigh all else
LEAST_LOGARITHM = -30.0  # of a probability that counts as none


def soft_dice_loss(probability: Tensor, truth: Tensor) -> Tensor:
    """1 - Dice per item, (N, 1, H, W) to (N,); an empty truth asks for an empty prediction."""
    overlap = (probability * truth).sum(dim=(1, 2, 3))
    total = probability.sum(dim=(1, 2, 3)) + truth.sum(dim=(1, 2, 3))
    slack = 0.0005 * truth.shape[-1] * truth.shape[-2]
    return 1.0 - (2.0 * overlap + slack) / (total + slack)


def mask_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Dice plus cross-entropy, mean over N.

    Args:
        logits: (N, 2, h, w) of background and object, brought to the truth's size.
        truth: (N, 1, H, W) in [0, 1].
    """
    logits = F.interpolate(logits.float(), size=truth.shape[-2:], mode="bilinear", align_corners=False)
    logit = logits[:, 1:] - logits[:, :1]
    entropy = F.binary_cross_entropy_with_logits(logit, truth)
    return soft_dice_loss(torch.sigmoid(logit), truth).mean() + entropy


def judge_loss(judgement: Judgement, mask: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy of the Dice that was foretold and of the presence, mean over N.

    Args:
        judgement: of N masks.
        mask, truth: (N, 1, h, w) in [0, 1], on one raster. An empty mask of an empty truth is right.
    """
    painted, actual = (mask > 0.5).float().flatten(1), truth.flatten(1)
    total = painted.sum(dim=1) + actual.sum(dim=1)
    dice = torch.where(total > 0, 2 * torch.minimum(painted, actual).sum(dim=1) / total.clamp(min=1e-6), 1.0)
    shown = (actual.amax(dim=1) > 0.5).float()
    quality = F.binary_cross_entropy_with_logits(judgement.quality, dice)
    return quality + F.binary_cross_entropy_with_logits(judgement.presence, shown)


def classes_loss(logits: Tensor, truth: Tensor, known: Tensor | None = None) -> Tensor:
    """Cross-entropy in which each class in the batch counts the same, plus 1 - Dice, mean over those classes.

    Args:
        logits: (N, C, h, w), background first.
        truth: (N, C, h, w) shares that sum to 1.
        known: (N, C - 1) bool; a class that is not known on a picture may be anywhere on what is background there.
    """
    logarithm = F.log_softmax(logits, dim=1)
    if known is not None:
        logarithm = _with_background(logarithm, ~known)
    share = truth.mean(dim=(0, 2, 3))
    weight = torch.where(share > 0, share.clamp(min=SMALLEST_SHARE).reciprocal(), torch.zeros_like(share))
    importance = (truth * weight[:, None, None]).sum(dim=1)
    entropy = -(truth * logarithm).sum(dim=1)
    entropy = (entropy * importance).sum() / importance.sum()
    probability = logarithm.exp()
    overlap = 2 * (probability * truth).sum(dim=(0, 2, 3))
    dice = (overlap + 1) / (probability.sum(dim=(0, 2, 3)) + truth.sum(dim=(0, 2, 3)) + 1)
    return entropy + (1 - dice[share > 0]).mean()


def _with_background(logarithm: Tensor, unknown: Tensor) -> Tensor:
    """Log probabilities (N, C, h, w) in which (N, C - 1) classes count as background."""
    hidden = unknown[:, :, None, None]
    never = torch.full_like(logarithm[:, 1:], LEAST_LOGARITHM)
    background = torch.cat([logarithm[:, :1], torch.where(hidden, logarithm[:, 1:], never)], dim=1)
    others = torch.where(hidden, never, logarithm[:, 1:])
    return torch.cat([background.logsumexp(dim=1, keepdim=True), others], dim=1)
