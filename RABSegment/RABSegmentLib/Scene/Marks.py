"""Turns what the user does to a frame into its record: painting, erasing, declaring absent, verifying."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from rabengine.errors import InputError
from RABSegmentLib.Signal import Signal
from RABSegmentLib.Steps import Steps, allOf
from RABSegmentLib.Translation import tr as _

from .FrameRecords import FrameRecord, FrameStatus, Means
from .SegmentationSequence import SegmentationSequence
from .SegmentMasks import keepLabelmaps


class MarkKeeping:
    """Keeps the records of a segmentation sequence true to what its frames show.

    Args:
        segmentation: whose frames the user marks.

    Attributes:
        edited: emitted with a frame after its user changed it.
    """

    def __init__(self, segmentation: SegmentationSequence) -> None:
        self._segmentation = segmentation
        # {frame: {fingerprints: record}} of what was seen since the last run: an undone stroke comes back to one.
        self._seen: dict[int, dict[frozenset[tuple[str, str]], FrameRecord]] = {}
        self._means = Means.PAINTED
        self.edited: Signal[[int]] = Signal()

    @contextmanager
    def by(self, means: Means) -> Iterator[None]:
        """What is noticed inside is made by these means; else it counts as painted."""
        before, self._means = self._means, means
        try:
            yield
        finally:
            self._means = before

    def noticeEdit(self, frame: int, isUndo: bool = False) -> bool:
        """Make a frame marked if its masks are not as they were last seen; False when they are.

        All that is visible on the frame counts as the user's from now on; a segment of which the last pixel was
        erased counts as absent. Strokes that are undone leave the frame as it was before them: a prediction, a mark
        of fewer segments, or no mark at all.

        Args:
            frame: its number.
            isUndo: it is known that something was undone; erasing all can look the same, and means another thing.
        """
        record = self._segmentation.record(frame)
        found = self._segmentation.fingerprints(frame)
        changed = {name for name in {*found, *record.fingerprints} if found.get(name) != record.fingerprints.get(name)}
        if not changed:
            return False
        seen = self._seen.setdefault(frame, {})
        seen[frozenset(record.fingerprints.items())] = record
        earlier = seen.get(frozenset(found.items()))
        if earlier is not None and (found or isUndo):
            self._segmentation.setRecords({frame: self._withPresentSegments(earlier)})
            self.edited.emit(frame)
            return True
        self._settle(frame, record, found, {*record.known, *found, *changed})
        return True

    def forgetStrokes(self) -> None:
        """Call before a run: what was seen before it is no state to come back to, such as an emptied frame."""
        self._seen.clear()

    def noticeEdits(self) -> list[int]:
        """`noticeEdit` on every frame, for edits that nobody watched; returns the frames that changed."""
        return allOf(self.noticeSteps())

    def noticeSteps(self) -> Steps[list[int]]:
        """As `noticeEdits`, a frame a step."""
        changed: list[int] = []
        for frame in range(self._segmentation.frameCount):
            if self.noticeEdit(frame):
                changed.append(frame)
            yield
        return changed

    def markShown(self, frame: int, segmentIds: Sequence[str]) -> None:
        """Say that what a frame shows of some segments is a mark, also where the engine had found just that."""
        record = self._segmentation.record(frame)
        if not segmentIds or (record.isMark and set(segmentIds) <= set(record.known)):
            return
        self._settle(frame, record, self._segmentation.fingerprints(frame), {*record.known, *segmentIds})

    def markAbsent(self, frame: int, segmentId: str) -> None:
        """Say that a segment is not on a frame; what was drawn of it there is erased."""
        rows, columns = self._segmentation.cine.frameSize
        record = self._segmentation.record(frame)
        self._segmentation.setMasks(frame, {segmentId: np.zeros((rows, columns), bool)})
        found = self._segmentation.fingerprints(frame)
        known = {*record.known, segmentId}
        # A prediction of another segment stays a prediction: nobody looked at it.
        with self.by(Means.DECLARED):
            self._settle(frame, record, found, known if record.status is not FrameStatus.MARKED else {*known, *found})

    def verify(self, frame: int) -> None:
        """Accept what the engine found on a frame: it is never changed again, and the engine learns from it.

        Raises:
            InputError: nothing was predicted there.
        """
        record = self._segmentation.record(frame)
        if record.status is not FrameStatus.PREDICTED:
            raise InputError(
                _("Frame {frame} has no prediction to verify: it is {origin}.").format(
                    frame=frame, origin=_originWords()[record.origin]
                ),
                _("Segment the video first."),
            )
        self._segmentation.setRecords(
            {
                frame: replace(
                    record,
                    status=FrameStatus.VERIFIED,
                    known=tuple(self._segmentation.segmentIds()),
                    fingerprints=self._segmentation.fingerprints(frame),
                )
            }
        )
        self.edited.emit(frame)

    def forgetMark(self, frame: int) -> None:
        """A marked or verified frame is no mark any more, nor a prediction: nobody stands for its masks.

        They stay until the next run replaces them.
        """
        found = self._segmentation.fingerprints(frame)
        self._segmentation.setRecords({frame: FrameRecord(fingerprints=found)})
        self._seen.pop(frame, None)

    def markedFrames(self) -> list[int]:
        """Frames from which the engine learns, ascending."""
        frames = range(self._segmentation.frameCount)
        return [frame for frame in frames if self._segmentation.record(frame).isMark]

    def _withPresentSegments(self, record: FrameRecord) -> FrameRecord:
        """Segments may have been deleted since."""
        present = set(self._segmentation.segmentIds())
        return replace(
            record,
            known=tuple(name for name in record.known if name in present),
            confidence={name: value for name, value in record.confidence.items() if name in present},
        )

    def _settle(self, frame: int, record: FrameRecord, found: dict[str, str], known: set[str]) -> None:
        order = self._segmentation.segmentIds()
        self._segmentation.setRecords(
            {
                frame: FrameRecord(
                    status=FrameStatus.MARKED,
                    isCorrected=record.isCorrected or record.status in (FrameStatus.PREDICTED, FrameStatus.VERIFIED),
                    known=tuple(name for name in order if name in known),
                    confidence={name: value for name, value in record.confidence.items() if name not in known},
                    fingerprints=found,
                    means=tuple(dict.fromkeys((*record.means, self._means.value))),
                )
            }
        )
        self.edited.emit(frame)


def _originWords() -> dict[str, str]:
    """{origin of a frame without a prediction: its word}."""
    return {
        "drawn": _("drawn"),
        "corrected": _("corrected"),
        "verified": _("verified"),
        "unsettled": _("unsettled"),
        "empty": _("empty"),
    }


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
        self._browserTag = segmentation.browserNode.AddObserver("ModifiedEvent", lambda *_: self.follow())
        self.follow()

    def follow(self) -> None:
        """Watch the node that shows the frames now: a proxy that was deleted or replaced is another one."""
        node = self._segmentation.proxyNode if self._segmentation.isPlayed else None
        if node is not self._node:
            self._leave()
            self._node = node
            if node is not None:
                self._tags = [node.AddObserver(event, call) for event, call in self._events()]

    def stop(self) -> None:
        """Watch no longer."""
        self._leave()
        self._segmentation.browserNode.RemoveObserver(self._browserTag)

    def _leave(self) -> None:
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
        if frame is None:
            return
        keepLabelmaps(self._node)
        if self._keeping.noticeEdit(frame):
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
