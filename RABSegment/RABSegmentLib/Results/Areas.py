"""How large each segment is on each frame, and which frames are the ends of a beat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rabengine.segmentation import EMPTY, MARKED, PREDICTED
from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

UNSETTLED, UNSEGMENTED = "unsettled", "unsegmented"


@dataclass(frozen=True)
class SegmentArea:
    """One segment on one frame.

    Attributes:
        pixels: how many it covers, also those that another segment covers too.
        mm2: its area, None when the cine has no spacing.
        confidence: 0 to 1 of the prediction, 1 where a person settled it, None where nobody said anything.
        status: "marked" or "verified" where a person settled it, "predicted", "empty" when it was looked for and is
            not there, "unsettled" when it is there and nobody stands for it, as after a mark was taken back, or
            "unsegmented" when nobody looked.
    """

    pixels: int
    mm2: float | None
    confidence: float | None
    status: str

    @property
    def isKnown(self) -> bool:
        """False where nobody looked for the segment: its area is not 0 there, it is not known."""
        return self.status != UNSEGMENTED


@dataclass(frozen=True)
class AreaRow:
    """One frame.

    Attributes:
        frame: its number, from 0.
        time: its index value, the frame number when the cine's index is of texts.
        segments: {segment: its area}, in the order of the segments table.
        origin: who made the frame: drawn, corrected, verified, predicted, unsettled or empty.
        made: how a mark came about (`FrameRecord.made`), in words.
        seconds: that a person spent on the frame, 0 where nobody looked.
    """

    frame: int
    time: float
    segments: Mapping[str, SegmentArea]
    origin: str
    made: tuple[str, ...] = ()
    seconds: float = 0.0


def areaTable(
    segmentation: SegmentationSequence, pixelsOf: Callable[[int], Mapping[str, int]] | None = None
) -> list[AreaRow]:
    """A row for every frame.

    Args:
        segmentation: whose areas.
        pixelsOf: gives {segment: pixels} of a frame, where they were counted before.
    """
    times = segmentation.cine.times()
    counted = pixelsOf or (lambda frame: _pixels(segmentation, frame))
    return [
        AreaRow(
            frame,
            times[frame],
            _areas(segmentation, frame, counted(frame)),
            segmentation.record(frame).origin,
            segmentation.record(frame).made,
            segmentation.seconds(frame),
        )
        for frame in range(segmentation.frameCount)
    ]


def _pixels(segmentation: SegmentationSequence, frame: int) -> dict[str, int]:
    return {segmentId: int(np.count_nonzero(mask)) for segmentId, mask in segmentation.masks(frame).items()}


def _areas(segmentation: SegmentationSequence, frame: int, counts: Mapping[str, int]) -> dict[str, SegmentArea]:
    spacing = segmentation.cine.spacing
    pixelArea = None if spacing is None else spacing[0] * spacing[1]
    record = segmentation.record(frame)
    found: dict[str, SegmentArea] = {}
    for segmentId in segmentation.segmentIds():
        pixels = counts.get(segmentId, 0)
        found[segmentId] = SegmentArea(
            pixels=pixels,
            mm2=None if pixelArea is None else pixels * pixelArea,
            confidence=1.0 if segmentId in record.known else record.confidence.get(segmentId),
            status=_status(record, segmentId, pixels),
        )
    return found


def _status(record: FrameRecord, segmentId: str, pixels: int) -> str:
    if segmentId in record.known:
        return FrameStatus.VERIFIED.value if record.status is FrameStatus.VERIFIED else MARKED
    isPredicted = segmentId in record.confidence or record.status is FrameStatus.PREDICTED
    if pixels:
        return PREDICTED if isPredicted else UNSETTLED
    return EMPTY if segmentId in record.confidence else UNSEGMENTED
