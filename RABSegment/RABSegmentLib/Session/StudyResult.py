"""What *Segment video* finds on a cine of a study, kept as the study's prediction of it."""

from __future__ import annotations

import time

import numpy as np

from rabengine.events import Done, Failed, RunEvent, Stopped
from rabengine.segmentation import Segmentation
from rabengine.study import Study, keep_result, last_entry
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .Job import nextFrameToCheck
from .Session import SegmentVideoSession
from .StudyWork import StudyWork


class StudyResult:
    """One run of the engine on the cine that is open; make it as soon as the run begins.

    What was drawn is in the study before: the result is of these marks.

    Args:
        study: whose. work: of the cine that is open.
        session: of that cine, whose run has begun.

    Raises:
        InputError: what was drawn cannot be kept, or the study cannot be read.
    """

    def __init__(self, study: Study, work: StudyWork, session: SegmentVideoSession) -> None:
        self._study, self._number, self._by = study, work.number, work.by
        work.keep(work.changes(session), work.names(session))
        self._known = last_entry(study)
        self._start = time.monotonic()
        self._seconds = 0.0

    def taken(self, work: StudyWork, session: SegmentVideoSession, found: Segmentation) -> Segmentation:
        """What the scene shows now that the run is done, with the label values of the study.

        Args:
            work, session: as above. found: of the run, the last one where it took several.
        """
        self._seconds = time.monotonic() - self._start
        return _shown(work, session.segmentation, found)

    def keep(self, result: Segmentation) -> None:
        """Write it to the study; may be called in another thread.

        Raises:
            InputError: it cannot be written.
        """
        keep_result(self._study, self._number, result, known=self._known, seconds=self._seconds, by=self._by)


class FollowedRun:
    """Makes a `StudyResult` of each run on the cine that is open, from its first event to its last."""

    def __init__(self) -> None:
        self._result: StudyResult | None = None
        self._isFollowed = False

    def forget(self) -> None:
        """Another cine is opened."""
        self._result, self._isFollowed = None, False

    def resultOf(
        self, event: RunEvent, study: Study, work: StudyWork, session: SegmentVideoSession
    ) -> StudyResult | None:
        """The result that is to be kept now: of a run that is done; None at every other event.

        Args:
            event: of the run. study, work, session: as those of a `StudyResult`.

        Raises:
            InputError: as of a `StudyResult`; once a run.
        """
        if not self._isFollowed:
            self._isFollowed = True  # whatever comes of it: a problem is said once
            self._result = StudyResult(study, work, session)
        result = self._result
        if isinstance(event, Done | Stopped | Failed):
            self.forget()
        return result if isinstance(event, Done) else None


def _shown(work: StudyWork, segmentation: SegmentationSequence, found: Segmentation) -> Segmentation:
    values = {segment: work.valueOf(segment) for segment in segmentation.segmentIds()}
    frames = range(segmentation.frameCount)
    records = [segmentation.record(frame) for frame in frames]
    settled = {one for record in records for one in (*record.known, *record.confidence) if one in values}
    segments = sorted(settled, key=lambda one: values[one])
    labels = np.zeros((segmentation.frameCount, *found.labels.shape[1:]), np.uint8)
    confidence = np.zeros((segmentation.frameCount, len(segments)), np.float32)
    for frame, record in zip(frames, records, strict=True):
        masks = segmentation.masks(frame)
        for column, segment in enumerate(segments):
            if segment in masks:
                labels[frame][masks[segment]] = values[segment]
            confidence[frame, column] = 1.0 if segment in record.known else record.confidence.get(segment, 0.0)
    return Segmentation(
        labels=labels,
        confidence=confidence,
        segments=tuple(values[segment] for segment in segments),
        marked_frames=tuple(frame for frame in frames if records[frame].isMark),
        preset=found.preset,
        device=found.device,
        seed=found.seed,
        next_frame=nextFrameToCheck(segmentation),
    )
