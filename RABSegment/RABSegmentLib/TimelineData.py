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
        counts = [self._areaOf(frame) for frame in frames]
        names = self._segmentation.segmentIds()
        largest = max((area for count in counts for area in count.values()), default=0) or 1
        curves = tuple(
            AreaCurve(self._segmentation.segmentColor(name), tuple(count.get(name, 0) / largest for count in counts))
            for name in names
        )
        return TimelineData(
            tuple(record.status for record in records), tuple(record.lowestConfidence for record in records), curves
        )

    def _areaOf(self, frame: int) -> dict[str, int]:
        """{segment: pixels}; counted once for each state of the frame's masks."""
        value = self._segmentation.indexValue(frame)
        state = tuple(sorted(self._segmentation.records[value].fingerprints.items()))
        known = self._areas.get(value)
        if known is None or known[0] != state:
            masks = self._segmentation.masks(frame) if state else {}
            known = (state, {name: int(mask.sum()) for name, mask in masks.items()})
            self._areas[value] = known
        return known[1]
