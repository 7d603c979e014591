"""What a run replaced, so that it can be undone."""

from __future__ import annotations

from .FrameRecords import FrameRecord
from .FrameSnapshot import FrameSnapshot, putBack, takeSnapshot
from .SegmentationSequence import SegmentationSequence


class LastRun:
    """Remembers each frame before it is first written.

    Args:
        segmentation: what the run writes to.
    """

    def __init__(self, segmentation: SegmentationSequence) -> None:
        self._segmentation = segmentation
        self._before: dict[int, FrameSnapshot] = {}
        self._after: dict[int, FrameRecord] = {}

    @property
    def isEmpty(self) -> bool:
        """Whether nothing of it is left to undo: it wrote nothing, or every frame was changed since."""
        return not any(self._isUnchanged(frame) for frame in self._before)

    def remember(self, frame: int) -> None:
        """Call before a frame is written; only the first call of a frame counts."""
        if frame not in self._before:
            self._before[frame] = takeSnapshot(self._segmentation, frame)

    def written(self, frame: int) -> None:
        """Call after a frame was written."""
        self._after[frame] = self._segmentation.record(frame)

    def undo(self) -> list[int]:
        """Put back what was there; frames that the user marked, verified or corrected since stay as they are.

        Returns:
            The frames that were put back, ascending.
        """
        unchanged = {frame: before for frame, before in sorted(self._before.items()) if self._isUnchanged(frame)}
        putBack(self._segmentation, unchanged)
        self._before.clear()
        self._after.clear()
        return list(unchanged)

    def _isUnchanged(self, frame: int) -> bool:
        return self._segmentation.record(frame) == self._after.get(frame)
