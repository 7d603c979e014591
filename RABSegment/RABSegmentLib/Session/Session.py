"""All that is going on with one cine: its segmentation, marks, engine process and runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rabengine.errors import InputError
from rabengine.events import Done, Failed, Progress, RunEvent, Stopped
from RABSegmentLib.Engine.Client import EngineClient
from RABSegmentLib.Engine.FrameSaving import CineFrames
from RABSegmentLib.Scene.BrowserKeeping import BrowserKeeping
from RABSegmentLib.Scene.FrameRecords import Means
from RABSegmentLib.Scene.Marks import MarkKeeping, MarkObserver
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence, createSegmentation
from RABSegmentLib.Scene.SharedTransform import SharedTransform
from RABSegmentLib.Signal import Signal
from RABSegmentLib.Translation import tr as _

from .FrameClock import FrameClock
from .Job import RunChoices, SegmentVideoJob, nextFrameToCheck
from .PredictionWriter import LastRun
from .PromptMarking import FoundMask, PromptMarking


class SegmentVideoSession:
    """What the panel, the console and any other front end do to one cine.

    Args:
        browserNode: of the cine; it gets a segmentation sequence if it has none.
        isNoticing: edits that nobody watched are noticed now; False where the caller does it.

    Attributes:
        events: emits what a run says: Progress, with the time left for all of it, any number of times; then exactly one
            of Done, Stopped and Failed.
        recordsChanged: emitted when masks, marks or their records changed, whoever did it.
        segmentsChanged: emitted when a user added, removed, renamed, coloured or ordered segments.
        browserPutBack: emitted when the browser was set so that strokes would have been lost, and is as it was again.
        clock: measures how long a person is at each frame; a front end tells it when the cine is shown.
        prompting: marks frames by clicks, scribbles and boxes.
        progress: how far the run is that is going on, or how far the last one came; None before it says so.

    Raises:
        InputError: the browser plays no cine that can be segmented.
    """

    def __init__(self, browserNode: Any, isNoticing: bool = True) -> None:
        self.events: Signal[[RunEvent]] = Signal()
        self.recordsChanged: Signal[[]] = Signal()
        self.segmentsChanged: Signal[[]] = Signal()
        self.browserPutBack: Signal[[]] = Signal()
        self.browserNode = browserNode
        self.segmentation: SegmentationSequence = createSegmentation(browserNode)
        self.keeping = MarkKeeping(self.segmentation)
        self._observer = MarkObserver(
            self.segmentation, self.keeping, onMarked=lambda _frame: None, onSegments=self.segmentsChanged.emit
        )
        self._browserKeeping = BrowserKeeping(self.segmentation)
        self._transform = SharedTransform(self.segmentation)
        self._browserKeeping.putBack.connect(self.browserPutBack.emit)
        self._browserKeeping.framesChanged.connect(self._onFramesChanged)
        self._browserKeeping.recorded.connect(self.keeping.noticeEdits)
        # Whoever changes the records, this session or another program, changes the node.
        self._tag = self.segmentation.node.AddObserver("ModifiedEvent", lambda *_: self.recordsChanged.emit())
        self._client: EngineClient | None = None
        self._job: SegmentVideoJob | None = None
        self._lastRun: LastRun | None = None
        self.progress: Progress | None = None
        self._frames: tuple[tuple[int, ...], CineFrames] | None = None
        self.prompting = PromptMarking(self.segmentation, self.keeping, self.engineOfCine)
        if isNoticing:
            self.keeping.noticeEdits()
        self.clock = FrameClock(self.segmentation)
        self.keeping.edited.connect(lambda _frame: self.clock.touch())
        self.prompting.changed.connect(lambda: self.clock.touch())

    @property
    def isRunning(self) -> bool:
        """Whether a run is going on, or what it found is still being written."""
        return self._job is not None and self._job.isRunning

    @property
    def isPrompting(self) -> bool:
        """Whether a prompt waits for its answer: then call `poll` several times a second."""
        return self._client is not None and self._client.isPrompting

    @property
    def share(self) -> float:
        """Done of the run that is going on, or of the last one, 0 to 1."""
        return 0.0 if self._job is None else self._job.share

    @property
    def hasUnwritten(self) -> bool:
        """Whether `poll` has frames to write at once: then call it again as soon as all else had its turn."""
        return self._job is not None and self._job.hasUnwritten

    @property
    def canUndo(self) -> bool:
        """Whether there is a finished or cancelled run that changed something."""
        return not self.isRunning and self._undoable() is not None

    @property
    def hasWritten(self) -> bool:
        """Whether the run that is going on, or the last one, changed any frame; its user may have changed it since."""
        return self._job is not None and self._job.lastRun.hasWritten

    @property
    def hasLeft(self) -> bool:
        """Whether any frame is as that run left it: only such frames can be undone."""
        return self._job is not None and not self._job.lastRun.isEmpty

    def start(self, choices: RunChoices) -> None:
        """Segment every frame; returns at once, `events` tells the rest.

        Raises:
            InputError: a run is going on, nothing is marked, or the engine cannot be started.
        """
        if self.isRunning:
            raise InputError(
                _("{cine} is being segmented.").format(cine=self.segmentation.cine.name),
                _("Wait for it, or cancel it first."),
            )
        self.keeping.noticeEdits()
        job = SegmentVideoJob(self.segmentation, self._engine(), choices)
        job.start(self._pixels(), self.keeping.markedFrames())
        self.keeping.forgetStrokes()
        self._lastRun = self._undoable()
        self._job = job
        self.progress = None
        self.clock.wait()
        job.events.connect(self._onEvent)

    def cancel(self) -> None:
        """Stop the run; the frames that it has written stay and can be undone."""
        if self._job is not None:
            self._job.cancel()

    def poll(self, seconds: float = 0.0) -> None:
        """Deliver what the engine said, and write a little of what it found; a timer calls it while a run is going on.

        Args:
            seconds: how long to wait for the engine, at most; not at all where there is something to write.
        """
        if self._client is not None:
            self._client.poll(0.0 if self.hasUnwritten else seconds)
        if self._job is not None:
            self._job.proceed()

    def wait(self, keepAlive: Callable[[], None] | None = None) -> None:
        """Until the run is over.

        Args:
            keepAlive: called in between, so that the application stays awake.
        """
        while self.isRunning:
            self.poll(0.05)
            if keepAlive is not None:
                keepAlive()

    def undoLastRun(self) -> list[int]:
        """Put back what the last run replaced; returns the frames.

        Raises:
            InputError: there is nothing to undo.
        """
        lastRun = None if self.isRunning else self._undoable()
        if lastRun is None:
            raise InputError(_("There is no run to undo."), _("Only the last run can be undone, and only once."))
        self._lastRun = None
        return lastRun.undo()

    def mark(self, frame: int, masks: dict[str, np.ndarray], means: Means = Means.LOADED) -> None:
        """Mark a frame: {segment: (H, W) bool}; an empty mask says absent. `means` says by what it was made."""
        self.segmentation.setMasks(frame, masks)
        with self.keeping.by(means):
            self.keeping.noticeEdit(frame)
            self.keeping.markShown(frame, [segmentId for segmentId, mask in masks.items() if mask.any()])
        for segmentId, mask in masks.items():
            if not mask.any():
                self.keeping.markAbsent(frame, segmentId)

    def markAbsent(self, frame: int, segmentId: str) -> None:
        """Say that a segment is not on a frame."""
        self.keeping.markAbsent(frame, segmentId)

    def verify(self, frame: int) -> None:
        """Accept the prediction of a frame.

        Raises:
            InputError: nothing was predicted there.
        """
        self.keeping.verify(frame)

    def putFound(self, found: FoundMask) -> bool:
        """Put what `prompting` found into its segment; whether anything is different then."""
        masks = found.changesOf(self.segmentation.masks(found.frame), self.prompting.takesOthers)
        if masks:
            with self.keeping.by(Means.PROMPTED):
                self.segmentation.setMasks(found.frame, masks)
                self.keeping.noticeEdit(found.frame, found.isUndo)
        return bool(masks)

    def forgetMark(self, frame: int) -> None:
        """A marked or verified frame counts as predicted again."""
        self.keeping.forgetMark(frame)

    def nextFrame(self) -> int | None:
        """The frame whose marking would help most; None before the first run and when all are marked."""
        return nextFrameToCheck(self.segmentation)

    def engineOfCine(self, device: str) -> EngineClient:
        """The client of the engine with this cine chosen, on the device that is named where it is not open yet."""
        client = self._engine()
        client.keepCine(self._pixels(), device)
        return client

    def followProxy(self) -> None:
        """Call after nodes were deleted or replaced: the segmentation is shown by another proxy node then."""
        self._observer.follow()
        self._transform.follow()

    def close(self) -> None:
        """End the engine's process and watch no longer; the scene keeps everything."""
        self._observer.stop()
        self._browserKeeping.stop()
        self._transform.stop()
        self.clock.close()
        self.prompting.close()
        self.segmentation.node.RemoveObserver(self._tag)
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._job is not None:
            self._job.close()
            self._job = None

    def _engine(self) -> EngineClient:
        if self._client is None:
            self._client = EngineClient()
        return self._client

    def _onFramesChanged(self, areNumbersKept: bool) -> None:
        """Frames came into the cine or went; what a run found and what can be undone of it go by their numbers."""
        if not areNumbersKept:
            self.cancel()
            self.keeping.forgetStrokes()
            for run in self._runs():
                run.forget()
        self.recordsChanged.emit()

    def _onEvent(self, event: RunEvent) -> None:
        if isinstance(event, Progress):
            self.progress = event
        elif isinstance(event, Done | Stopped | Failed):
            self.clock.touch()
        self.events.emit(event)

    def _undoable(self) -> LastRun | None:
        """The newest run that changed something: one that was cancelled before its first frame hides no other."""
        return next((run for run in self._runs() if not run.isEmpty), None)

    def _runs(self) -> list[LastRun]:
        """The last ones that can be undone, the newest first."""
        runs = (None if self._job is None else self._job.lastRun, self._lastRun)
        return [run for run in runs if run is not None]

    def _pixels(self) -> CineFrames:
        """The cine's frames; the same object while no pixel changed, so that the engine stays warm."""
        cine = self.segmentation.cine
        state = tuple(cine.frameNode(frame).GetImageData().GetMTime() for frame in range(cine.frameCount))
        if self._frames is None or self._frames[0] != state:
            self._frames = (state, CineFrames([cine.frame(frame) for frame in range(cine.frameCount)]))
        return self._frames[1]
