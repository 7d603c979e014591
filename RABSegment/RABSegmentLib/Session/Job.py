"""One run: marks to the engine, what it finds back into the segmentation sequence."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from rabengine.errors import RABSegmentError
from rabengine.events import Done, Failed, PartialResult, Progress, RunEvent, Stopped
from rabengine.next_frame import next_frame_to_check
from rabengine.segmentation import Segmentation
from RABSegmentLib.Engine.Client import EngineClient
from RABSegmentLib.Engine.FrameSaving import CineFrames
from RABSegmentLib.Scene.FrameRecords import FrameStatus
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Signal import Signal

from .PredictionWriter import FoundFrame, LastRun, PredictionWriter
from .RunMarks import MarkGroup, markGroups
from .WritingQueue import WritingQueue


@dataclass(frozen=True)
class RunChoices:
    """What the user chose for a run.

    Attributes:
        preset: of the engine.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        seed: same seed, device and marks give the same result on the CPU.
        warm: go on from what was learned on this cine before.
    """

    preset: str = "balanced"
    device: str = "auto"
    seed: int = 0
    warm: bool = True


class SegmentVideoJob:
    """Runs the engine once for each group of segments that do not overlap.

    What it finds is written by `proceed`, a few frames at a time: a large chunk would stop the program for a second.

    Args:
        segmentation: input and output.
        client: of the engine process; its cine is set here.
        choices: of the user.

    Attributes:
        events: emits Progress, with the time left for all groups, any number of times; then, when every frame is
            written, exactly one of Done, with a result for each group, Stopped and Failed. All in the thread that
            polls the client.
        share: done of all groups, 0 to 1.
        lastRun: can undo what was written.
    """

    def __init__(self, segmentation: SegmentationSequence, client: EngineClient, choices: RunChoices) -> None:
        self.events: Signal[[RunEvent]] = Signal()
        self.share = 0.0
        self.lastRun = LastRun(segmentation)
        self._segmentation = segmentation
        self._client = client
        self._choices = choices
        self._queue = WritingQueue(PredictionWriter(segmentation, self.lastRun))
        self._ending: RunEvent | None = None  # what is told when all is written
        self._groups: list[MarkGroup] = []
        self._number = 0
        self._results: list[Segmentation] = []
        self._isRunning = False
        self._start = self._groupStart = 0.0

    @property
    def isRunning(self) -> bool:
        """Until every frame is written and the end is told."""
        return self._isRunning

    @property
    def hasUnwritten(self) -> bool:
        """Whether `proceed` has something to do at once."""
        return not self._queue.isEmpty or self._ending is not None

    def start(self, frames: np.ndarray | CineFrames, markedFrames: list[int]) -> None:
        """Send the marks; returns at once.

        Args:
            frames: the cine's pixels; the same array again keeps the engine warm.
            markedFrames: the frames to learn from.

        Raises:
            InputError: nothing is drawn, or the engine cannot be started.
        """
        self._groups = markGroups(self._segmentation, markedFrames)
        self._client.setCine(frames, self._choices.device, self._choices.seed)
        self._number = 0
        self._start = time.monotonic()
        self._isRunning = True
        try:
            self._runGroup()
        except RABSegmentError:
            self._isRunning = False
            raise

    def proceed(self) -> None:
        """Write some of what was found, and tell the end when nothing is left; call it several times a second."""
        if not self._queue.isEmpty:
            if not self._segmentation.isInScene:  # the user closed it meanwhile
                self.cancel()
            else:
                self._queue.writeSome()
        if self._queue.isEmpty and self._ending is not None:
            ending, self._ending = self._ending, None
            self._isRunning = False
            self.events.emit(ending)

    def cancel(self) -> None:
        """Stop; what was written stays, and can be undone, and what was not is dropped."""
        if not self._isRunning:
            return
        self._queue.clear()
        if self._client.isRunning:
            self._client.cancel()
        elif len(self._results) == len(self._groups):  # a run that failed says so
            self._ending = Stopped()

    def close(self) -> None:
        """The client was closed: end at once."""
        self.cancel()
        self.proceed()

    def _runGroup(self) -> None:
        group = self._groups[self._number]
        self._groupStart = time.monotonic()
        run = self._client.run(
            group.marks,
            preset=self._choices.preset,
            partial=True,
            absent=group.absent,
            warm=self._choices.warm,
        )
        run.events.connect(self._onEvent)

    def _onEvent(self, event: RunEvent) -> None:
        """The engine says something of the run of a group."""
        if isinstance(event, Progress):
            self._tellProgress(event)
        elif isinstance(event, PartialResult):
            segments = self._groups[self._number].segments
            found = zip(event.indices, event.labels, strict=True)
            self._queue.put(self._number, (FoundFrame(frame, labels, segments) for frame, labels in found))
        elif isinstance(event, Done):
            self._take(event.results[0])
        else:
            if isinstance(event, Stopped):
                self._queue.clear()
            self._ending = event

    def _tellProgress(self, progress: Progress) -> None:
        left = progress.seconds_left
        if left is not None:
            now = time.monotonic()
            group = now - self._groupStart + left  # what one group takes
            progress = replace(progress, seconds_left=left + group * (len(self._groups) - self._number - 1))
            self.share = max(self.share, progress.share(now - self._start))
        self.events.emit(progress)

    def _take(self, result: Segmentation) -> None:
        """A group is done: write what was found, and go on with the next one."""
        segments = self._groups[self._number].segments
        order = [result.segments.index(value) for value in segments]
        found = zip(result.labels, result.confidence[:, order], strict=True)
        self._queue.put(self._number, (FoundFrame(frame, one[0], segments, one[1]) for frame, one in enumerate(found)))
        self._results.append(result)
        self._number += 1
        if self._number == len(self._groups) or not self._segmentation.isInScene:
            self._ending = Done(tuple(self._results))
            return
        try:
            self._runGroup()
        except RABSegmentError as error:
            self._ending = Failed.of(error)


def nextFrameToCheck(segmentation: SegmentationSequence) -> int | None:
    """The frame whose marking would help most; None when nothing is predicted on any frame, or all are marked.

    A run that was stopped leaves predictions without confidence: they are what is least known.
    """
    records = [segmentation.record(frame) for frame in range(segmentation.frameCount)]
    if not any(record.status is FrameStatus.PREDICTED for record in records):
        return None
    confidence = [record.lowestConfidence for record in records]
    marked = [frame for frame, record in enumerate(records) if record.isMark]
    return next_frame_to_check(np.array([np.nan if value is None else value for value in confidence]), marked)
