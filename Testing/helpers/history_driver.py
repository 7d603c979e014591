"""A cine with its session and its history, and everything that changes marks."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.slicer_scenes import SIZE, SlicerScene, paint, square
from RABSegmentLib.Session.MarkHistory import MarkHistory
from RABSegmentLib.Session.PredictionWriter import LastRun, PredictionWriter
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Session.Sessions import SegmentVideoSessions

Picture = tuple[Any, ...]


class Told:
    """A cine of five frames, its session and its history, which shows the frames of its steps."""

    def __init__(self) -> None:
        self.slicer = SlicerScene()
        self.browser = self.slicer.cine(np.zeros((5, *SIZE), np.uint8))
        self.sessions = SegmentVideoSessions()
        self.session: SegmentVideoSession = self.sessions.sessionOf(self.browser)
        self.segmentation = self.session.segmentation
        self.shown: list[int] = []
        self.history = MarkHistory(self.segmentation, self._show)

    def _show(self, frame: int) -> None:
        self.shown.append(frame)
        self.slicer.show(self.browser, frame)

    @property
    def segments(self) -> list[str]:
        return self.segmentation.segmentIds()

    def paint(self, frame: int, mask: np.ndarray, segment: str = "") -> None:
        self.slicer.show(self.browser, frame)
        self.history.settle()
        paint(self.segmentation, segment or self.segments[0], mask)
        self.history.record("Paint", frame)

    def predict(self, top: int) -> None:
        """As a run does."""
        labels = np.stack([square(top, 4 * frame).astype(np.uint8) for frame in range(5)])
        writer = PredictionWriter(self.segmentation, LastRun(self.segmentation))
        writer.write(range(5), labels, {1: self.segments[0]}, np.full((5, 1), 0.5))

    def picture(self) -> Picture:
        """All that a user sees of marks, predictions and segments."""
        frames = range(5)
        return (
            [
                (name, self.segmentation.segmentName(name), self.segmentation.segmentColor(name))
                for name in self.segments
            ],
            [self.segmentation.record(frame) for frame in frames],
            [
                {name: mask.tobytes() for name, mask in self.segmentation.masks(frame).items() if mask.any()}
                for frame in frames
            ],
        )


def everything(told: Told) -> list[Picture]:
    """Do everything that changes marks, one after the other; returns what was seen before, between and after."""
    history, session, core = told.history, told.session, told.segmentation.proxyNode.GetSegmentation
    first = told.segments[0]
    seen = [told.picture()]

    def see() -> None:
        seen.append(told.picture())

    told.paint(1, square(5, 5))
    see()
    history.beginRun("Segment video")
    told.predict(20)
    history.endRun()
    see()
    with history.step("Verify", 3):
        session.verify(3)
    see()
    with history.step("Absent here", 1):
        session.markAbsent(1, first)
    see()
    with history.step("Remove mark", 3):
        session.forgetMark(3)
    see()
    with history.step("Rename"):
        told.segmentation.renameSegment(first, "Cavity")
    see()
    with history.step("Colour"):
        core().GetSegment(first).SetColor(0.25, 0.5, 0.75)
    see()
    with history.step("Add segment"):
        told.segmentation.addSegment("Wall")
    see()
    told.paint(2, square(30, 30), told.segments[1])
    see()
    told.paint(4, square(30, 30), told.segments[1])
    see()
    with history.step("Delete segment"):
        core().RemoveSegment(told.segments[1])
    see()
    return seen
