"""The object once more, elsewhere in its still: where it returns to, or a look-alike that is not the object."""

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
SIZES = (0.8, 1.2)  # of the copy to the object
TURN = 0.4  # radians, either way
REACH = 0.8  # of the view's half side: the copy's centre lies within
LEAST_INSIDE = 0.9  # share of the copy that must lie in the still
MOST_SHARED = 0.03  # share of the copy that may lie on the object
LEAST_WAY = 0.35  # of the view's half side, from the object's centre to the copy's


@dataclass(frozen=True)
class ObjectCopy:
    """A still with the object's look in another place.

    Attributes:
        pixels: (C, H, W). place: (H, W) in [0, 1], what it covers: the copy and what shines on its border.
        mask: (H, W) in [0, 1], the copy. centre: (2,) of it.
    """

    pixels: Tensor
    place: Tensor
    mask: Tensor
    centre: Tensor


def copy_object(source: ClipSource, onto: Tensor, apart: bool, generator: Generator) -> ObjectCopy | None:
    """The object of a still, turned, mirrored and resized a little, in another place of the view.

    Args:
        source: the still. onto: (C, H, W), the picture that gets the copy: the still, or the still without its object.
        apart: the copy must not touch the object. generator: decides the place.

    Returns:
        None if there is no room for it.
    """
    place = grown(source.masks[source.focus])
    maps, centres = _candidates(source, generator)
    best = _best(source, onto, place, maps, centres, apart)
    if best is None:
        return None
    height, width = place.shape
    grid = mapped(base_grid(height, width), source.centre, maps[best])
    stacked = torch.cat([source.pixels, place[None], source.masks[source.focus][None]])[None]
    patch = F.grid_sample(stacked, grid[None], padding_mode="zeros", align_corners=False)[0]
    pixels = clone(onto, patch[:-2], patch[-2])
    return None if pixels is None else ObjectCopy(pixels, patch[-2], patch[-1], centres[best])


def _candidates(source: ClipSource, generator: Generator) -> tuple[Tensor, Tensor]:
    """(N, 2, 3) affine maps about the object's centre, from the copy to the object; (N, 2) centres of the copies."""
    angle = uniform(generator, -TURN, TURN, CANDIDATES)
    size = 1 / uniform(generator, *SIZES, CANDIDATES)
    mirror = torch.where(torch.rand(CANDIDATES, generator=generator) < 0.5, -1.0, 1.0)
    turn = torch.stack([mirror * angle.cos(), -angle.sin(), mirror * angle.sin(), angle.cos()], dim=1)
    matrices = turn.view(-1, 2, 2) * size[:, None, None]
    centres = source.view_centre + uniform(generator, -REACH, REACH, CANDIDATES, 2) @ source.view_axes.T
    shift = torch.einsum("nij,nj->ni", matrices, source.centre - centres)
    return torch.cat([matrices, shift[:, :, None]], dim=2), centres


def _best(source: ClipSource, onto: Tensor, place: Tensor, maps: Tensor, centres: Tensor, apart: bool) -> int | None:
    """Number of the candidate whose surroundings look most like those of the object, among those that fit."""
    coarse = F.interpolate(torch.cat([place[None], source.pixels])[None], size=(COARSE, COARSE), mode="area")
    under = F.interpolate(onto[None], size=(COARSE, COARSE), mode="area")[0]
    seen = F.grid_sample(
        coarse.expand(CANDIDATES, -1, -1, -1), mapped(base_grid(COARSE, COARSE), source.centre, maps),
        align_corners=False,
    )  # fmt: skip
    covered, there = seen[:, 0], coarse[0, 0]
    area = torch.linalg.det(maps[:, :, :2]).abs() * covered.sum(dim=(1, 2)) / there.sum().clamp(min=1e-6)
    way = ((centres - source.centre) @ torch.linalg.inv(source.view_axes).T).norm(dim=1)
    fits = (area > LEAST_INSIDE) & (way > LEAST_WAY)
    if apart:
        fits &= mean_over(there.expand_as(covered), covered) < MOST_SHARED
    if not bool(fits.any()):
        return None
    ring = F.max_pool2d(covered[:, None], 3, 1, 1)[:, 0] * (1 - covered)
    strange = mean_over((seen[:, 1:] - under).square().mean(dim=1), ring)
    return int((strange + 100.0 * ~fits).argmin())
