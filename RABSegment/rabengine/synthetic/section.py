"""An object that shows part after part, as a body does through which the plane of the scan moves."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from rabengine.augmentation import base_grid

from .paths import between
from .splines import box_blur

SOFT = 0.04  # share of the object's area over which the border of its section is soft


def section_levels(mask: Tensor, generator: Generator) -> Tensor:
    """How early each position shows: a plane that cuts deep shows what has a high level, a sliver or a small spot.

    Args:
        mask: (H, W) in [0, 1], the object. generator: from which side, and how far it is from the middle outwards.

    Returns:
        (H, W) in [0, 1]; the share of the object above a level of l is 1 - l.
    """
    height, width = mask.shape
    inside = mask > 0.5
    side = max(3, 2 * round(0.35 * float(inside.sum()) ** 0.5) + 1)  # some half of its width
    depth = box_blur(mask[None, None], (side, side))[0, 0]
    angle = between(generator, (0.0, 2 * math.pi))
    aside = base_grid(height, width) @ torch.tensor([math.cos(angle), math.sin(angle)])
    share = between(generator, (0.0, 1.0))
    mixed = share * _ranked(depth, inside) + (1 - share) * _ranked(aside, inside)
    return _ranked(mixed, inside)


def section_cover(levels: Tensor, hidden: Tensor) -> Tensor:
    """(L, 1, h, w) in [0, 1], what shows.

    Args:
        levels: (L, 1, h, w). hidden: (L,) share of the object that does not show.
    """
    bound = (1 + SOFT) * hidden[:, None, None, None]
    return ((levels + SOFT - bound) / SOFT).clamp(0, 1)


def _ranked(values: Tensor, inside: Tensor) -> Tensor:
    """The share of the values inside that are smaller, everywhere."""
    sorted_values = values[inside].sort().values
    return torch.searchsorted(sorted_values, values.contiguous()).float() / max(1, len(sorted_values))
