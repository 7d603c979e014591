"""Writes what the engine found into the segmentation sequence, and never over what a person made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus
from RABSegmentLib.Scene.FrameSnapshot import FrameSnapshot, putBack, takeSnapshot
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentMasks import fingerprint


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
    def hasWritten(self) -> bool:
        """Whether it changed any frame, whatever became of that since, unless it was undone."""
        return bool(self._after)

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
        self.forget()
        return list(unchanged)

    def forget(self) -> None:
        """Nothing of it can be undone any more."""
        self._before.clear()
        self._after.clear()

    def _isUnchanged(self, frame: int) -> bool:
        return self._segmentation.record(frame) == self._after.get(frame)


@dataclass(frozen=True, eq=False)
class FoundFrame:
    """What a run found on one frame.

    Attributes:
        frame: its number.
        labels: (H, W) label values.
        segments: {label value: segment}; segments that were deleted meanwhile are left out.
        confidence: of the segments, in the order of `segments`; None while it is not known.
    """

    frame: int
    labels: np.ndarray
    segments: Mapping[int, str]
    confidence: Sequence[float] | np.ndarray | None = None


class PredictionWriter:
    """Writes the frames of one run.

    Args:
        segmentation: where to.
        lastRun: remembers what was there.
    """

    def __init__(self, segmentation: SegmentationSequence, lastRun: LastRun) -> None:
        self._segmentation = segmentation
        self._lastRun = lastRun

    def write(
        self,
        frames: Sequence[int],
        labels: np.ndarray,
        segments: Mapping[int, str],
        confidence: np.ndarray | None = None,
    ) -> None:
        """Write some frames.

        Args:
            frames: their numbers.
            labels: (len(frames), H, W) label values.
            segments: of all of them, as `FoundFrame` has them.
            confidence: (len(frames), len(segments)) in the order of `segments`, None while it is not known.
        """
        confidences = [None] * len(frames) if confidence is None else list(confidence)
        self.writeFound(
            FoundFrame(frame, labels[number], segments, confidences[number]) for number, frame in enumerate(frames)
        )

    def writeFound(self, found: Iterable[FoundFrame]) -> None:
        """Write frames, each once, and their records at the end: those are one text, which is long for a long cine."""
        present = set(self._segmentation.segmentIds())
        records: dict[int, FrameRecord] = {}
        for one in found:
            kept = {value: name for value, name in one.segments.items() if name in present}
            names, values = one.segments.values(), one.confidence
            confidence = {} if values is None else dict(zip(names, map(float, values), strict=True))
            written = self._writeFrame(one.frame, one.labels, kept, confidence)
            if written is not None:
                records[one.frame] = written
        self._segmentation.setRecords(records)
        for frame in records:
            self._lastRun.written(frame)

    def _writeFrame(
        self, frame: int, labels: np.ndarray, segments: Mapping[int, str], confidence: Mapping[str, float]
    ) -> FrameRecord | None:
        """Masks of the segments that nobody marked on this frame; the record to keep, None when all are marked."""
        record = self._segmentation.record(frame)
        unmarked = {value: name for value, name in segments.items() if name not in record.known}
        if not unmarked:
            return None
        self._lastRun.remember(frame)
        masks = {name: labels == value for value, name in unmarked.items()}
        if record.known:
            marked = self._marked(frame, record)
            masks = {name: mask & ~marked for name, mask in masks.items()}
        changed = {name: mask for name, mask in masks.items() if fingerprint(mask) != record.fingerprints.get(name, "")}
        self._segmentation.setMasks(frame, changed)
        prints = {**record.fingerprints, **{name: fingerprint(mask) for name, mask in masks.items()}}
        return replace(
            record,
            status=record.status if record.isMark else FrameStatus.PREDICTED,
            confidence={
                **record.confidence,
                **{name: round(value, 4) for name, value in confidence.items() if name in unmarked.values()},
            },
            fingerprints={name: text for name, text in prints.items() if text},
        )

    def _marked(self, frame: int, record: FrameRecord) -> np.ndarray:
        """(H, W) bool of what the user's segments cover."""
        masks = self._segmentation.masks(frame)
        return np.logical_or.reduce([mask for name, mask in masks.items() if name in record.known])
