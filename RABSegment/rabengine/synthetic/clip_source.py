"""The still that a clip is made of: its pixels and masks, where its object is, and the view of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from rabengine.augmentation import base_grid

GREY_TOLERANCE = 0.02  # of every pixel
COLOURED = 0.02  # mean saturation from which a picture is in colour, and not grey with coloured marks drawn on it


@dataclass(frozen=True)
class ClipSource:
    """A still and the view of it. Positions are (x, y) in [-1, 1] of the still, as `grid_sample` has them.

    Attributes:
        pixels: (C, H, W) in [0, 1]; C is 1 when the still is grey, otherwise 3.
        masks: (K, H, W) in [0, 1].
        view: (S, S, 2), where each pixel of the view looks when nothing moves.
        focus: the mask that beats, leaves and vanishes.
        centre: (2,) of the focus. covariance: (2, 2) of its area; an ellipse's half axis is twice its deviation.
        view_centre: (2,). view_axes: (2, 2), its columns lead from the view's centre to its right and lower side.
    """

    pixels: Tensor
    masks: Tensor
    view: Tensor
    focus: int
    centre: Tensor
    covariance: Tensor
    view_centre: Tensor
    view_axes: Tensor

    @property
    def size(self) -> int:
        """Side of the view in pixels."""
        return int(self.view.shape[0])

    @property
    def coloured(self) -> bool:
        """Whether it is a picture in colour, as from an endoscope."""
        return float((self.pixels.amax(dim=0) - self.pixels.amin(dim=0)).mean()) > COLOURED

    @property
    def scale(self) -> float:
        """Half the view's side, in units of half the still."""
        return float(torch.linalg.det(self.view_axes).abs().sqrt())

    def place_in_view(self) -> tuple[Tensor, Tensor]:
        """Centre and half extents of the focus, (2,) each, in view units: the view is [-1, 1]."""
        inverse = torch.linalg.inv(self.view_axes)
        spread = inverse @ self.covariance @ inverse.T
        return inverse @ (self.centre - self.view_centre), 2 * spread.diagonal().sqrt()


def make_source(pixels: Tensor, masks: Tensor, view: Tensor | int, generator: Generator) -> ClipSource:
    """Prepare a still.

    Args:
        pixels: (3, H, W) in [0, 1].
        masks: (K, H, W) in [0, 1].
        view: (S, S, 2) as `augmentation.random_view` makes it, or the side of a view of the whole still.
        generator: draws the focus among the masks that are not empty.
    """
    grid = base_grid(view, view) if isinstance(view, int) else view
    grey = float((pixels - pixels.mean(dim=0)).abs().max()) < GREY_TOLERANCE
    shown = [index for index in range(len(masks)) if bool(masks[index].any())] or [0]
    focus = shown[int(torch.randint(len(shown), (1,), generator=generator))]
    centre, axes = _view_frame(grid)
    middle, covariance = _moments(masks[focus], centre, axes)
    return ClipSource(pixels[:1] if grey else pixels, masks, grid, focus, middle, covariance, centre, axes)


def _view_frame(grid: Tensor) -> tuple[Tensor, Tensor]:
    size = int(grid.shape[0])
    stretch = size / (2 * (size - 1))  # pixel centres end half a pixel before the side
    right = (grid[:, -1] - grid[:, 0]).mean(dim=0) * stretch
    down = (grid[-1] - grid[0]).mean(dim=0) * stretch
    return grid.mean(dim=(0, 1)), torch.stack([right, down], dim=1)


def _moments(mask: Tensor, view_centre: Tensor, view_axes: Tensor) -> tuple[Tensor, Tensor]:
    """Centre (2,) and covariance (2, 2) of a mask; a disc in the view's middle when it is empty."""
    total = float(mask.sum())
    if total == 0:
        return view_centre, 0.03 * view_axes @ view_axes.T
    height, width = mask.shape
    x, y = base_grid(1, width)[0, :, 0], base_grid(height, 1)[:, 0, 1]
    across, down = mask.sum(dim=0) / total, mask.sum(dim=1) / total
    middle = torch.stack([x @ across, y @ down])
    x, y = x - middle[0], y - middle[1]
    mixed = y @ mask @ x / total
    # A line one pixel wide has no width; a beat needs some.
    least = 1e-4
    covariance = torch.stack([x**2 @ across + least, mixed, mixed, y**2 @ down + least]).view(2, 2)
    return middle, covariance
