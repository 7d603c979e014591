"""What is known of each frame's segmentation: who made it, which segments are settled, how sure the engine is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

ATTRIBUTE = "RABSegment.Frames"


class FrameStatus(str, Enum):
    """Of a frame's segmentation."""

    EMPTY = "empty"
    PREDICTED = "predicted"
    MARKED = "marked"
    VERIFIED = "verified"


class Means(str, Enum):
    """By what a person made a mark."""

    PAINTED = "painted"  # by any tool that draws
    PROMPTED = "prompted"  # by clicks, scribbles or a box
    COPIED = "copied"  # from the frame before
    DECLARED = "declared absent"
    LOADED = "loaded"  # from a file, or by a program


@dataclass(frozen=True)
class FrameRecord:
    """One frame.

    Attributes:
        status: who made what is there.
        isCorrected: a marked frame started from a prediction.
        known: segments that the user drew, accepted or declared absent here; the engine never changes them.
        confidence: {segment: 0 to 1} of the last prediction.
        fingerprints: {segment: of its mask} as last seen; a segment that is not named was empty.
        means: by what a person made it a mark, each once, in the order in which they came.
    """

    status: FrameStatus = FrameStatus.EMPTY
    isCorrected: bool = False
    known: tuple[str, ...] = ()
    confidence: Mapping[str, float] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    means: tuple[str, ...] = ()

    @property
    def isMark(self) -> bool:
        """Whether the engine learns from the frame and must not change it."""
        return self.status in (FrameStatus.MARKED, FrameStatus.VERIFIED)

    @property
    def origin(self) -> str:
        """Who made it, for people: drawn, corrected, verified, predicted, unsettled (a mark taken back) or empty."""
        if self.status is FrameStatus.MARKED:
            return "corrected" if self.isCorrected else "drawn"
        if self.status is FrameStatus.EMPTY and self.fingerprints:
            return "unsettled"
        return self.status.value

    @property
    def made(self) -> tuple[str, ...]:
        """How a mark came about: its means, then "corrected" where a prediction was, or "verified"; () for no mark."""
        if self.status is FrameStatus.VERIFIED:
            return (*self.means, FrameStatus.VERIFIED.value)
        if self.status is FrameStatus.MARKED:
            return (*self.means, "corrected") if self.isCorrected else self.means
        return ()

    @property
    def lowestConfidence(self) -> float | None:
        """Of the segments that were predicted; None when none was."""
        return min(self.confidence.values(), default=None)

    def fields(self) -> dict[str, Any]:
        """Its attributes by name, as `fromFields` takes them."""
        # What dataclasses offer copies each text; a cine has thousands.
        return dict(vars(self))

    @classmethod
    def fromFields(cls, fields: Mapping[str, Any]) -> FrameRecord:
        """Of its attributes by name, as JSON has them; those that are missing are as in an empty record.

        Raises:
            ValueError, TypeError, AttributeError: one of them makes no sense.
        """
        return cls(
            status=FrameStatus(fields.get("status", FrameStatus.EMPTY)),
            isCorrected=bool(fields.get("isCorrected", False)),
            known=tuple(map(str, fields.get("known", ()))),
            confidence={str(name): float(value) for name, value in fields.get("confidence", {}).items()},
            fingerprints={str(name): str(value) for name, value in fields.get("fingerprints", {}).items()},
            means=tuple(map(str, fields.get("means", ()))),
        )


class FrameRecords:
    """The records of a segmentation sequence, kept in one attribute of it, so that they are saved with the scene.

    Records belong to index values, not to frame numbers.

    Args:
        sequenceNode: vtkMRMLSequenceNode of the segmentations.
    """

    def __init__(self, sequenceNode: Any) -> None:
        self._node = sequenceNode
        self._time = -1
        self._text: str | None = None
        self._records: dict[str, FrameRecord] = {}

    def __getitem__(self, indexValue: str) -> FrameRecord:
        return self._current().get(indexValue, FrameRecord())

    def asDict(self) -> dict[str, FrameRecord]:
        """A copy, {index value: record}."""
        return dict(self._current())

    def update(self, records: Mapping[str, FrameRecord]) -> None:
        """Replace the records of some frames and write all to the node."""
        self._write({**self._current(), **records})

    def replaceAll(self, records: Mapping[str, FrameRecord]) -> None:
        """Forget all and take these."""
        self._write(dict(records))

    def dropSegment(self, segmentId: str) -> None:
        """Forget a segment on every frame."""
        self.replaceAll({value: _without(record, segmentId) for value, record in self._current().items()})

    def _current(self) -> dict[str, FrameRecord]:
        """What the node says: the panel and the console may both be at it."""
        time = self._node.GetMTime()
        if time != self._time:
            text = self._node.GetAttribute(ATTRIBUTE)
            if text != self._text:
                self._records = recordsOfText(text)
            self._time, self._text = time, text
        return self._records

    def _write(self, records: dict[str, FrameRecord]) -> None:
        kept = {value: record for value, record in records.items() if record != FrameRecord()}
        texts = {value: _asJson(record) for value, record in kept.items()}
        # First the cache: whoever observes the node reads the records at once.
        self._records, self._text = kept, json.dumps(texts, separators=(",", ":"))
        self._node.SetAttribute(ATTRIBUTE, self._text)


def _without(record: FrameRecord, segmentId: str) -> FrameRecord:
    """What is left when a segment is gone: no mark without what was drawn, no prediction without what was found."""
    known = tuple(name for name in record.known if name != segmentId)
    confidence = {name: value for name, value in record.confidence.items() if name != segmentId}
    fingerprints = {name: value for name, value in record.fingerprints.items() if name != segmentId}
    if not (known or confidence or fingerprints):
        return FrameRecord()
    status = record.status
    if record.isMark and not known:
        status = FrameStatus.PREDICTED if confidence else FrameStatus.EMPTY
    isCorrected = record.isCorrected and status is FrameStatus.MARKED
    means = record.means if status is record.status else ()
    return FrameRecord(status, isCorrected, known, confidence, fingerprints, means)


def _asJson(record: FrameRecord) -> dict[str, Any]:
    """Short: what is as in an empty record is left out."""
    empty = FrameRecord().fields()
    return {name: value for name, value in record.fields().items() if value != empty[name]}


def recordsOfText(text: str | None) -> dict[str, FrameRecord]:
    """A damaged attribute counts as none: the masks themselves are in the sequence."""
    try:
        content = json.loads(text or "{}")
        return {str(value): FrameRecord.fromFields(fields) for value, fields in content.items()}
    except (ValueError, AttributeError, TypeError, KeyError):
        return {}
