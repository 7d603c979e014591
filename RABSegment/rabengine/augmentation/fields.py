"""Random numbers and smooth random fields."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor


def uniform(generator: Generator, low: float, high: float, *shape: int) -> Tensor:
    """Uniform random numbers of a shape."""
    return low + (high - low) * torch.rand(*shape, generator=generator)


def chance(generator: Generator, probability: float) -> bool:
    """True with a probability."""
    return float(torch.rand(1, generator=generator)) < probability


def smooth_field(generator: Generator, channels: int, grid: int, size: tuple[int, int]) -> Tensor:
    """(channels, *size) of smooth noise with about `grid` bumps along a side."""
    noise = torch.randn(1, channels, grid + 3, grid + 3, generator=generator)
    return F.interpolate(noise, size=size, mode="bicubic", align_corners=True)[0]
