"""Losses of the prompt model, and a batch of simulated interaction."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from rabengine.network.losses import soft_dice_loss
from rabengine.network.prompt_maps import with_mask
from rabengine.network.prompt_model import PromptAnswer, PromptFeatures, PromptModel

from .prompt_simulation import correct, first_prompts

FOCUS = 2.0
FOCAL_WEIGHT, ENTROPY_WEIGHT, QUALITY_WEIGHT = 0.5, 0.5, 0.5  # against that of Dice, which is 1
HARD_SHARE = 0.5  # of masks so far that are given as 0 and 1


def normalised_focal_loss(logits: Tensor, mask: Tensor) -> Tensor:
    """Cross-entropy by how wrong each pixel is, the weights of a view summing to the number of its pixels (RITM).

    Args:
        logits, mask: (N, 1, H, W).
    """
    entropy = F.binary_cross_entropy_with_logits(logits, mask, reduction="none")
    weight = (1 - torch.exp(-entropy.detach())) ** FOCUS
    total = weight.sum(dim=(1, 2, 3), keepdim=True)
    return (entropy * weight / (total + 1e-3)).sum(dim=(1, 2, 3)).mean()


def intersection_over_union(answer: Tensor, mask: Tensor) -> Tensor:
    """(N,) of (N, 1, H, W) bool; 1 where both are empty."""
    overlap = (answer & mask).sum(dim=(1, 2, 3)).float()
    union = (answer | mask).sum(dim=(1, 2, 3)).float()
    return torch.where(union > 0, overlap / union.clamp(min=1), 1.0)


def prompt_loss(answer: PromptAnswer, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Of the mask and of the quality that is claimed for it; mask (N, 1, H, W) of 0 and 1.

    Returns:
        the loss, and the mean IoU that was reached.
    """
    logits = answer.logits.float()
    dice = soft_dice_loss(torch.sigmoid(logits), mask).mean()
    reached = intersection_over_union(logits.detach() > 0, mask > 0.5)
    quality = F.binary_cross_entropy_with_logits(answer.quality.float(), reached)
    entropy = F.binary_cross_entropy_with_logits(logits, mask)
    shape = FOCAL_WEIGHT * normalised_focal_loss(logits, mask) + ENTROPY_WEIGHT * entropy + dice
    return shape + QUALITY_WEIGHT * quality, reached.mean()


def interaction_loss(
    model: PromptModel,
    features: PromptFeatures,
    mask: Tensor,
    rounds: int,
    generator: Generator,
    matched: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """First prompts, `rounds` corrections without gradient, and loss and IoU of the last answer.

    Args:
        features: of N views. mask: (N, 1, H, W) their objects, 0 and 1.
        rounds: corrections. generator: on the views' device.
        matched: of what is remembered, see `PromptModel.matched`; zeros where nothing is.
    """
    has_support = None if matched is None else matched.detach().abs().amax(dim=(1, 2, 3)) > 0
    prompts = first_prompts(mask, generator, has_support)
    with torch.no_grad():
        known = features.detach()
        for _ in range(rounds):
            told = model(known, prompts, None if matched is None else matched.detach())
            answer = torch.sigmoid(told.logits.float())
            prompts = next_prompts(prompts, answer, mask, generator)
    return prompt_loss(model(features, prompts, matched), mask)


def next_prompts(prompts: Tensor, answer: Tensor, mask: Tensor, generator: Generator) -> Tensor:
    """Prompts with one more correction and the answer as the mask so far."""
    is_hard = torch.rand(len(mask), generator=generator, device=mask.device) < HARD_SHARE
    so_far = torch.where(is_hard[:, None, None, None], (answer > 0.5).float(), answer)
    every = torch.ones_like(is_hard)
    return with_mask(correct(prompts, answer, mask, generator), so_far, every)
