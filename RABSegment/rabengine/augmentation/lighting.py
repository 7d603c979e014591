"""Random lighting: what changes between frames of a cine, and between cines, besides shape."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from .fields import chance, smooth_field, uniform


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
