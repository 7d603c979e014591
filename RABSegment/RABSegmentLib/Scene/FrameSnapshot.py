"""What a frame is like now, so that it can be put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .FrameRecords import FrameRecord
from .SegmentationSequence import SegmentationSequence


@dataclass(frozen=True)
class FrameSnapshot:
    """Masks and record of a frame.

    Attributes:
        masks: {segment: rows of packed bits}.
        record: of the frame.
    """

    masks: Mapping[str, np.ndarray]
    record: FrameRecord


def takeSnapshot(segmentation: SegmentationSequence, frame: int) -> FrameSnapshot:
    """Of a frame as it is now."""
    packed = {name: np.packbits(mask, axis=1) for name, mask in segmentation.masks(frame).items()}
    return FrameSnapshot(packed, segmentation.record(frame))


def putBack(segmentation: SegmentationSequence, snapshots: Mapping[int, FrameSnapshot]) -> None:
    """Make frames what they were, {frame: snapshot}; segments that were removed since stay away."""
    columns = segmentation.cine.frameSize[1]
    present = set(segmentation.segmentIds())
    for frame, snapshot in snapshots.items():
        masks = {
            name: np.unpackbits(rows, axis=1, count=columns).astype(bool)
            for name, rows in snapshot.masks.items()
            if name in present
        }
        segmentation.setMasks(frame, masks)
    segmentation.setRecords({frame: snapshot.record for frame, snapshot in snapshots.items()})
