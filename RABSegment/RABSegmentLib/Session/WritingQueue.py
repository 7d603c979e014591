"""What a run found and nobody wrote yet: it is written bit by bit, so that the picture stays alive meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from .PredictionWriter import FoundFrame, PredictionWriter

WRITING_SECONDS = 0.03  # that one turn takes, give or take a frame


class WritingQueue:
    """Frames in the order in which they came; what is found anew takes the place of what was not written yet.

    Args:
        writer: writes them.
    """

    def __init__(self, writer: PredictionWriter) -> None:
        self._writer = writer
        self._waiting: dict[tuple[int, int], FoundFrame] = {}

    @property
    def isEmpty(self) -> bool:
        return not self._waiting

    def put(self, group: int, found: Iterable[FoundFrame]) -> None:
        """Frames to be written.

        Args:
            group: number of the group of segments that was looked for; each has masks of its own on a frame.
            found: on frames of it.
        """
        for one in found:
            self._waiting.pop((group, one.frame), None)  # it comes last now
            self._waiting[group, one.frame] = one

    def clear(self) -> None:
        """Forget what is not written yet."""
        self._waiting.clear()

    def writeSome(self) -> None:
        """Write at least one frame, and more until so much time is over."""
        self._writer.writeFound(self._taken(time.monotonic() + WRITING_SECONDS))

    def _taken(self, end: float) -> Iterator[FoundFrame]:
        """Frames of one group, out of the queue, until a time."""
        first = next(iter(self._waiting), None)
        while first is not None:
            group = first[0]
            yield self._waiting.pop(first)
            first = next(iter(self._waiting), None)
            if first is None or first[0] != group or time.monotonic() >= end:
                return
