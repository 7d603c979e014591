"""One run: marks to the engine, what it finds back into the segmentation sequence."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rabengine.errors import RABSegmentError
from rabengine.next_frame import next_frame_to_check
from RABSegmentLib.Engine.Client import EngineClient, EngineResult, ProgressReport
from RABSegmentLib.Scene.FrameRecords import FrameStatus
from RABSegmentLib.Scene.FrameSaving import CineFrames
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

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


@dataclass(frozen=True)
class RunProgress:
    """How far a run is.

    Attributes:
        phase: what the engine is doing.
        fraction: done of the whole run, 0 to 1.
        secondsLeft: estimate, None while unknown.
        losses: {name: value} while it relearns.
    """

    phase: str
    fraction: float
    secondsLeft: float | None
    losses: dict[str, float]


@dataclass(frozen=True)
class RunSummary:
    """What a finished run found.

    Attributes:
        nextFrame: the frame whose marking would help most, None when all are marked.
        device: that computed.
        seconds: {phase: seconds}, summed over groups of overlapping segments.
        warnings: sentences for the user.
    """

    nextFrame: int | None
    device: str
    seconds: dict[str, float]
    warnings: list[str]


class JobListener(Protocol):
    """Hears of a run; all calls come in the thread that polls the client."""

    def onProgress(self, progress: RunProgress) -> None: ...

    def onFinished(self, summary: RunSummary) -> None: ...

    def onCancelled(self) -> None: ...

    def onFailed(self, message: str, hint: str) -> None: ...


class SegmentVideoJob:
    """Runs the engine once for each group of segments that do not overlap.

    What it finds is written by `proceed`, a few frames at a time: a large chunk would stop the program for a second.

    Args:
        segmentation: input and output.
        client: of the engine process; its cine is set here.
        choices: of the user.
        listener: hears of it.
    """

    def __init__(
        self,
        segmentation: SegmentationSequence,
        client: EngineClient,
        choices: RunChoices,
        listener: JobListener,
    ) -> None:
        self.lastRun = LastRun(segmentation)
        self._segmentation = segmentation
        self._client = client
        self._choices = choices
        self._listener = listener
        self._queue = WritingQueue(PredictionWriter(segmentation, self.lastRun))
        self._ending: Callable[[], None] | None = None  # what the listener hears when all is written
        self._groups: list[MarkGroup] = []
        self._number = 0
        self._results: list[EngineResult] = []
        self._isRunning = False
        self._fraction = 0.0
        self._start = self._groupStart = 0.0

    @property
    def isRunning(self) -> bool:
        """Until the listener heard how it ended, with every frame written."""
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
        self._fraction = 0.0
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
            ending()

    def cancel(self) -> None:
        """Stop; what was written stays, and can be undone, and what was not is dropped."""
        if not self._isRunning:
            return
        self._queue.clear()
        if self._client.isRunning:
            self._client.cancel()
        elif len(self._results) == len(self._groups):  # a run that failed says so
            self._ending = self._listener.onCancelled

    def close(self) -> None:
        """The client was closed: end at once."""
        self.cancel()
        self.proceed()

    def onProgress(self, report: ProgressReport) -> None:
        count = len(self._groups)
        now = time.monotonic()
        left = report.secondsLeft
        if left is not None:
            group = now - self._groupStart + left  # what one group takes
            left += group * (count - self._number - 1)
            spent = now - self._start
            self._fraction = max(self._fraction, spent / max(spent + left, 1e-3))
        self._listener.onProgress(RunProgress(report.phase, self._fraction, left, dict(report.losses)))

    def onFrames(self, indices: list[int], labels: np.ndarray) -> None:
        segments = self._groups[self._number].segments
        found = zip(indices, labels, strict=True)
        self._queue.put(self._number, (FoundFrame(frame, mask, segments) for frame, mask in found))

    def onDone(self, result: EngineResult) -> None:
        segments = self._groups[self._number].segments
        order = [result.segments.index(value) for value in segments]
        found = enumerate(zip(result.labels, np.asarray(result.confidence)[:, order], strict=True))
        self._queue.put(self._number, (FoundFrame(frame, labels, segments, trust) for frame, (labels, trust) in found))
        self._results.append(result)
        self._number += 1
        if self._number < len(self._groups) and self._segmentation.isInScene:
            self._runNextGroup()
            return
        self._ending = lambda: self._listener.onFinished(self._summary())

    def onCancelled(self) -> None:
        self._queue.clear()
        self._ending = self._listener.onCancelled

    def onError(self, message: str, hint: str) -> None:
        self._ending = lambda: self._listener.onFailed(message, hint)

    def _runNextGroup(self) -> None:
        try:
            self._runGroup()
        except RABSegmentError as error:
            self.onError(error.message, error.hint)

    def _runGroup(self) -> None:
        group = self._groups[self._number]
        self._groupStart = time.monotonic()
        self._client.run(
            group.marks,
            self,
            preset=self._choices.preset,
            partial=True,
            absent=group.absent,
            warm=self._choices.warm,
        )

    def _summary(self) -> RunSummary:
        seconds: dict[str, float] = {}
        for result in self._results:
            for phase, value in result.seconds.items():
                seconds[phase] = seconds.get(phase, 0.0) + value
        return RunSummary(
            nextFrame=nextFrameToCheck(self._segmentation),
            device=self._results[-1].device,
            seconds=seconds,
            warnings=[sentence for result in self._results for sentence in result.warnings],
        )


def nextFrameToCheck(segmentation: SegmentationSequence) -> int | None:
    """The frame whose marking would help most; None when nothing is predicted on any frame, or all are settled.

    A run that was stopped leaves predictions without confidence: they are what is least known.
    """
    records = [segmentation.record(frame) for frame in range(segmentation.frameCount)]
    if not any(record.status is FrameStatus.PREDICTED for record in records):
        return None
    trust = [record.lowestConfidence for record in records]
    marked = [frame for frame, record in enumerate(records) if record.isMark]
    return next_frame_to_check(np.array([np.nan if value is None else value for value in trust]), marked)
