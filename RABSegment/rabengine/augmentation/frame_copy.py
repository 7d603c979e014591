"""Copies of a labelled frame to fine-tune on."""

from __future__ import annotations

from torch import Generator, Tensor

from .fields import chance, uniform
from .lighting import relight
from .warp import base_grid, deform, look

RELIT_SHARE = 0.5  # of copies with new speckle, blur and shadows; the rest get another gain and gamma


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
