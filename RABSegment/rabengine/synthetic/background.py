"""Take an object out of a still: fill its place with background of the same still, without a seam."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from rabengine.augmentation import base_grid, uniform

from .clip_source import ClipSource
from .cloning import clone, grown, mapped, mean_over

CANDIDATES = 64
COARSE = 32  # side of the grid on which candidates are judged
MOST_WRONG = 0.03  # share of the patch that may show the object, or lie outside the still


@dataclass(frozen=True)
class Background:
    """A still without its object.

    Attributes:
        pixels: (C, H, W). masks: (K, H, W), the focus is empty.
        place: (H, W) in [0, 1], what was taken out: the object and what shines on its border.
    """

    pixels: Tensor
    masks: Tensor
    place: Tensor


def fill_object(source: ClipSource, generator: Generator) -> Background | None:
    """The still without its object, its place taken by a patch from elsewhere; None if no background of it fits."""
    place = grown(source.masks[source.focus])
    matrix = _best_patch(source, place, generator)
    if matrix is None:
        return None
    height, width = place.shape
    grid = mapped(base_grid(height, width), source.centre, matrix)
    stacked = torch.cat([source.pixels, source.masks])[None]
    patch = F.grid_sample(stacked, grid[None], padding_mode="reflection", align_corners=False)[0]
    colours = len(source.pixels)
    pixels = clone(source.pixels, patch[:colours], place)
    if pixels is None:
        return None
    masks = torch.where(place > 0.5, patch[colours:], source.masks)
    masks[source.focus] = 0.0
    return Background(pixels, masks, place)


def _candidates(source: ClipSource, generator: Generator) -> Tensor:
    """(CANDIDATES, 2, 3) affine maps about the object's centre: small turns, for tissue is layered, and mirroring."""
    angle = uniform(generator, -0.35, 0.35, CANDIDATES)
    size = uniform(generator, 0.5, 1.0, CANDIDATES)
    mirror = torch.where(torch.rand(CANDIDATES, generator=generator) < 0.5, -1.0, 1.0)
    turn = torch.stack([mirror * angle.cos(), -angle.sin(), mirror * angle.sin(), angle.cos()], dim=1)
    matrices = torch.empty(CANDIDATES, 2, 3)
    matrices[:, :, :2] = turn.view(-1, 2, 2) * size[:, None, None]
    matrices[:, :, 2] = uniform(generator, -1, 1, CANDIDATES, 2) - source.centre
    return matrices


def _best_patch(source: ClipSource, place: Tensor, generator: Generator) -> Tensor | None:
    """(2, 3) affine map about the centre to a place without the object that looks alike round its border."""
    matrices = _candidates(source, generator)
    coarse = F.interpolate(torch.cat([place[None], source.pixels])[None], size=(COARSE, COARSE), mode="area")
    grids = mapped(base_grid(COARSE, COARSE), source.centre, matrices)
    seen = F.grid_sample(coarse.expand(CANDIDATES, -1, -1, -1), grids, align_corners=False)
    inside = coarse[0, 0]
    outside = (grids.abs().amax(dim=-1) > 1).float()
    wrong = mean_over(seen[:, 0] + outside, inside)
    ring = F.max_pool2d(inside[None], 3, 1, 1)[0] * (1 - inside)
    difference = (seen[:, 1:] - coarse[:, 1:]).square().mean(dim=1)
    # A patch should agree with what it meets at the border, and be about as varied as what is there.
    strange = mean_over(difference, ring) + (_deviation(seen[:, 1:], inside) - _deviation(coarse[:, 1:], ring)) ** 2
    best = int((strange + 100.0 * (wrong > MOST_WRONG)).argmin())
    return matrices[best] if float(wrong[best]) <= MOST_WRONG else None


def _deviation(pictures: Tensor, weights: Tensor) -> Tensor:
    """(N,) weighted standard deviations of the brightness of (N, C, h, w)."""
    level = pictures.mean(dim=1)
    return (mean_over(level**2, weights) - mean_over(level, weights) ** 2).clamp(min=0).sqrt()
