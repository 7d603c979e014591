"""One run of the engine, from its marks to its answer, in the words of the worker's protocol."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from rabengine.errors import RABSegmentError
from RABSegmentLib.Scene.FrameSaving import CineFrames, FrameSaving

from .Worker import EngineWorker


@dataclass(frozen=True)
class ProgressReport:
    """How far a phase has come.

    Attributes:
        phase: "propagation", "checking", "relearning" or "refinement".
        step: steps of this phase that are done.
        total: steps of this phase.
        secondsLeft: estimate for the whole run, None while unknown.
        losses: {name: value} while it relearns.
    """

    phase: str
    step: int
    total: int
    secondsLeft: float | None = None
    losses: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class EngineResult:
    """What a run found.

    Attributes:
        labels: (T, H, W) uint8, 0 background; marked frames are as they were given.
        segments: label value of each column of `confidence`, ascending.
        markedFrames: the frames that carried marks, ascending.
        confidence: (T, segments) float32 in [0, 1].
        preset: that made it.
        device: that made it, such as "cpu" or "cuda:0".
        seed: that made it.
        seconds: {phase: seconds}.
        warnings: sentences for the user.
        nextFrame: the unmarked frame whose marking would help most, None if all are marked.
    """

    labels: np.ndarray
    segments: list[int]
    markedFrames: list[int]
    confidence: np.ndarray
    preset: str
    device: str
    seed: int
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    nextFrame: int | None = None


class RunListener(Protocol):
    """Hears of a run: any number of `onProgress` and `onFrames`, then exactly one of the others."""

    def onProgress(self, report: ProgressReport) -> None:
        """A step is done."""

    def onFrames(self, indices: list[int], labels: np.ndarray) -> None:
        """Some frames can be shown already; `labels` (len(indices), H, W) uint8."""

    def onDone(self, result: EngineResult) -> None:
        """The run is complete."""

    def onCancelled(self) -> None:
        """The run was cancelled."""

    def onError(self, message: str, hint: str) -> None:
        """The run failed; a sentence that says why, and one that says how to mend it (may be empty)."""


def progressReport(event: Mapping[str, Any]) -> ProgressReport:
    """A `progress` event of the engine process.

    Raises:
        KeyError, TypeError, ValueError: it is not one.
    """
    left = event["seconds_left"]
    return ProgressReport(
        phase=str(event["phase"]),
        step=int(event["step"]),
        total=int(event["total"]),
        secondsLeft=None if left is None else float(left),
        losses={name: _number(value) for name, value in event["losses"].items()},
    )


def engineResult(event: Mapping[str, Any], labels: np.ndarray) -> EngineResult:
    """A `done` event of the engine process and the labels that it names.

    Raises:
        KeyError, TypeError, ValueError: it is not one.
    """
    segments = [int(value) for value in event["segments"]]
    confidence = np.array([[_number(value) for value in row] for row in event["confidence"]], np.float32)
    nextFrame = event["next_frame"]
    return EngineResult(
        labels=labels,
        segments=segments,
        markedFrames=[int(frame) for frame in event["marked_frames"]],
        confidence=confidence.reshape(len(labels), len(segments)),
        preset=str(event["preset"]),
        device=str(event["device"]),
        seed=int(event["seed"]),
        seconds={name: float(value) for name, value in event["seconds"].items()},
        warnings=[str(sentence) for sentence in event["warnings"]],
        nextFrame=None if nextFrame is None else int(nextFrame),
    )


def _number(value: float | None) -> float:
    # JSON has no NaN; the engine writes null.
    return float("nan") if value is None else float(value)


Telling = Callable[[RunListener], None]
_NUMBERS = itertools.count()
_AT_ONCE = 0.03  # seconds in which a small cine is written


@dataclass(frozen=True, eq=False)
class Cine:
    """What is to be segmented and where; every one is another, even of the same frames.

    Attributes:
        frames: (T, H, W) or (T, H, W, 3).
        device: that computes.
        seed: of all that is random.
    """

    frames: np.ndarray | CineFrames
    device: str
    seed: int

    def isSame(self, frames: np.ndarray | CineFrames, device: str, seed: int) -> bool:
        """Whether it holds the very same array, to be segmented in the same way."""
        return self.frames is frames and (self.device, self.seed) == (device, seed)


class EngineRun:
    """Sends what the engine process needs for a run, and turns what it says into what its listener hears.

    Args:
        cine: to be segmented; opened first where the process has another one or none.
        listener: hears of it.

    Attributes:
        isAnswered: the listener needs to hear no more than what `take` returned last.
        isCancelled: the listener is to hear nothing but that.
        failure: why it could not even begin.
    """

    def __init__(self, cine: Cine, listener: RunListener) -> None:
        self.listener = listener
        self.isAnswered = False
        self.isCancelled = False
        self.failure: RABSegmentError | None = None
        self._cine = cine
        self._worker: EngineWorker | None = None
        self._choices: Mapping[str, Any] = {}
        self._marks: dict[str, str] = {}
        self._requestId: int | None = None
        self._saving: FrameSaving | None = None

    def begin(self, worker: EngineWorker, marks: Mapping[int, np.ndarray], choices: Mapping[str, Any]) -> None:
        """Send the first request.

        Args:
            worker: runs.
            marks: {frame: (H, W) labels}.
            choices: other fields of the segment request.

        Raises:
            EngineError: the arrays cannot be written.
        """
        self._worker, self._choices = worker, choices
        self._marks = {str(int(frame)): worker.folder.save("mark", mask) for frame, mask in marks.items()}
        if worker.cine is self._cine:
            self._segment(worker)
        else:
            self._open(worker)

    def cancel(self) -> None:
        """Ask for the end."""
        self.isCancelled = True
        self.stopSaving()
        if self._worker is not None and self._requestId is not None:
            self._worker.request("cancel", target=self._requestId)

    def take(self, event: Mapping[str, Any]) -> Telling | None:
        """What an event of the process means to the listener, if anything.

        Raises:
            KeyError, OSError, TypeError, ValueError: it cannot be read.
        """
        worker = self._worker
        if worker is None or self._requestId is None or event.get("id") != self._requestId:
            return None  # of a request that was given up, or of a cancel
        if event["event"] == "ready":
            return self._opened(worker)
        self._dropMarks(worker)
        if event["event"] == "progress":
            report = progressReport(event)
            return None if self.isCancelled else lambda listener: listener.onProgress(report)
        if event["event"] == "frames":
            indices, labels = [int(index) for index in event["indices"]], worker.folder.take(event["file"])
            return None if self.isCancelled else lambda listener: listener.onFrames(indices, labels)
        if event["event"] == "done":
            result = engineResult(event, worker.folder.take(event["file"]))
            return self.answer(lambda listener: listener.onDone(result))
        if event["event"] == "error":
            return self._failed(worker, event)
        return self.answer(cancelled) if event["event"] == "cancelled" else None

    def proceed(self) -> Telling | None:
        """Go on where the process waits for its cine; call it now and then. What the listener is to hear, if anything.

        Raises:
            EngineError: the frames could not be written.
        """
        if self._worker is None or self._requestId is not None:
            return None
        if self.isCancelled:
            return self.answer(cancelled)
        self._openSaved(self._worker)
        return None

    def stopSaving(self) -> None:
        """Write no more frames. Idempotent."""
        saving, self._saving = self._saving, None
        if saving is not None:
            saving.stop()

    def answer(self, telling: Telling) -> Telling:
        """The last the listener hears: `telling`, unless it was cancelled."""
        self.isAnswered = True
        self.stopSaving()
        return cancelled if self.isCancelled else telling

    def _open(self, worker: EngineWorker) -> None:
        worker.cine = None
        worker.folder.discardAll("cine")  # a long cine is large, and there may be no room for two
        # Another name for each: one that is given up may still be on its way out.
        self._saving = FrameSaving(self._cine.frames, worker.folder.path / f"cine-{next(_NUMBERS):06d}-frames.npy")
        self._saving.wait(_AT_ONCE)
        self._openSaved(worker)

    def _openSaved(self, worker: EngineWorker) -> None:
        """Once the frames are in their file."""
        saving = self._saving
        if saving is None or not saving.isDone:
            return
        self._saving = None
        saving.requireFile()
        self._requestId = worker.request(
            "open",
            frames=saving.path.name,
            folder=str(worker.folder.path),
            device=self._cine.device,
            seed=self._cine.seed,
        )

    def _opened(self, worker: EngineWorker) -> Telling | None:
        worker.cine = self._cine
        if self.isCancelled:
            return self.answer(cancelled)
        self._segment(worker)
        return None

    def _segment(self, worker: EngineWorker) -> None:
        self._requestId = worker.request("segment", marks=self._marks, **self._choices)

    def _failed(self, worker: EngineWorker, event: Mapping[str, Any]) -> Telling:
        if worker.cine is None and event.get("kind") == "engine":
            worker.retire()  # a Python that lacks something finds it only when it starts anew
        message, hint = str(event["message"]), str(event["hint"])
        return self.answer(lambda listener: listener.onError(message, hint))

    def _dropMarks(self, worker: EngineWorker) -> None:
        """The process reads them before it says anything of the request that names them."""
        for name in self._marks.values():
            worker.folder.discard(name)
        self._marks = {}


def cancelled(listener: RunListener) -> None:
    """Tell that the run was cancelled."""
    listener.onCancelled()
