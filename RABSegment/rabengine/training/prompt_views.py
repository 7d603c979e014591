"""Batches of views of banked pictures: cut, bent and lit afresh, on the device that trains."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from rabengine.augmentation import base_grid
from rabengine.io.labelled_picture import LONGEST_SIDE

from .picture_bank import PictureBank

NATIVE_SHARE = 0.5  # of views that show about the whole picture; the others are zoomed to the object
SHARES = (0.005, 0.6)  # of the view that the object fills, when zoomed
SMALLEST_VIEW = 48.0  # pixels of the picture
REACH = 0.36  # how far from the middle the object's chosen pixel may lie, of the view's side
TURN = 25.0  # degrees
BEND = 0.02  # of the view's side


@dataclass(frozen=True)
class ObjectChoice:
    """Which objects a batch is about, on the bank's device.

    Attributes:
        pictures: (B,) numbers. maps: (B,) which of their maps. values: (B,) the object's in it.
    """

    pictures: Tensor
    maps: Tensor
    values: Tensor


def cut_views(bank: PictureBank, choice: ObjectChoice, size: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Pixels (B, 3, size, size) in [0, 1] and masks (B, 1, size, size) of 0 and 1, as they are."""
    mask = (bank.maps[choice.pictures, choice.maps] == choice.values[:, None, None]).float()
    grid = _grids(mask, bank.sizes[choice.pictures], size, generator)
    stacked = torch.cat([bank.pixels[choice.pictures].float() / 255, mask[:, None]], dim=1)
    seen = F.grid_sample(stacked, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return seen[:, :3], (seen[:, 3:] > 0.5).float()


def whole_views(bank: PictureBank, choice: ObjectChoice, size: int) -> tuple[Tensor, Tensor]:
    """As `cut_views`, of the whole pictures, upright and as they are."""
    mask = (bank.maps[choice.pictures, choice.maps] == choice.values[:, None, None]).float()
    sizes = bank.sizes[choice.pictures]
    side = sizes.amax(dim=1)[:, None, None, None]
    centre = sizes.flip(1)[:, None, None] / 2
    grid = _device_grid(size, bank.device) * side / 2 + centre
    stacked = torch.cat([bank.pixels[choice.pictures].float() / 255, mask[:, None]], dim=1)
    seen = F.grid_sample(stacked, _normalised(grid, LONGEST_SIDE), mode="bilinear", align_corners=False)
    return seen[:, :3], (seen[:, 3:] > 0.5).float()


def _grids(mask: Tensor, sizes: Tensor, size: int, generator: Generator) -> Tensor:
    """(B, size, size, 2): where each pixel of the views looks in the padded pictures, in [-1, 1]."""
    count, side = len(mask), int(mask.shape[-1])
    draw = _Draws(count, generator, mask.device)
    pixel = _some_pixel(mask, generator)
    longest = sizes.amax(dim=1)
    share = torch.exp(draw(math.log(SHARES[0]), math.log(SHARES[1])))
    zoomed = (mask.sum(dim=(1, 2)) / share).sqrt()
    zoomed = torch.minimum(zoomed.clamp(min=SMALLEST_VIEW), 1.3 * longest)
    is_native = draw(0, 1) < NATIVE_SHARE
    extent = torch.where(is_native, longest * draw(0.75, 1.1), zoomed)
    wanted = torch.where(is_native[:, None], sizes.flip(1) / 2, pixel)
    wanted = wanted + torch.where(is_native, 0.06, 0.3)[:, None] * extent[:, None] * draw.two(-1, 1)
    centre = torch.minimum(torch.maximum(wanted, pixel - REACH * extent[:, None]), pixel + REACH * extent[:, None])
    angle = draw(-TURN, TURN) * math.pi / 180
    turn = torch.stack([angle.cos(), angle.sin(), -angle.sin(), angle.cos()], dim=1).view(count, 1, 2, 2)
    flips = torch.where(torch.stack([draw(0, 1) < 0.5, draw(0, 1) < 0.3], dim=1), -1.0, 1.0)
    aspect = 1.2 ** draw.two(-1, 1)
    grid = _device_grid(size, mask.device).flatten(0, 1)[None].expand(count, -1, -1)
    bend = smooth_fields(count, 2, 6, size, generator, mask.device).permute(0, 2, 3, 1).flatten(1, 2)
    grid = grid + 2 * BEND * draw(0, 1)[:, None, None] * bend
    grid = ((grid * (flips * aspect)[:, None])[:, :, None] @ turn)[:, :, 0]
    grid = grid * extent[:, None, None] / 2 + centre[:, None]
    return _normalised(grid.view(count, size, size, 2), side)


@functools.cache
def _device_grid(size: int, device: torch.device) -> Tensor:
    """(size, size, 2), kept there: each copy to a GPU would wait for it."""
    return base_grid(size, size).to(device)


def _normalised(grid: Tensor, side: int) -> Tensor:
    return grid / side * 2 - 1


def _some_pixel(mask: Tensor, generator: Generator) -> Tensor:
    """(B, 2) of (x, y): a pixel of each (B, S, S) mask."""
    score = torch.rand(mask.shape, generator=generator, device=mask.device) * mask
    index = score.flatten(1).argmax(dim=1)
    side = mask.shape[-1]
    return torch.stack([index % side, index // side], dim=1).float() + 0.5


class _Draws:
    """Uniform numbers for each of B views."""

    def __init__(self, count: int, generator: Generator, device: torch.device) -> None:
        self.count, self.generator, self.device = count, generator, device

    def __call__(self, low: float, high: float) -> Tensor:
        """(B,)"""
        return low + (high - low) * torch.rand(self.count, generator=self.generator, device=self.device)

    def two(self, low: float, high: float) -> Tensor:
        """(B, 2)"""
        return low + (high - low) * torch.rand(self.count, 2, generator=self.generator, device=self.device)

    def map(self, low: float, high: float) -> Tensor:
        """(B, 1, 1, 1)"""
        return self(low, high)[:, None, None, None]

    def some(self, share: float) -> Tensor:
        """(B, 1, 1, 1) bool, true for a share."""
        return self.map(0, 1) < share


def smooth_fields(
    count: int, channels: int, knots: int, size: int, generator: Generator, device: torch.device
) -> Tensor:
    """(count, channels, size, size) of smooth noise with about `knots` bumps along a side."""
    noise = torch.randn(count, channels, knots, knots, generator=generator, device=device)
    return F.interpolate(noise, size=(size, size), mode="bicubic", align_corners=True)


def relight_batch(pixels: Tensor, generator: Generator) -> Tensor:
    """Colour, light, contrast, blur, speckle, noise and shadow, drawn for each view; (B, 3, H, W) in [0, 1].

    What `augmentation.colour_character` and `augmentation.relight` do to one view, for all of a batch at once.
    """
    count, _, size, _ = pixels.shape
    draw = _Draws(count, generator, pixels.device)
    pixels = torch.where(draw.some(0.1), 1 - pixels, pixels)
    grey = pixels.mean(dim=1, keepdim=True).expand_as(pixels)
    pixels = torch.where(draw.some(0.2), grey, pixels)
    tint = 0.6 + 0.6 * torch.rand(count, 3, 1, 1, generator=generator, device=pixels.device)
    pixels = torch.where(draw.some(0.1), pixels.roll(1, dims=1), pixels)
    pixels = torch.where(draw.some(0.3), pixels * tint, pixels).clamp(1e-4, 1)
    pixels = draw.map(0.7, 1.3) * pixels ** (1.6 ** draw.map(-1, 1))
    mean = pixels.mean(dim=(1, 2, 3), keepdim=True)
    pixels = mean + (pixels - mean) * draw.map(0.5, 1.3) + draw.map(-0.1, 0.1)
    bias = smooth_fields(count, 1, 5, size, generator, pixels.device)
    pixels = torch.where(draw.some(0.4), pixels * (1 + 0.25 * bias), pixels)
    for kernel, share in ((3, 0.25), (5, 0.1)):
        blurred = F.avg_pool2d(pixels, kernel, 1, kernel // 2, count_include_pad=False)
        pixels = torch.where(draw.some(share), blurred, pixels)
    grain = torch.randn(count, 1, size, size, generator=generator, device=pixels.device)
    grain = torch.where(draw.some(0.6), 2 * F.avg_pool2d(grain, 3, 1, 1), grain)
    pixels = torch.where(draw.some(0.5), pixels * (1 + draw.map(0.03, 0.3) * grain), pixels)
    noise = torch.randn(pixels.shape, generator=generator, device=pixels.device)
    pixels = torch.where(draw.some(0.25), pixels + draw.map(0.01, 0.06) * noise, pixels)
    pixels = torch.where(draw.some(0.12), pixels * _shadows(draw, size), pixels)
    return pixels.clamp(0, 1)


def _shadows(draw: _Draws, size: int) -> Tensor:
    """(B, 1, size, size) factors: a soft dark band from top to bottom, as behind a rib."""
    line = torch.linspace(0, 1, size, device=draw.device)
    across, down = line[None, None, None, :], line[None, None, :, None]
    distance = (across - draw.map(0, 1) - draw.map(-0.3, 0.3) * down) / draw.map(0.04, 0.2)
    return 1 - draw.map(0.3, 0.8) * torch.exp(-(distance**2))
