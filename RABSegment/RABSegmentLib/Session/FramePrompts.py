"""What a user has said of one segment on one frame, step by step, and what was found after each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Point = tuple[float, float]  # column and row of a pixel, from 0
Box = tuple[float, float, float, float]  # left, top, right and bottom pixel


@dataclass(frozen=True)
class PromptStep:
    """One thing that was said: a click, a line or a box.

    Attributes:
        points: one of a click; those of a line; the upper left and the lower right of a box.
        isPositive: whether it says "this" or "not this".
        isBox: two points are the corners of a box.
    """

    points: tuple[Point, ...]
    isPositive: bool = True
    isBox: bool = False

    @property
    def isClick(self) -> bool:
        return len(self.points) == 1


class FramePrompts:
    """The steps on one frame and segment.

    Args:
        frame: from 0.
        segmentId: which.
        base: (H, W) bool, what the segment had there before.
        others: {segment: (H, W) bool}, what other segments had there before.

    Attributes:
        shown: (H, W) bool, what the segment has there now, as far as prompts made it.
    """

    def __init__(
        self, frame: int, segmentId: str, base: np.ndarray, others: Mapping[str, np.ndarray] | None = None
    ) -> None:
        self.frame = frame
        self.segmentId = segmentId
        self.base = base
        self.others = dict(others or {})
        self.shown = base
        self._steps: list[PromptStep] = []
        self._found: list[np.ndarray | None] = []  # after each step; None where no answer came

    @property
    def steps(self) -> tuple[PromptStep, ...]:
        return tuple(self._steps)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.base.shape[0]), int(self.base.shape[1])

    def add(self, step: PromptStep) -> None:
        """One more; a box takes the place of the one before."""
        self._steps.append(step)
        self._found.append(None)

    def undo(self) -> None:
        """Without the last step."""
        self._steps.pop()
        self._found.pop()

    def answer(self, mask: np.ndarray) -> None:
        """What was found after the last step."""
        if self._found:
            self._found[-1] = mask

    @property
    def known(self) -> np.ndarray | None:
        """What was found after the last step; None where that is not known."""
        return self._found[-1] if self._found else self.base

    @property
    def soFar(self) -> np.ndarray | None:
        """The newest mask that is known from before the last step; None where it is empty."""
        found = next((mask for mask in reversed(self._found[:-1]) if mask is not None), self.base)
        return found if found.any() else None

    @property
    def clicks(self) -> tuple[tuple[float, float, bool], ...]:
        """Column, row and whether it is in the object, of all clicks but those that a later line says are wrong."""
        found = enumerate(self._steps)
        return tuple(
            (*step.points[0], step.isPositive)
            for number, step in found
            if step.isClick and not any(self._crosses(later, step) for later in self._steps[number + 1 :])
        )

    def _crosses(self, line: PromptStep, click: PromptStep) -> bool:
        """Whether a line goes over a click and says the opposite."""
        if line.isBox or line.isClick or line.isPositive == click.isPositive:
            return False
        pixels = {*zip(*pixelsOf(line.points, self.size), strict=True)}
        return not pixels.isdisjoint(zip(*pixelsOf(click.points, self.size), strict=True))

    @property
    def box(self) -> Box | None:
        """The newest."""
        for step in reversed(self._steps):
            if step.isBox:
                (left, top), (right, bottom) = step.points
                return left, top, right, bottom
        return None

    @property
    def scribble(self) -> np.ndarray | None:
        """(H, W) int8: 1 on lines in the object, -1 on lines outside; None without any."""
        lines = [step for step in self._steps if not step.isBox and not step.isClick]
        if not lines:
            return None
        drawn = np.zeros(self.size, np.int8)
        for line in lines:
            rows, columns = pixelsOf(line.points, self.size)
            drawn[rows, columns] = 1 if line.isPositive else -1
        return drawn


def pixelsOf(points: Sequence[Point], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels on a line through points; those outside a frame of `size` are left out."""
    found = [np.array(points[:1], float).reshape(-1, 2)]
    for start, end in pairwise(points):
        count = int(np.ceil(max(abs(end[0] - start[0]), abs(end[1] - start[1])))) + 1
        found.append(np.linspace(start, end, count))
    places = np.unique(np.rint(np.concatenate(found)).astype(int), axis=0)
    columns, rows = places[:, 0], places[:, 1]
    inside = (rows >= 0) & (rows < size[0]) & (columns >= 0) & (columns < size[1])
    return rows[inside], columns[inside]
