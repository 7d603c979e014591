"""How a picture is to be turned for display, as videos (a matrix) and photographs (EXIF) record it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_ONE = 1 << 16  # in a video's matrix, which is of 16.16 fixed point numbers
_ALMOST = 0.01  # how far from a quarter turn still counts as one


@dataclass(frozen=True)
class Orientation:
    """First rows and columns are exchanged, then the picture is flipped.

    Attributes:
        transpose: rows become columns.
        flip_rows: upside down, afterwards.
        flip_columns: left to right, afterwards.
    """

    transpose: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """A view of (H, W[, channels]) pixels as they are to be shown."""
        if self.transpose:
            pixels = np.swapaxes(pixels, 0, 1)
        if self.flip_rows:
            pixels = pixels[::-1]
        return pixels[:, ::-1] if self.flip_columns else pixels


UPRIGHT = Orientation()

# By the value of EXIF's tag 0x0112: where row 0 and column 0 of the file belong in the picture.
_EXIF = {
    1: UPRIGHT,
    2: Orientation(flip_columns=True),
    3: Orientation(flip_rows=True, flip_columns=True),
    4: Orientation(flip_rows=True),
    5: Orientation(transpose=True),
    6: Orientation(transpose=True, flip_columns=True),
    7: Orientation(transpose=True, flip_rows=True, flip_columns=True),
    8: Orientation(transpose=True, flip_rows=True),
}


def orientation_of_exif(value: object) -> Orientation:
    """By the value of EXIF's tag Orientation; upright for values that mean nothing."""
    return _EXIF.get(value, UPRIGHT) if isinstance(value, int) else UPRIGHT


def orientation_of_matrix(matrix: Sequence[int]) -> Orientation | None:
    """By a video's display matrix of nine numbers, row by row: (x', y', 1) = (x, y, 1) times it.

    Returns:
        None when it turns the picture by something else than quarters, or shears it.
    """
    if len(matrix) != 9:
        return None
    a, b, _u, c, d, *_rest = (value / _ONE for value in matrix)
    largest = max(abs(value) for value in (a, b, c, d))
    if largest == 0:
        return None
    limit = _ALMOST * largest
    if abs(b) <= limit and abs(c) <= limit and a and d:
        return Orientation(flip_rows=d < 0, flip_columns=a < 0)
    if abs(a) <= limit and abs(d) <= limit and b and c:
        return Orientation(transpose=True, flip_rows=b < 0, flip_columns=c < 0)
    return None
