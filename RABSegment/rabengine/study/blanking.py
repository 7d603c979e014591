"""What is burned into the pictures of a cine, such as a name in a corner, made black."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.marks.mask_file import read_mark

Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True)
class Blanking:
    """Where pictures are made black.

    Attributes:
        rectangles: each (top, left, bottom, right) in pixels, the last two not in it; below 0 counts from the other
            side, as -40 is 40 pixels before the end, and 0 as the last two is the end.
        mask: file of a mask of the size of the frames, black where it is not 0; None for none.
    """

    rectangles: Sequence[Rectangle] = ()
    mask: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.rectangles) or self.mask is not None

    def area(self, size: tuple[int, int]) -> np.ndarray:
        """(H, W) bool, True where frames of a size are made black.

        Raises:
            InputError: the mask cannot be read or is of another size, or a rectangle is empty in this size.
        """
        blank = np.zeros(size, bool)
        for rectangle in self.rectangles:
            top, bottom = _span(rectangle[0], rectangle[2], size[0])
            left, right = _span(rectangle[1], rectangle[3], size[1])
            if top >= bottom or left >= right:
                said = " ".join(str(value) for value in rectangle)
                raise InputError(
                    f"The rectangle {said} holds no pixel of a frame of {size[0]} x {size[1]}.",
                    "Give top, left, bottom and right in pixels.",
                )
            blank[top:bottom, left:right] = True
        if self.mask is not None:
            blank |= np.asarray(read_mark(self.mask, size).labels) > 0
        return blank

    def apply(self, cine: Cine) -> np.ndarray:
        """The frames, (T, H, W) or (T, H, W, 3), black in the area.

        Raises:
            InputError: as `area`.
        """
        frames = np.array(cine.frames)
        frames[:, self.area(cine.frame_size)] = 0 if frames.dtype.kind == "u" else frames.min()
        return frames


def _span(start: int, end: int, length: int) -> tuple[int, int]:
    first = start if start >= 0 else length + start
    last = end if end > 0 else length + end
    return max(0, first), min(length, last)
