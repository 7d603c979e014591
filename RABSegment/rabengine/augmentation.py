"""Random changes of a frame and its mask: smooth warps, light, and copies for the losses of relearning."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

RELIT_SHARE = 0.5  # of copies with new speckle, blur and shadows; the rest get another gain and gamma


def uniform(generator: Generator, low: float, high: float, *shape: int) -> Tensor:
    """Uniform random numbers of a shape."""
    return low + (high - low) * torch.rand(*shape, generator=generator)


def chance(generator: Generator, probability: float) -> bool:
    """True with a probability."""
    return float(torch.rand(1, generator=generator)) < probability


def smooth_field(generator: Generator, channels: int, grid: int, size: tuple[int, int]) -> Tensor:
    """(channels, *size) of smooth noise with about `grid` bumps along a side."""
    return through_knots(torch.randn(1, channels, grid + 3, grid + 3, generator=generator), size)


def through_knots(knots: Tensor, size: tuple[int, int]) -> Tensor:
    """(channels, *size) smooth through (1, channels, n, m) knots."""
    return F.interpolate(knots, size=size, mode="bicubic", align_corners=True)[0]


def colour_character(pixels: Tensor, generator: Generator) -> Tensor:
    """Give all views of an episode one character of colour: tinted, inverted, or as they are; (V, 3, H, W)."""
    draw = float(torch.rand(1, generator=generator))
    if draw < 0.12:
        pixels = 1.0 - pixels
    if float(torch.rand(1, generator=generator)) < 0.35:
        mix = torch.eye(3) + 0.35 * torch.randn(3, 3, generator=generator)
        mix = mix / mix.sum(dim=1, keepdim=True).clamp(min=0.3)
        pixels = torch.einsum("dc,vchw->vdhw", mix, pixels)
        gamma = 1.6 ** uniform(generator, -1, 1, 1, 3, 1, 1)
        tint = uniform(generator, 0.55, 1.1, 1, 3, 1, 1)
        floor = uniform(generator, 0.0, 0.2, 1, 3, 1, 1)
        pixels = floor + tint * pixels.clamp(0, 1) ** gamma
    return pixels.clamp(0, 1)


def relight(pixels: Tensor, generator: Generator) -> Tensor:
    """Light, speckle, blur and shade one view afresh; (3, H, W) in [0, 1]."""
    size = (int(pixels.shape[-2]), int(pixels.shape[-1]))
    gamma = float(1.4 ** uniform(generator, -1, 1, 1))
    gain = float(uniform(generator, 0.75, 1.25, 1))
    pixels = gain * pixels.clamp(1e-4, 1) ** gamma
    if chance(generator, 0.4):
        pixels = pixels * (1 + 0.2 * smooth_field(generator, 1, 3, size))
    if chance(generator, 0.3):
        kernel = 3 if chance(generator, 0.7) else 5
        pad = kernel // 2
        pixels = F.avg_pool2d(F.pad(pixels[None], (pad,) * 4, mode="reflect"), kernel, 1)[0]
    if chance(generator, 0.6):
        grain = torch.randn(1, *size, generator=generator)
        if chance(generator, 0.6):
            grain = 2.0 * F.avg_pool2d(F.pad(grain[None], (1, 1, 1, 1), mode="reflect"), 3, 1)[0]
        pixels = pixels * (1 + float(uniform(generator, 0.03, 0.3, 1)) * grain)
    if chance(generator, 0.3):
        pixels = pixels + float(uniform(generator, 0.01, 0.06, 1)) * torch.randn(3, *size, generator=generator)
    if chance(generator, 0.15):
        pixels = pixels * _shadow(size, generator)
    return pixels.clamp(0, 1)


def _shadow(size: tuple[int, int], generator: Generator) -> Tensor:
    """(1, *size) factor: a soft dark band from top to bottom, as behind a rib."""
    centre, width, depth = (float(uniform(generator, *span, 1)) for span in ((0, 1), (0.04, 0.2), (0.3, 0.8)))
    slope = float(uniform(generator, -0.3, 0.3, 1))
    down, across = torch.linspace(0, 1, size[0]), torch.linspace(0, 1, size[1])
    distance = (across[None, :] - centre - slope * down[:, None]) / width
    return (1 - depth * torch.exp(-(distance**2)))[None]


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
    return grid + through_knots(noise, size).permute(1, 2, 0)


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


def frame_copy(
    pixels: Tensor, classes: Tensor, generator: Generator, *, turn: float, zoom: float
) -> tuple[Tensor, Tensor]:
    """A frame (3, h, w) and its soft classes (C, h, w), moved, bent and lit afresh.

    Not mirrored: left and right are often the only difference between two segments, or between object and look-alike.

    Args:
        pixels: of the frame, in [0, 1].
        classes: share of each class in each pixel.
        generator: decides the copy.
        turn: degrees at most. zoom: share of a side at most.
    """
    grid = base_grid(int(pixels.shape[-2]), int(pixels.shape[-1]))
    grid = deform(grid, generator, turn=turn, zoom=zoom, shift=0.1, bend=0.025)
    warped, moved = look(pixels, classes, grid, padding="reflection")
    return (relight(warped, generator) if chance(generator, RELIT_SHARE) else _brighten(warped, generator)), moved


def _brighten(pixels: Tensor, generator: Generator) -> Tensor:
    """Another gain and gamma alone: in some cines the texture tells the object from its look-alikes."""
    gamma, gain = 1.3 ** uniform(generator, -1, 1, 1), uniform(generator, 0.8, 1.2, 1)
    return (gain * pixels.clamp(1e-4, 1) ** gamma).clamp(0, 1)
