"""What a timeline shows of each frame: status, confidence and areas, as shares of its height."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from RABSegmentLib.Scene.FrameRecords import FrameStatus
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .Areas import areaTable

STATUS_COLORS = {
    FrameStatus.EMPTY: "#b4b4b4",
    FrameStatus.PREDICTED: "#6c9bd2",
    FrameStatus.MARKED: "#e08e2d",
    FrameStatus.VERIFIED: "#3f9b57",
}


STRIP, GAP = 10, 4  # pixels: the strip of statuses, and what is between it and the rest
PALE = 70  # of 255: how opaque confidence is


@dataclass(frozen=True)
class Bar:
    """A filled rectangle in pixels; `opacity` is 0 to 255."""

    left: int
    top: int
    width: int
    height: int
    color: str
    opacity: int


@dataclass(frozen=True)
class AreaCurve:
    """Area of one segment over the frames.

    Attributes:
        color: (red, green, blue) from 0 to 1.
        heights: one a frame, 0 to 1 of the largest area of any segment; None where nobody looked for the segment.
    """

    color: tuple[float, float, float]
    heights: tuple[float | None, ...]


@dataclass(frozen=True)
class TimelineData:
    """Of one cine.

    Attributes:
        status: one a frame.
        confidence: one a frame, the least sure segment's; None where nothing was predicted.
        areas: one a segment.
    """

    status: tuple[FrameStatus, ...]
    confidence: tuple[float | None, ...]
    areas: tuple[AreaCurve, ...]

    @property
    def frameCount(self) -> int:
        return len(self.status)

    def span(self, frame: int, width: int) -> tuple[int, int]:
        """(left, right) of a frame on a timeline `width` pixels wide; at least one pixel."""
        left = frame * width // self.frameCount
        return left, max((frame + 1) * width // self.frameCount, left + 1)

    def bars(self, width: int, height: int) -> list[Bar]:
        """The strip of statuses at the bottom, and above it each frame's confidence, for a size in pixels."""
        plot = height - STRIP - GAP
        bars = []
        for frame, (status, trust) in enumerate(zip(self.status, self.confidence, strict=True)):
            left, right = self.span(frame, width)
            color = STATUS_COLORS[status]
            bars.append(Bar(left, plot + GAP, right - left, STRIP, color, 255))
            if trust is not None:
                tall = round(trust * plot)
                bars.append(Bar(left, plot - tall, right - left, tall, color, PALE))
        return bars

    def lines(self, curve: AreaCurve, width: int, height: int) -> list[list[tuple[int, int]]]:
        """The corners (x, y) of a curve, for a size in pixels: a line for each row of frames without a gap.

        A frame between two gaps is a line as wide as the frame.
        """
        plot = height - STRIP - GAP
        lines: list[list[tuple[int, int]]] = []
        for isGap, frames in itertools.groupby(range(self.frameCount), lambda frame: curve.heights[frame] is None):
            if isGap:
                continue
            row = list(frames)
            places = [float(frame) + 0.5 for frame in row] if len(row) > 1 else [row[0], row[0] + 1.0]
            heights = [curve.heights[frame] or 0.0 for frame in (row if len(row) > 1 else row * 2)]
            lines.append(
                [
                    (round(place * width / self.frameCount), 2 + round((plot - 4) * (1 - y)))
                    for place, y in zip(places, heights, strict=True)
                ]
            )
        return lines

    def frameAt(self, x: float, width: float) -> int:
        """The frame under a click `x` pixels from the left of a timeline `width` pixels wide."""
        frame = int(x / max(width, 1.0) * self.frameCount)
        return min(max(frame, 0), self.frameCount - 1)


class TimelineSource:
    """Reads the timeline of a segmentation; areas of frames that did not change are not counted again.

    Args:
        segmentation: whose timeline it is.
    """

    def __init__(self, segmentation: SegmentationSequence) -> None:
        self._segmentation = segmentation
        self._areas: dict[str, tuple[object, dict[str, int]]] = {}

    def read(self) -> TimelineData:
        """The timeline as it is now."""
        frames = range(self._segmentation.frameCount)
        records = [self._segmentation.record(frame) for frame in frames]
        rows = areaTable(self._segmentation, self.pixels)
        largest = max((area.pixels for row in rows for area in row.segments.values()), default=0) or 1
        curves = tuple(
            AreaCurve(
                self._segmentation.segmentColor(name),
                tuple(row.segments[name].pixels / largest if row.segments[name].isKnown else None for row in rows),
            )
            for name in self._segmentation.segmentIds()
        )
        return TimelineData(
            tuple(record.status for record in records), tuple(record.lowestConfidence for record in records), curves
        )

    def pixels(self, frame: int) -> dict[str, int]:
        """{segment: how many pixels it covers} on a frame; counted once for each state of the frame's masks."""
        value = self._segmentation.indexValue(frame)
        state = tuple(sorted(self._segmentation.records[value].fingerprints.items()))
        known = self._areas.get(value)
        if known is None or known[0] != state:
            found = self._segmentation.facts(frame) if state else {}
            known = (state, {name: facts.pixels for name, facts in found.items()})
            self._areas[value] = known
        return known[1]
