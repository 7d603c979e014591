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

    It runs while anybody shows the cine, and stands while that plays: nobody marks a frame then. Nor does waiting for a
    run count.

    Args:
        segmentation: whose frames are shown.
        now: gives seconds.
    """

    def __init__(self, segmentation: SegmentationSequence, now: Callable[[], float] = time.monotonic) -> None:
        self._segmentation = segmentation
        self._now = now
        self._frame: int | None = None  # that is being looked at
        self._seen = 0.0  # the last sign of the person
        self._viewers: set[str] = set()
        self._isAway = False
        self._isWaiting = False
        self._tag = segmentation.browserNode.AddObserver("ModifiedEvent", self._onBrowser)

    def show(self, viewer: str = "") -> None:
        """The cine is shown to a person from now on, by a front end or a part of one. Idempotent."""
        self._viewers.add(viewer)
        self._turn()

    def leave(self, viewer: str = "") -> None:
        """It is shown there no more. Idempotent."""
        if viewer in self._viewers:
            self._viewers.remove(viewer)
            self._turn()

    def setAway(self, isAway: bool) -> None:
        """Nobody is at the screen, whoever shows the cine, such as while the tab of a browser is hidden. Idempotent."""
        self._isAway = isAway
        self._turn()

    def wait(self) -> None:
        """A run began: until it ends, or the person does something meanwhile, nobody works at the frame."""
        self.touch()
        self._isWaiting = True

    def touch(self) -> None:
        """The person did something, or what was waited for is there: the time since the last sign counts."""
        now = self._now()
        wasWaiting, self._isWaiting = self._isWaiting, False
        segmentation, frame = self._segmentation, self._frame
        if not wasWaiting and frame is not None and segmentation.isInScene and frame < segmentation.frameCount:
            spent = min(now - self._seen, IDLE_SECONDS)
            segmentation.times.add(segmentation.indexValue(frame), spent)
        self._seen = now

    def close(self) -> None:
        """Nobody shows it any more, and nothing is watched any longer."""
        self._viewers.clear()
        self._turn()
        self._segmentation.browserNode.RemoveObserver(self._tag)

    def _onBrowser(self, _caller: Any, _event: Any) -> None:
        self._turn()

    def _turn(self) -> None:
        """Another frame may be shown, or none; the cine may have begun to play, or ended."""
        frame = self._segmentation.selectedFrame
        isSeen = bool(self._viewers) and not self._isAway and not self._segmentation.browserNode.GetPlaybackActive()
        looked = frame if isSeen and 0 <= frame < self._segmentation.frameCount else None
        if looked != self._frame:
            self.touch()
            self._frame = looked
