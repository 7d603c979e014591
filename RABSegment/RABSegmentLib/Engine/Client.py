"""The engine as Slicer uses it: in a process of its own, which may fail without harm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rabengine.errors import InputError, RABSegmentError
from rabengine.events import Failed, RunEvent, Stopped, WorkerEvent
from RABSegmentLib.Translation import tr as _

from .Failures import silenceError
from .FrameSaving import CineFrames
from .Patience import Patience
from .Run import Run, SharedCine
from .Start import createTransport, defaultPythonCommand
from .Transport import Transport
from .Worker import Worker

# A worker that is asked to end needs about a second for what it is doing.
CLOSE_SECONDS = 3.0
# How long `wait` waits between two looks at what else there is to do.
WAIT_SECONDS = 0.1


class EngineClient:
    """One engine process for one open cine; features and what was learned stay warm between runs.

    Use it in one thread. A listener may call any method but `wait`.

    Args:
        transportFactory: makes what starts a process.
        pythonCommand: the Python to start, None for the one that fits this program.
        silenceSeconds: a process that says nothing for so long during a run is ended.
        cancelSeconds: so is one that does not answer a cancel for so long.
    """

    def __init__(
        self,
        transportFactory: Callable[[], Transport] = createTransport,
        pythonCommand: Sequence[str] | None = None,
        silenceSeconds: float = 600,
        cancelSeconds: float = 20,
    ) -> None:
        self._transportFactory = transportFactory
        self._pythonCommand = pythonCommand
        self._silence = Patience(silenceSeconds)
        self._cancelling = Patience(cancelSeconds)
        self._cine: SharedCine | None = None
        self._worker: Worker | None = None
        self._run: Run | None = None
        self._isTelling = False

    @property
    def isRunning(self) -> bool:
        """Whether a run waits for its answer."""
        return self._run is not None

    def setCine(self, frames: np.ndarray | CineFrames, device: str = "auto", seed: int = 0) -> None:
        """Choose the cine of the runs to come.

        Args:
            frames: (T, H, W) or (T, H, W, 3). The very same array with the same device and seed stays open and warm,
                so do not change it meanwhile.
            device: "auto", "cpu", "cuda", "cuda:N" or "mps".
            seed: same seed, device and marks give the same result on the CPU.
        """
        if self._cine is None or not self._cine.isSame(frames, device, seed):
            self._cine = SharedCine(frames, device, seed)

    def run(
        self,
        marks: dict[int, np.ndarray],
        preset: str = "balanced",
        partial: bool = False,
        absent: dict[int, list[int]] | None = None,
        warm: bool = True,
    ) -> Run:
        """Segment every frame of the cine; returns at once, and `poll` tells what comes of it by the run's `events`.

        Args:
            marks: {frame: (H, W) labels}, 0 background, 1..255 segments.
            preset: of the engine.
            partial: a segment not drawn on a marked frame is unknown there, not absent.
            absent: {frame: label values} of segments that are absent on a marked frame, also when `partial`.
            warm: go on from what earlier runs learned on this cine.

        Raises:
            InputError: a run is on its way, or no cine was chosen; what is wrong with the marks is an event.
        """
        if self._run is not None:
            raise InputError(_("The engine is still at work on the last run."), _("Wait for its answer or cancel it."))
        if self._cine is None:
            raise InputError(_("The engine has no cine to segment."), _("Choose one first."))
        choices = {
            "preset": preset,
            "partial": partial,
            "absent": {str(int(frame)): [int(label) for label in labels] for frame, labels in (absent or {}).items()},
            "warm": warm,
        }
        run = self._run = Run(self._cine)
        self._silence.renew()
        try:
            run.begin(self._usableWorker(), marks, choices)
        except RABSegmentError as error:
            run.failure = error
        except BaseException:
            self._run = None
            raise
        return run

    def cancel(self) -> None:
        """Stop the run: it says Stopped soon, and nothing else before or after."""
        if self._run is not None and not self._run.isCancelled:
            self._cancelling.renew()
            self._run.cancel()

    def poll(self, seconds: float = 0.0) -> None:
        """Tell what there is to tell; call it several times a second during a run, now and then else.

        Args:
            seconds: how long to wait for something to tell, at most.
        """
        if self._isTelling:
            return  # a listener runs an event loop; the rest is told when it returns
        if self._worker is not None:
            self._worker.poll(seconds)
        self._proceed()
        self._watch()

    def wait(self, keepAlive: Callable[[], None] | None = None) -> None:
        """Return when the run is answered.

        Args:
            keepAlive: called several times a second, for instance `slicer.app.processEvents`.

        Raises:
            InputError: a listener calls it, which would wait for itself.
        """
        if self._isTelling:
            raise InputError(_("A listener of a run cannot wait for a run."), _("Wait after it has returned."))
        while self._run is not None:
            self.poll(WAIT_SECONDS)
            if keepAlive is not None:
                keepAlive()

    def close(self) -> None:
        """Cancel what runs, end the process and remove its files. Idempotent; another run starts it anew."""
        self._stopWorker(CLOSE_SECONDS)
        if self._run is not None:
            self._run.isCancelled = True
            self._answer(Stopped())

    def _usableWorker(self) -> Worker:
        """The process there is, or a new one."""
        if self._worker is not None and not self._worker.isRunning:
            self._stopWorker()
        if self._worker is None:
            command = self._pythonCommand or defaultPythonCommand()
            self._worker = Worker(self._transportFactory(), command, self._onEvent)
        return self._worker

    def _stopWorker(self, graceSeconds: float = 0.0) -> None:
        worker, self._worker = self._worker, None
        if self._run is not None:
            self._run.stopSaving()
        if worker is not None:
            worker.stop(graceSeconds)

    def _onEvent(self, requestId: Any, event: WorkerEvent) -> None:
        self._silence.renew()
        run = self._run
        if run is not None:
            self._tell(run, run.take(requestId, event))

    def _proceed(self) -> None:
        run = self._run
        if run is None:
            return
        try:
            event = run.proceed()
        except RABSegmentError as error:
            run.failure = error
        else:
            self._tell(run, event)

    def _watch(self) -> None:
        """Look after a process that crashed, or says nothing any more."""
        run, worker = self._run, self._worker
        if run is not None and run.failure is not None:
            self._fail(run.failure)
        elif worker is not None and not worker.isRunning:
            failure = worker.failure()
            self._stopWorker()
            self._fail(failure)
        elif run is not None and run.isCancelled and self._cancelling.isExhausted():
            self._stopWorker()
            self._answer(Stopped())
        elif run is not None and self._silence.isExhausted():
            self._stopWorker()
            self._fail(silenceError(self._silence.seconds))

    def _fail(self, error: RABSegmentError) -> None:
        self._answer(Failed.of(error))

    def _answer(self, event: RunEvent) -> None:
        """The last that is told of the run, if there is one."""
        if self._run is not None:
            self._tell(self._run, self._run.answer(event))

    def _tell(self, run: Run, event: RunEvent | None) -> None:
        if event is None:
            return
        if run.isAnswered:
            self._run = None  # a listener may begin another run at once
        before, self._isTelling = self._isTelling, True
        try:
            run.events.emit(event)
        finally:
            self._isTelling = before
