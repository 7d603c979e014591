"""What a run replaced, so that it can be undone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .FrameRecords import FrameRecord
from .SegmentationSequence import SegmentationSequence


@dataclass(frozen=True)
class _Before:
    """A frame before a run, and its record after it."""

    masks: dict[str, np.ndarray]  # rows of packed bits
    record: FrameRecord


class LastRun:
    """Remembers each frame before it is first written.

    Args:
        segmentation: what the run writes to.
    """

    def __init__(self, segmentation: SegmentationSequence) -> None:
        self._segmentation = segmentation
        self._before: dict[int, _Before] = {}
        self._after: dict[int, FrameRecord] = {}

    @property
    def isEmpty(self) -> bool:
        return not self._before

    def remember(self, frame: int) -> None:
        """Call before a frame is written; only the first call of a frame counts."""
        if frame not in self._before:
            packed = {name: np.packbits(mask, axis=1) for name, mask in self._segmentation.masks(frame).items()}
            self._before[frame] = _Before(packed, self._segmentation.record(frame))

    def written(self, frame: int) -> None:
        """Call after a frame was written."""
        self._after[frame] = self._segmentation.record(frame)

    def undo(self) -> list[int]:
        """Put back what was there; frames that the user marked, verified or corrected since stay as they are.

        Returns:
            The frames that were put back, ascending.
        """
        columns = self._segmentation.cine.frameSize[1]
        present = set(self._segmentation.segmentIds())
        restored = []
        for frame, before in sorted(self._before.items()):
            if self._segmentation.record(frame) != self._after.get(frame):
                continue
            masks = {
                name: np.unpackbits(rows, axis=1, count=columns).astype(bool)
                for name, rows in before.masks.items()
                if name in present
            }
            self._segmentation.setMasks(frame, masks)
            restored.append(frame)
        self._segmentation.setRecords({frame: self._before[frame].record for frame in restored})
        self._before.clear()
        self._after.clear()
        return restored
