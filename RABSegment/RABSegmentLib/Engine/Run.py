"""One run of the engine, from its marks to its answer."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rabengine.errors import RABSegmentError
from rabengine.events import Done, Failed, Opened, PartialResult, Progress, RunEvent, Stopped, WorkerEvent
from RABSegmentLib.Signal import Signal

from .FrameSaving import CineFrames, FrameSaving
from .Worker import Worker

_NUMBERS = itertools.count()
_AT_ONCE = 0.03  # seconds in which a small cine is written


@dataclass(frozen=True, eq=False)
class SharedCine:
    """What an engine process is to open and how; every one is another, even of the same frames.

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


def saveFrames(worker: Worker, cine: SharedCine) -> FrameSaving:
    """Write the frames where an engine process finds them, in the place of the cine that it had."""
    worker.cine = None
    worker.folder.discardAll("cine")  # a long cine is large, and there may be no room for two
    # Another name for each: one that is given up may still be on its way out.
    return FrameSaving(cine.frames, worker.folder.path / f"cine-{next(_NUMBERS):06d}-frames.npy")


def requestOpening(worker: Worker, cine: SharedCine, saving: FrameSaving) -> int:
    """Ask an engine process to open a cine whose frames are saved; returns the id of the request.

    Raises:
        EngineError: they could not be saved.
    """
    saving.requireFile()
    return worker.request(
        "open", frames=saving.path.name, folder=str(worker.folder.path), device=cine.device, seed=cine.seed
    )


class Run:
    """Sends what the engine process needs for a run, and finds what it says of it.

    Args:
        cine: to be segmented; opened first where the process has another one or none.

    Attributes:
        events: emits what happens: any number of Progress and PartialResult, then exactly one of Done, with one
            result, Stopped and Failed. Once it is cancelled it emits Stopped alone.
        isAnswered: nothing is left to be told but what `take`, `proceed` or `answer` returned last.
        isCancelled: nothing is to be told but that.
        failure: why it could not even begin.
    """

    def __init__(self, cine: SharedCine) -> None:
        self.events: Signal[[RunEvent]] = Signal()
        self.isAnswered = False
        self.isCancelled = False
        self.failure: RABSegmentError | None = None
        self._cine = cine
        self._worker: Worker | None = None
        self._choices: Mapping[str, Any] = {}
        self._marks: dict[str, str] = {}
        self._requestId: int | None = None
        self._saving: FrameSaving | None = None

    def begin(self, worker: Worker, marks: Mapping[int, np.ndarray], choices: Mapping[str, Any]) -> None:
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

    def take(self, requestId: Any, event: WorkerEvent) -> RunEvent | None:
        """What is to be told of an event of the process, if anything."""
        worker = self._worker
        if worker is None or self._requestId is None or requestId != self._requestId:
            return None  # of a request that was given up, or of a cancel
        if isinstance(event, Opened):
            return self._opened(worker)
        self._dropMarks(worker)
        if isinstance(event, Progress | PartialResult):
            return None if self.isCancelled else event
        if isinstance(event, Failed) and worker.cine is None and event.kind == "engine":
            worker.retire()  # a Python that lacks something finds it only when it starts anew
        return self.answer(event) if isinstance(event, Done | Stopped | Failed) else None

    def proceed(self) -> RunEvent | None:
        """Go on where the process waits for its cine; call it now and then. What is to be told, if anything.

        Raises:
            EngineError: the frames could not be written.
        """
        if self._worker is None or self._requestId is not None:
            return None
        if self.isCancelled:
            return self.answer(Stopped())
        self._openSaved(self._worker)
        return None

    def answer(self, event: RunEvent) -> RunEvent:
        """The last that is told: `event`, unless it was cancelled."""
        self.isAnswered = True
        self.stopSaving()
        return Stopped() if self.isCancelled else event

    def stopSaving(self) -> None:
        """Write no more frames. Idempotent."""
        saving, self._saving = self._saving, None
        if saving is not None:
            saving.stop()

    def _open(self, worker: Worker) -> None:
        self._saving = saveFrames(worker, self._cine)
        self._saving.wait(_AT_ONCE)
        self._openSaved(worker)

    def _openSaved(self, worker: Worker) -> None:
        """Once the frames are in their file."""
        saving = self._saving
        if saving is None or not saving.isDone:
            return
        self._saving = None
        self._requestId = requestOpening(worker, self._cine, saving)

    def _opened(self, worker: Worker) -> RunEvent | None:
        worker.cine = self._cine
        if self.isCancelled:
            return self.answer(Stopped())
        self._segment(worker)
        return None

    def _segment(self, worker: Worker) -> None:
        self._requestId = worker.request("segment", marks=self._marks, **self._choices)

    def _dropMarks(self, worker: Worker) -> None:
        """The process reads them before it says anything of the request that names them."""
        for name in self._marks.values():
            worker.folder.discard(name)
        self._marks = {}
