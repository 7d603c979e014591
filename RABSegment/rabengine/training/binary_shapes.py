"""Regions of 0 and 1 grown, shrunk, and measured by depth, a whole batch at once.

A square's rows and then columns are joined by doubling: on a CPU that takes a tenth of pooling's time and less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

STEPS = (1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 7, 9)  # pixels between the depths that are told apart


def depths(region: Tensor, steps: Sequence[int] = STEPS) -> Tensor:
    """(N, 1, H, W) pixels to the edge of a region of 0 and 1, told apart by steps; the frame's border is an edge."""
    left, depth = region > 0, torch.zeros_like(region)
    for step in steps:
        depth.add_(left, alpha=step)
        left = _over_squares(left, step, torch.logical_and)
    return depth


def widened(marks: Tensor, radius: int) -> Tensor:
    """(N, 1, H, W) of 0 and 1, grown by a square of a radius in pixels."""
    return _over_squares(marks > 0, radius, torch.logical_or).to(marks.dtype)


def _over_squares(region: Tensor, radius: int, join: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """What each pixel's square of that radius comes to; nothing is true outside the frame."""
    region = F.pad(region, (radius,) * 4)
    for axis in (3, 2):
        joined = 1
        while joined < 2 * radius + 1:
            more = min(joined, 2 * radius + 1 - joined)
            size = region.shape[axis] - more
            region = join(region.narrow(axis, 0, size), region.narrow(axis, more, size))
            joined += more
    return region
