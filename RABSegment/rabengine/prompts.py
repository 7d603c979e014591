"""What a user says about one object on one frame, and the mask that it gets."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .errors import InputError


class Click(NamedTuple):
    """A place in the object, or one that is not.

    Attributes:
        x, y: column and row of the pixel, from 0, the upper left one is (0, 0).
        is_positive: False where it says "not here".
    """

    x: float
    y: float
    is_positive: bool = True

    def pixel(self, size: tuple[int, int]) -> tuple[int, int]:
        """Row and column of the pixel of a frame of `size` (rows, columns) that it is in."""
        row, column = math.floor(self.y + 0.5), math.floor(self.x + 0.5)
        return min(row, size[0] - 1), min(column, size[1] - 1)


class PromptBox(NamedTuple):
    """A box round the object: columns and rows of its first and last pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Prompt:
    """All that is said of one object on one frame.

    Attributes:
        clicks: places. box: round the object.
        scribble: (H, W), above 0 where a line in the object was drawn, below 0 where one outside was.
        mask: (H, W) bool, the mask so far.
    """

    clicks: tuple[Click, ...] = ()
    box: PromptBox | None = None
    scribble: np.ndarray | None = None
    mask: np.ndarray | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said at all."""
        drawn = [part for part in (self.scribble, self.mask) if part is not None and part.any()]
        return not self.clicks and self.box is None and not drawn


@dataclass(frozen=True)
class PromptedMask:
    """What the engine makes of a prompt.

    Attributes:
        mask: (H, W) bool, of the frame's size.
        quality: the IoU with what the user means that is expected, in [0, 1].
    """

    mask: np.ndarray
    quality: float


def checked_prompt(
    clicks: Iterable[tuple[float, float] | tuple[float, float, bool]],
    box: tuple[float, float, float, float] | None,
    scribble: np.ndarray | None,
    mask: np.ndarray | None,
    size: tuple[int, int],
) -> Prompt:
    """A prompt whose parts fit on a frame of `size` (rows, columns).

    Raises:
        InputError: a click or box that lies outside, or a picture of another size.
    """
    rows, columns = size
    checked = tuple(Click(float(click[0]), float(click[1]), bool((*click, True)[2])) for click in clicks)
    for click in checked:
        if not (0 <= click.x < columns and 0 <= click.y < rows):
            raise InputError(
                f"The click at {click.x:g},{click.y:g} lies outside the frame, which has {columns} x {rows} pixels.",
                "Give column and row, counted from 0.",
            )
    found = None
    if box is not None:
        left, top, right, bottom = (float(value) for value in box)
        if not (0 <= left <= right < columns and 0 <= top <= bottom < rows):
            raise InputError(
                f"The box {left:g},{top:g},{right:g},{bottom:g} is none on a frame of {columns} x {rows} pixels.",
                "Give its left, top, right and bottom pixel, counted from 0.",
            )
        found = PromptBox(left, top, right, bottom)
    for name, picture in (("scribble", scribble), ("mask", mask)):
        if picture is not None and np.shape(picture) != size:
            raise InputError(
                f"The {name} is of shape {np.shape(picture)}, and the frame of {size}.", "Draw it on the frame."
            )
    return Prompt(
        checked,
        found,
        None if scribble is None else np.asarray(scribble),
        None if mask is None else np.asarray(mask).astype(bool),
    )
