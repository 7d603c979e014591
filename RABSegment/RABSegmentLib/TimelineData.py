"""What a timeline shows of each frame: status, confidence and areas, as shares of its height."""

from __future__ import annotations

from dataclasses import dataclass

from .FrameRecords import FrameStatus
from .SegmentationSequence import SegmentationSequence

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
        heights: one a frame, 0 to 1 of the largest area of any segment.
    """

    color: tuple[float, float, float]
    heights: tuple[float, ...]


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

    def points(self, curve: AreaCurve, width: int, height: int) -> list[tuple[int, int]]:
        """The corners (x, y) of a curve, for a size in pixels."""
        plot = height - STRIP - GAP
        places = ((frame + 0.5) * width / self.frameCount for frame in range(self.frameCount))
        return [(round(x), 2 + round((plot - 4) * (1 - y))) for x, y in zip(places, curve.heights, strict=True)]

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
        counts = [self.pixels(frame) for frame in frames]
        names = self._segmentation.segmentIds()
        largest = max((area for count in counts for area in count.values()), default=0) or 1
        curves = tuple(
            AreaCurve(self._segmentation.segmentColor(name), tuple(count.get(name, 0) / largest for count in counts))
            for name in names
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
            masks = self._segmentation.masks(frame) if state else {}
            known = (state, {name: int(mask.sum()) for name, mask in masks.items()})
            self._areas[value] = known
        return known[1]
