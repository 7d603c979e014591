"""Watches the segmentation that the user edits: a frame that is painted on is marked, without any button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .MarkKeeping import MarkKeeping
from .SegmentationSequence import SegmentationSequence


class MarkObserver:
    """Follows the proxy node of a segmentation sequence until `stop`.

    Args:
        segmentation: what is watched.
        keeping: turns edits into records.
        onMarked: called with the frame after its record changed.
        onSegments: called after segments were added, removed, renamed, coloured or ordered; all frames have them then.
    """

    def __init__(
        self,
        segmentation: SegmentationSequence,
        keeping: MarkKeeping,
        onMarked: Callable[[int], None],
        onSegments: Callable[[], None],
    ) -> None:
        self._segmentation = segmentation
        self._keeping = keeping
        self._onMarked = onMarked
        self._onSegments = onSegments
        self._node: Any = None
        self._tags: list[int] = []
        self.follow()

    def follow(self) -> None:
        """Watch the node that shows the frames now: a proxy that was deleted is replaced by another."""
        node = self._segmentation.proxyNode
        if node is not self._node:
            self.stop()
            self._node = node
            self._tags = [node.AddObserver(event, call) for event, call in self._events()]

    def stop(self) -> None:
        """Watch no longer."""
        for tag in self._tags:
            self._node.RemoveObserver(tag)
        self._tags = []

    def _events(self) -> list[tuple[int, Callable[..., None]]]:
        import slicer

        core = slicer.vtkSegmentation
        table = (core.SegmentAdded, core.SegmentRemoved, core.SegmentModified, core.SegmentsOrderModified)
        return [(core.SourceRepresentationModified, self._onPixels), *((event, self._onTable) for event in table)]

    def _onPixels(self, _caller: Any, _event: Any) -> None:
        frame = self._editedFrame()
        if frame is not None and self._keeping.noticeEdit(frame):
            self._onMarked(frame)

    def _onTable(self, _caller: Any, _event: Any) -> None:
        frame = self._editedFrame()
        if frame is None:
            return
        before = set(self._segmentation.segmentIds())
        isChanged = self._segmentation.spreadSegmentTable(self._node)
        for segmentId in self._forgotten(before):
            self._segmentation.records.dropSegment(segmentId)
        # An undo in the segment editor takes segments out and puts them in again, with other pixels.
        isMarked = self._keeping.noticeEdit(frame, isUndo=True)
        if isMarked:
            self._onMarked(frame)
        if isChanged:
            self._onSegments()

    def _forgotten(self, present: set[str]) -> set[str]:
        """Segments that records know and no frame has any more."""
        records = self._segmentation.records.asDict().values()
        named = {name for record in records for name in (*record.known, *record.confidence, *record.fingerprints)}
        return named - present

    def _editedFrame(self) -> int | None:
        """The frame that the user edits; None while the program writes or the browser is on its way to another."""
        if not self._segmentation.isInScene or self._segmentation.isWriting:
            return None
        frame = self._segmentation.selectedFrame
        if not 0 <= frame < self._segmentation.frameCount:
            return None
        item = self._segmentation.item(frame)
        isThere = item is not None and item.GetSegmentation() is self._node.GetSegmentation()
        return frame if isThere else None
