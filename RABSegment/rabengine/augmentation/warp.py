"""Random views of a picture: where each pixel of the view looks in the picture."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from .fields import uniform


def base_grid(height: int, width: int) -> Tensor:
    """(height, width, 2) of (x, y) in [-1, 1], pixel centres."""
    down = (torch.arange(height) + 0.5) / height * 2 - 1
    across = (torch.arange(width) + 0.5) / width * 2 - 1
    rows, columns = torch.meshgrid(down, across, indexing="ij")
    return torch.stack([columns, rows], dim=-1)


def random_affine(grid: Tensor, generator: Generator, turn: float, zoom: float, shift: float) -> Tensor:
    """Rotate by up to `turn` degrees, scale by up to 1 + `zoom` either way, move by up to `shift` (of a side)."""
    angle = float(uniform(generator, -turn, turn, 1)) * math.pi / 180
    scale = (1 + zoom) ** uniform(generator, -1, 1, 1) * 1.1 ** uniform(generator, -zoom, zoom, 2)
    move = uniform(generator, -2 * shift, 2 * shift, 2)
    matrix = torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return (grid @ matrix) * scale + move


def random_elastic(grid: Tensor, generator: Generator, strength: float) -> Tensor:
    """Bend a (H, W, 2) grid smoothly, by some `strength` of a side."""
    size = (int(grid.shape[0]), int(grid.shape[1]))
    knots = int(torch.randint(4, 8, (1,), generator=generator))
    noise = torch.randn(1, 2, knots, knots, generator=generator) * 2 * strength
    field = F.interpolate(noise, size=size, mode="bicubic", align_corners=True)[0]
    return grid + field.permute(1, 2, 0)


def random_view(size: int, generator: Generator) -> Tensor:
    """The frame of an episode: a random crop, flip and turn of the picture, (size, size, 2)."""
    grid = base_grid(size, size)
    flips = torch.where(torch.rand(2, generator=generator) < torch.tensor([0.5, 0.2]), -1.0, 1.0)
    zoom = float(uniform(generator, 0.55, 1.1, 1))
    aspect = 1.15 ** uniform(generator, -1, 1, 2)
    grid = random_affine(grid * flips, generator, 20, 0.0, 0.0) * zoom * aspect
    return grid + uniform(generator, -1, 1, 2) * max(0.0, 1.0 - zoom)


def look(pixels: Tensor, mask: Tensor, grid: Tensor, padding: str = "zeros") -> tuple[Tensor, Tensor]:
    """Sample a view.

    Args:
        pixels: (C, H, W) the picture.
        mask: (K, H, W) masks in it.
        grid: (h, w, 2), where each pixel of the view looks.
        padding: what lies outside the picture, as `grid_sample` has it.

    Returns:
        (C, h, w) and (K, h, w).
    """
    stacked = torch.cat([pixels, mask])[None]
    view = F.grid_sample(stacked, grid[None], mode="bilinear", padding_mode=padding, align_corners=False)[0]
    return view[: len(pixels)], view[len(pixels) :]


def deform(grid: Tensor, generator: Generator, turn: float, zoom: float, shift: float, bend: float) -> Tensor:
    """A random affine map and a bend on top of a view; degrees, and shares of a side."""
    strength = bend * float(torch.rand(1, generator=generator)) * 2
    return random_elastic(random_affine(grid, generator, turn, zoom, shift), generator, strength)
