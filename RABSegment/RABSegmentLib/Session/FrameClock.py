"""Measures how long a person is at each frame, between opening it and leaving it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

# A pause without any sign of the person, such as a stroke, a click or another frame, counts so long at most: whoever
# looks at a frame for half a minute works, whoever is away for an hour does not.
IDLE_SECONDS = 30.0


class FrameClock:
    """Adds what is spent to the times of a segmentation sequence; nothing else hears of it.

    It runs from `show` to `leave`, and stands while the cine plays: nobody marks a frame then.

    Args:
        segmentation: whose frames are shown.
        now: gives seconds.
    """

    def __init__(self, segmentation: SegmentationSequence, now: Callable[[], float] = time.monotonic) -> None:
        self._segmentation = segmentation
        self._now = now
        self._frame: int | None = None  # that is being looked at
        self._seen = 0.0  # the last sign of the person
        self._isShown = False
        self._tag = segmentation.browserNode.AddObserver("ModifiedEvent", self._onBrowser)

    def show(self) -> None:
        """The cine is shown to a person from now on. Idempotent."""
        self._isShown = True
        self._turn()

    def leave(self) -> None:
        """Nobody looks at it any more. Idempotent."""
        self.touch()
        self._isShown = False
        self._frame = None

    def touch(self) -> None:
        """The person did something: the time since the last sign counts."""
        now = self._now()
        if self._frame is not None and self._segmentation.isInScene:
            spent = min(now - self._seen, IDLE_SECONDS)
            self._segmentation.times.add(self._segmentation.indexValue(self._frame), spent)
        self._seen = now

    def close(self) -> None:
        """Leave, and watch no longer."""
        self.leave()
        self._segmentation.browserNode.RemoveObserver(self._tag)

    def _onBrowser(self, _caller: Any, _event: Any) -> None:
        if self._isShown:
            self._turn()

    def _turn(self) -> None:
        """Another frame may be shown, or the cine may have begun to play, or ended."""
        browser = self._segmentation.browserNode
        frame = self._segmentation.selectedFrame
        looked = frame if 0 <= frame < self._segmentation.frameCount and not browser.GetPlaybackActive() else None
        if looked != self._frame:
            self.touch()
            self._frame = looked
