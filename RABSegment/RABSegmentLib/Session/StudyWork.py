"""One cine of a study in a person's hands: what the study knows of it is shown, and what is drawn goes to the study."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.study import Study
from RABSegmentLib.Scene.FrameRecords import FrameStatus
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .PredictionWriter import LastRun, PredictionWriter
from .Session import SegmentVideoSession

_LEAST_MINUTES = 0.01


@dataclass(frozen=True)
class StudyMark:
    """A frame that was marked, or taken back where there are no labels."""

    frame: int
    labels: np.ndarray | None
    how: str


class StudyWork:
    """Shows a cine of a study in a session, and keeps in the study what changes there.

    Args:
        study: whose. number: of the cine. by: who works. cine: its frames as they were read.
        isBlind: show neither what was predicted nor what others drew.

    Attributes:
        number, by: as above; another person may go on.
    """

    def __init__(self, study: Study, number: int, by: str, cine: Cine, isBlind: bool = False) -> None:
        self.number = number
        self.by = by
        self._study, self._isBlind = study, isBlind
        # The frames themselves are in the scene: only their size is asked for.
        size = (cine.frame_count, *cine.frame_size)
        self._size = Cine(np.broadcast_to(np.zeros(1, np.uint8), size), cine.spacing, source=cine.source)
        self._kept: dict[int, str] = {}  # {frame: hash of what the study has}
        self._values: dict[str, int] = {}  # {segment: label value}
        self._seconds = 0.0
        self._writing = threading.Lock()  # what is written later is newer

    def show(self, session: SegmentVideoSession) -> None:
        """Put what the study has into the scene: names, prediction, marks.

        Raises:
            InputError: a file of the study is missing or damaged; what could be read is shown.
        """
        segmentation = session.segmentation
        names = self._study.settings().segments
        marks = self._marks()
        found = None
        if not self._isBlind and self._study.cine(self.number).prediction is not None:
            found = self._study.prediction(self.number)
        values = {int(value) for labels, _status in marks.values() for value in np.unique(labels) if value}
        self._makeSegments(segmentation, {*names, *values, *(found.segments if found is not None else ())}, names)
        segments = {value: name for name, value in self._values.items()}
        if found is not None and found.labels.shape[:3] == self._size.frames.shape:
            frames = [frame for frame in range(len(found.labels)) if frame not in marks]
            shown = {value: segments[value] for value in found.segments}
            writer = PredictionWriter(segmentation, LastRun(segmentation))
            writer.write(frames, found.labels[frames], shown, found.confidence[frames])
        for frame, (labels, _status) in marks.items():
            session.mark(frame, {name: labels == value for value, name in segments.items()})
        self._kept = {frame: self._hash(segmentation, frame) for frame in session.keeping.markedFrames()}
        self._seconds = self._spent(segmentation)

    def changes(self, session: SegmentVideoSession) -> list[StudyMark]:
        """What is marked now and is not in the study as it is; it counts as kept from now on, unless `keep` fails."""
        segmentation = session.segmentation
        marked = session.keeping.markedFrames()
        found = []
        for frame in marked:
            content = self._hash(segmentation, frame)
            if self._kept.get(frame) != content:
                isVerified = segmentation.record(frame).status is FrameStatus.VERIFIED
                labels = self._labels(segmentation, frame)
                found.append(StudyMark(frame, labels, "verify" if isVerified else "mark"))
                self._kept[frame] = content
        for frame in sorted(self._kept.keys() - set(marked)):
            found.append(StudyMark(frame, None, "unmark"))
            del self._kept[frame]
        return found

    def names(self, session: SegmentVideoSession) -> dict[int, str]:
        """{label value: name} of the segments."""
        segmentation = session.segmentation
        return {self.valueOf(one): segmentation.segmentName(one) for one in segmentation.segmentIds()}

    def keep(self, changes: list[StudyMark], names: Mapping[int, str]) -> None:
        """Write changes to the study; may be called in another thread.

        Raises:
            InputError: one of them cannot be written, such as a mark of another person that is taken back; the others
                are.
        """
        problems: list[InputError] = []
        with self._writing:
            for change in changes:
                try:
                    if change.labels is None:
                        self._study.unmark(self.number, change.frame, self.by)
                    else:
                        drawn = {change.frame: change.labels}
                        self._study.mark(self.number, drawn, names, self.by, self._size, change.how)
                except InputError as error:
                    problems.append(error)
                    if change.labels is not None:
                        self._kept[change.frame] = ""  # `changes` has it again: a disk that was full may have room then
        if problems:
            raise problems[0]

    def minutes(self, session: SegmentVideoSession) -> float:
        """Spent on the cine since this was asked last; what is too little to count is kept for the next time."""
        session.clock.touch()
        spent = self._spent(session.segmentation)
        minutes = (spent - self._seconds) / 60
        if minutes < _LEAST_MINUTES:
            return 0.0
        self._seconds = spent
        return round(minutes, 2)

    def keepMinutes(self, minutes: float) -> None:
        """Write time that was spent to the study.

        Raises:
            InputError: it cannot be written.
        """
        if minutes > 0:
            self._study.add_minutes(self.number, minutes, self.by)

    def valueOf(self, segmentId: str) -> int:
        """The label value of a segment in the study; a new segment gets one."""
        if segmentId not in self._values:
            self._values[segmentId] = max(self._values.values(), default=0) + 1
        return self._values[segmentId]

    def _marks(self) -> dict[int, tuple[np.ndarray, str]]:
        """{frame: (labels, how)}: those that are used, or one's own alone."""
        if self._isBlind:
            own = [one for one in self._study.ratings(self.number) if one.by == self.by and one.reading == 1]
            return {one.frame: (self._study.labels_of(one.mark, self._size.frame_size), one.how) for one in own}
        marked = self._study.marked_labels(self.number, self._size.frame_size)
        return {frame: (labels, "mark") for frame, labels in marked.items()}

    def _makeSegments(self, segmentation: SegmentationSequence, values: set[int], names: Mapping[int, str]) -> None:
        """A segment for each label; the one that a new segmentation starts with is the first of them."""
        for place, value in enumerate(sorted(values)):
            name, there = names.get(value, f"Segment {value}"), segmentation.segmentIds()
            if place < len(there):
                segmentation.renameSegment(there[place], name)
                self._values[there[place]] = value
            else:
                self._values[segmentation.addSegment(name)] = value

    def _labels(self, segmentation: SegmentationSequence, frame: int) -> np.ndarray:
        """(H, W) uint8 of what a person settled on a frame."""
        labels = np.zeros(self._size.frame_size, np.uint8)
        known = segmentation.record(frame).known
        for segmentId, mask in segmentation.masks(frame).items():
            if segmentId in known:
                labels[mask] = self.valueOf(segmentId)
        return labels

    def _hash(self, segmentation: SegmentationSequence, frame: int) -> str:
        return hashlib.sha1(self._labels(segmentation, frame).tobytes(), usedforsecurity=False).hexdigest()

    @staticmethod
    def _spent(segmentation: SegmentationSequence) -> float:
        return sum(segmentation.seconds(frame) for frame in range(segmentation.frameCount))
