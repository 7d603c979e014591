"""The engine as Slicer uses it: in a process of its own, which may fail without harm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from rabengine.errors import InputError, RABSegmentError
from rabengine.events import Failed, RunEvent, Stopped, WorkerEvent
from RABSegmentLib.Translation import tr as _

from .Failures import silenceError
from .FrameSaving import CineFrames
from .Patience import Patience
from .Prompting import FramePreparation, FramePrompt, PromptCall, PromptCalls
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
        self._prompts: PromptCalls | None = None
        self._promptFailure: RABSegmentError | None = None  # why the calls could not be sent
        self._isTelling = False

    @property
    def isRunning(self) -> bool:
        """Whether a run waits for its answer."""
        return self._run is not None

    @property
    def isPrompting(self) -> bool:
        """Whether a prompt or a preparation waits for its answer."""
        return self._prompts is not None and self._prompts.isWaiting

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
            if self._prompts is not None:
                prompts, self._prompts = self._prompts, None
                prompts.end(Stopped(), self._worker)

    def keepCine(self, frames: np.ndarray | CineFrames, device: str = "auto", seed: int = 0) -> None:
        """As `setCine`, but where these very frames are open already they stay so, whatever the device and seed."""
        if self._cine is None or self._cine.frames is not frames:
            self.setCine(frames, device, seed)

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
            worker = self._usableWorker()
            if self._prompts is not None:
                self._prompts.leaveOpening(worker)
            run.begin(worker, marks, choices)
        except RABSegmentError as error:
            run.failure = error
        except BaseException:
            self._run = None
            raise
        return run

    def prompt(self, asked: FramePrompt) -> PromptCall:
        """Mark one object on one frame of the cine, also during a run; returns at once, `poll` tells the answer.

        Raises:
            InputError: no cine was chosen; what is wrong with the prompt is an answer.
        """
        return self._ask(asked)

    def prepare(self, frame: int, known: Sequence[int] = ()) -> PromptCall:
        """Have ready what prompts on a frame are answered from; `known` are the frames whose masks may help.

        Raises:
            InputError: no cine was chosen.
        """
        return self._ask(FramePreparation(frame, known))

    def dropPrompt(self, call: PromptCall) -> None:
        """Nobody wants its answer any more: it says Stopped, unless it was answered."""
        if self._prompts is not None:
            self._prompts.cancel(call, self._worker)

    def cancel(self) -> None:
        """Stop the run: it says Stopped soon, and nothing else before or after."""
        if self._run is not None and not self._run.isCancelled:
            self._cancelling.renew()
            self._run.cancel()

    def poll(self, seconds: float = 0.0) -> None:
        """Tell what there is to tell; call it several times a second during a run or a prompt, now and then else.

        Args:
            seconds: how long to wait for something to tell, at most.
        """
        if self._isTelling:
            return  # a listener runs an event loop; the rest is told when it returns
        if self._worker is not None:
            self._worker.poll(seconds)
        self._proceed()
        self._proceedPrompts()
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
        self._endPrompts(Stopped())

    def _ask(self, asked: FramePrompt | FramePreparation) -> PromptCall:
        if self._cine is None:
            raise InputError(_("The engine has no cine to segment."), _("Choose one first."))
        if self._prompts is None:
            self._prompts = PromptCalls(self._cine)
        call = self._prompts.add(asked)
        if self._run is None:
            self._silence.renew()
        self._proceedPrompts()
        return call

    def _proceedPrompts(self) -> None:
        """Send what waits, in a process that is started where there is none."""
        prompts, worker = self._prompts, self._worker
        if prompts is None or not prompts.isWaiting or self._promptFailure is not None:
            return
        if worker is not None and not worker.isRunning and (self._run is not None or prompts.hasSent):
            return  # it crashed, which is told before another is started
        try:
            prompts.proceed(self._usableWorker(), self._run is not None)
        except RABSegmentError as error:
            self._promptFailure = error

    def _endPrompts(self, event: Failed | Stopped) -> None:
        """The last that is told of all prompts that wait."""
        self._promptFailure = None
        if self._prompts is not None:
            self._telling(partial(self._prompts.end, event, self._worker))

    def _telling(self, tell: Callable[[], None]) -> None:
        """Call what calls listeners."""
        before, self._isTelling = self._isTelling, True
        try:
            tell()
        finally:
            self._isTelling = before

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
        if self._prompts is not None:
            self._prompts.leaveOpening(None)
        if worker is not None:
            worker.stop(graceSeconds)

    def _onEvent(self, requestId: Any, event: WorkerEvent) -> None:
        self._silence.renew()
        run = self._run
        if run is not None:
            self._tell(run, run.take(requestId, event))
        prompts, worker = self._prompts, self._worker
        if prompts is not None and worker is not None:
            self._telling(partial(prompts.take, requestId, event, worker))

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
        elif self._promptFailure is not None:
            self._endPrompts(Failed.of(self._promptFailure))
        elif worker is not None and not worker.isRunning:
            failure = worker.failure()
            self._stopWorker()
            self._fail(failure)
            self._endPrompts(Failed.of(failure))
        elif run is not None and run.isCancelled and self._cancelling.isExhausted():
            self._stopWorker()
            self._answer(Stopped())
            self._endPrompts(Stopped())
        elif (run is not None or self.isPrompting) and self._silence.isExhausted():
            self._stopWorker()
            failure = silenceError(self._silence.seconds)
            self._fail(failure)
            self._endPrompts(Failed.of(failure))

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
        self._telling(partial(run.events.emit, event))
