"""Smooth fields from few numbers, by cubic B-splines along both sides; and blurring."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# A B-spline of unit white noise has a smaller deviation than the noise; this brings it back to about one.
SPLINE_GAIN = 1.5


def spline_basis(size: int, knots: int) -> Tensor:
    """(size, knots) weights of cubic B-splines at pixel centres; `knots` is at least 4."""
    place = (torch.arange(size) + 0.5) / size * (knots - 3)
    distance = (place[:, None] + 1 - torch.arange(knots)).abs()
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = (2 - distance).clamp(min=0) ** 3 / 6
    return torch.where(distance < 1, near, far)


def spline_fields(coefficients: Tensor, size: int) -> Tensor:
    """(..., size, size) smooth fields of (..., n, n) coefficients."""
    basis = spline_basis(size, int(coefficients.shape[-1]))
    return SPLINE_GAIN * (basis @ coefficients @ basis.T)


def box_blur(pictures: Tensor, widths: tuple[int, int]) -> Tensor:
    """Mean of (..., C, H, W) over boxes of odd (down, across) widths, along one side and then the other."""
    down, across = widths
    if down > 1:
        pictures = F.avg_pool2d(pictures, (down, 1), 1, (down // 2, 0), count_include_pad=False)
    if across > 1:
        pictures = F.avg_pool2d(pictures, (1, across), 1, (0, across // 2), count_include_pad=False)
    return pictures
