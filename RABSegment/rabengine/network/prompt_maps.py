"""Prompts as maps beside the picture, which is how the prompt model takes them."""

from __future__ import annotations

import torch
from torch import Tensor

DISC_RADIUS = 3  # pixels of the view
POSITIVE, NEGATIVE, BOX, MASK, HAS_BOX, HAS_MASK = range(6)
PROMPT_CHANNELS = 6


def no_prompts(count: int, size: tuple[int, int], device: torch.device | None = None) -> Tensor:
    """(count, PROMPT_CHANNELS, *size) of zeros: nothing said yet."""
    return torch.zeros(count, PROMPT_CHANNELS, *size, device=device)


def discs(points: Tensor, size: tuple[int, int]) -> Tensor:
    """Small discs round points.

    Args:
        points: (N, K, 2) of (row, column) in pixels; a negative row is no point.
        size: height and width.

    Returns:
        (N, *size) of 0 and 1.
    """
    height, width = size
    rows = torch.arange(height, device=points.device)[None, None, :] - points[..., :1]
    columns = torch.arange(width, device=points.device)[None, None, :] - points[..., 1:]
    squared = rows[..., :, None] ** 2 + columns[..., None, :] ** 2
    there = (points[..., 0] >= 0)[..., None, None]
    return ((squared <= DISC_RADIUS**2) & there).any(dim=1).float()


def add_click(prompts: Tensor, points: Tensor, is_positive: Tensor) -> Tensor:
    """Prompts with one more click each.

    Args:
        prompts: (N, PROMPT_CHANNELS, H, W).
        points: (N, 2) of (row, column); a negative row is no click.
        is_positive: (N,) bool.
    """
    disc = discs(points[:, None], (int(prompts.shape[-2]), int(prompts.shape[-1])))[:, None]
    sign = is_positive.to(disc.dtype)[:, None, None, None]
    return with_scribbles(prompts, disc * sign, disc * (1 - sign))


def with_scribbles(prompts: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """Prompts with lines drawn in the object and outside; (N, 1, H, W) of 0 and 1 each."""
    return torch.cat([torch.maximum(prompts[:, :BOX], torch.cat([positive, negative], dim=1)), prompts[:, BOX:]], dim=1)


def with_box(prompts: Tensor, boxes: Tensor, present: Tensor) -> Tensor:
    """Prompts with a box each.

    Args:
        boxes: (N, 4) of (top, left, bottom, right) in pixels, the last ones inside.
        present: (N,) bool; the others get none.
    """
    height, width = prompts.shape[-2:]
    rows = torch.arange(height, device=prompts.device)[None]
    columns = torch.arange(width, device=prompts.device)[None]
    down = (rows >= boxes[:, :1]) & (rows <= boxes[:, 2:3])
    across = (columns >= boxes[:, 1:2]) & (columns <= boxes[:, 3:])
    there = present.float()[:, None, None]
    inside = (down[:, :, None] & across[:, None, :]).float() * there
    return _replaced(prompts, BOX, inside, HAS_BOX, there.expand_as(inside))


def with_mask(prompts: Tensor, mask: Tensor, present: Tensor) -> Tensor:
    """Prompts with the mask so far; (N, 1, H, W) in [0, 1], for those of (N,) where it is present."""
    there = present.to(mask.dtype)[:, None, None]
    return _replaced(prompts, MASK, mask[:, 0] * there, HAS_MASK, there.expand_as(mask[:, 0]))


def _replaced(prompts: Tensor, first: int, values: Tensor, second: int, flags: Tensor) -> Tensor:
    channels = list(prompts.unbind(dim=1))
    channels[first], channels[second] = values.to(prompts.dtype), flags.to(prompts.dtype)
    return torch.stack(channels, dim=1)
