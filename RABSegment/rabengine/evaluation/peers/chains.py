"""From frame to frame: the ways from each marked frame to the next, and what is carried along them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

State = TypeVar("State")


class Visit(NamedTuple):
    """A frame on the way from a marked one.

    Attributes:
        start: the marked frame.
        previous: the frame visited before, or `start`.
        frame: the frame itself.
        share: of this visit in the frame's result; those of a frame add up to 1.
    """

    start: int
    previous: int
    frame: int
    share: float


def visits(marked: list[int], count: int) -> Iterator[Visit]:
    """Every way from a marked frame up to the next marked frame or the cine's end, both directions."""
    for start in marked:
        for direction in (1, -1):
            frame, end = start + direction, _next_mark(marked, count, start, direction)
            while frame != end:
                share = 1.0 if end in (-1, count) else (end - frame) / (end - start)
                yield Visit(start, frame - direction, frame, share)
                frame += direction


def _next_mark(marked: list[int], count: int, start: int, direction: int) -> int:
    """The marked frame that ends a way, -1 or `count` where there is none."""
    ahead = [frame for frame in marked if (frame - start) * direction > 0]
    if ahead:
        return min(ahead) if direction > 0 else max(ahead)
    return count if direction > 0 else -1


def carry(
    marked: list[int], count: int, begin: Callable[[int], State], step: Callable[[Visit, State], tuple[State, Tensor]]
) -> dict[int, Tensor]:
    """Walk every way and blend the soft masks of the two directions by distance.

    Args:
        begin: what a way starts with at a marked frame.
        step: what it hands on from a frame, and the frame's soft masks (C, h, w).

    Returns:
        {unmarked frame: (C, h, w) float16}.
    """
    blended: dict[int, Tensor] = {}
    state: State | None = None
    for visit in visits(marked, count):
        if state is None or visit.previous == visit.start:
            state = begin(visit.start)
        state, soft = step(visit, state)
        part = (visit.share * soft).to(torch.float16)
        blended[visit.frame] = blended[visit.frame] + part if visit.frame in blended else part
    return blended


def nearest_mark(marked: list[int], frame: int) -> int:
    """The marked frame nearest in time, the earlier of two."""
    return min(marked, key=lambda mark: (abs(mark - frame), mark))
