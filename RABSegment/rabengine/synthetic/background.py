"""Take an object out of a still: fill its place with background of the same still, without a seam."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from rabengine.augmentation import base_grid, uniform

from .clip_source import ClipSource
from .splines import box_blur

CANDIDATES = 64
COARSE = 32  # side of the grid on which candidates are judged
MOST_WRONG = 0.03  # share of the patch that may show the object, or lie outside the still
MOST_BEYOND = 0.05  # share of the place that may come out blacker than black or whiter than white
SLIGHT = 0.03  # of brightness; nobody sees less
SEAM_STEP = 4  # pixels; the seam is evened out at this resolution, so that speckle on it draws no streaks


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
    """The still without its object; None if no background of it fits the place.

    A patch from elsewhere takes the object's place, plus the difference of the two along the border, continued
    smoothly inwards: what gradient-domain cloning does (Perez et al. 2003), by a pyramid instead of an equation.
    """
    place = _grown(source.masks[source.focus])
    matrix = _best_patch(source, place, generator)
    if matrix is None:
        return None
    height, width = place.shape
    grid = _mapped(base_grid(height, width), source.centre, matrix)
    stacked = torch.cat([source.pixels, source.masks])[None]
    patch = F.grid_sample(stacked, grid[None], padding_mode="reflection", align_corners=False)[0]
    colours = len(source.pixels)
    # Only what lies right beside the place: further away the two pictures have nothing to do with each other.
    known = ((place < 0.05) & (_grown(place) > 0.05)).float()
    seam = _continued((source.pixels - patch[:colours]) * known, known)
    filling = patch[:colours] + seam
    beyond = (filling - filling.clamp(0, 1)).abs().amax(dim=0) > SLIGHT
    if float((beyond * place).sum() / place.sum().clamp(min=1e-6)) > MOST_BEYOND:
        return None
    pixels = torch.lerp(source.pixels, filling.clamp(0, 1), place)
    masks = torch.where(place > 0.5, patch[colours:], source.masks)
    masks[source.focus] = 0.0
    return Background(pixels, masks, place)


def _grown(mask: Tensor) -> Tensor:
    """(H, W) in [0, 1]: the mask, and its border with what shines on it, softly."""
    reach = 2 * round(0.018 * min(mask.shape)) + 1
    wide = mask[None, None]
    for side in ((reach, 0), (0, reach)):  # along one side, then the other: a square in a fraction of the time
        wide = F.max_pool2d(wide, (2 * side[0] + 1, 2 * side[1] + 1), 1, side)
    return box_blur(wide, (reach, reach))[0, 0]


def _mapped(grid: Tensor, centre: Tensor, matrix: Tensor) -> Tensor:
    """Positions (..., h, w, 2) under affine maps (..., 2, 3) about a centre."""
    turned = torch.einsum("hwc,...dc->...hwd", grid - centre, matrix[..., :2])
    return turned + (centre + matrix[..., 2])[..., None, None, :]


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
    grids = _mapped(base_grid(COARSE, COARSE), source.centre, matrices)
    seen = F.grid_sample(coarse.expand(CANDIDATES, -1, -1, -1), grids, align_corners=False)
    inside = coarse[0, 0]
    outside = (grids.abs().amax(dim=-1) > 1).float()
    wrong = _mean_over(seen[:, 0] + outside, inside)
    ring = F.max_pool2d(inside[None], 3, 1, 1)[0] * (1 - inside)
    difference = (seen[:, 1:] - coarse[:, 1:]).square().mean(dim=1)
    # A patch should agree with what it meets at the border, and be about as varied as what is there.
    strange = _mean_over(difference, ring) + (_deviation(seen[:, 1:], inside) - _deviation(coarse[:, 1:], ring)) ** 2
    best = int((strange + 100.0 * (wrong > MOST_WRONG)).argmin())
    return matrices[best] if float(wrong[best]) <= MOST_WRONG else None


def _mean_over(values: Tensor, weights: Tensor) -> Tensor:
    """(N,) weighted means of (N, h, w)."""
    return (values * weights).sum(dim=(1, 2)) / weights.sum().clamp(min=1e-6)


def _deviation(pictures: Tensor, weights: Tensor) -> Tensor:
    """(N,) weighted standard deviations of the brightness of (N, C, h, w)."""
    level = pictures.mean(dim=1)
    return (_mean_over(level**2, weights) - _mean_over(level, weights) ** 2).clamp(min=0).sqrt()


def _continued(values: Tensor, known: Tensor) -> Tensor:
    """Continue (C, H, W) `values` smoothly to where `known` (H, W) is 0; they are 0 there."""
    stacked = F.avg_pool2d(torch.cat([values, known[None]])[None], SEAM_STEP, ceil_mode=True)
    return F.interpolate(_pull(stacked), size=known.shape, mode="bilinear", align_corners=False)[0, :-1]


def _pull(stacked: Tensor) -> Tensor:
    """Fill what is unknown from the next coarser level; the last channel says which share is known."""
    share = stacked[:, -1:]
    if min(stacked.shape[-2:]) <= 2:
        return (stacked.mean(dim=(2, 3), keepdim=True) / share.mean().clamp(min=1e-6)).expand_as(stacked)
    coarse = _pull(F.avg_pool2d(stacked, 2, ceil_mode=True))
    from_below = F.interpolate(coarse, size=stacked.shape[-2:], mode="bilinear", align_corners=False)
    return stacked + (1 - share) * from_below
