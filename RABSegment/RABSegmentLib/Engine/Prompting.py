"""Prompts on their way to the engine process, beside its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rabengine.events import Done, Failed, Opened, PromptEvent, Stopped, WorkerEvent
from rabengine.prompts import PromptedMask
from RABSegmentLib.Signal import Signal

from .FrameSaving import FrameSaving
from .Run import SharedCine, requestOpening, saveFrames
from .Worker import Worker


@dataclass(frozen=True)
class FramePrompt:
    """What is said of one object on one frame.

    Attributes:
        frame: from 0.
        clicks: (column, row, whether it is in the object) of pixels.
        box: left, top, right and bottom pixel, or None.
        scribble: (H, W), above 0 on lines in the object, below 0 on lines outside; or None.
        mask: (H, W) bool, the mask so far, or None.
        known: {frame: (H, W) bool}, masks of the object on other frames.
        name: of the object; a newer prompt of the same frame and name takes the place of one that waits.
    """

    frame: int
    clicks: Sequence[tuple[float, float, bool]] = ()
    box: tuple[float, float, float, float] | None = None
    scribble: np.ndarray | None = None
    mask: np.ndarray | None = None
    known: Mapping[int, np.ndarray] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class FramePreparation:
    """A frame on which prompts may follow, and the frames whose masks may help then."""

    frame: int
    known: Sequence[int] = ()


class PromptCall:
    """One prompt, or one preparation, that waits for its answer.

    Attributes:
        answers: emits exactly one of PromptedMask (of a prompt), Done (of a preparation), Stopped and Failed.
        asked: what it is about.
        isAnswered: it was told, or is being told.
        requestId: in the process; None before it is sent.
        files: of its arrays.
    """

    def __init__(self, asked: FramePrompt | FramePreparation) -> None:
        self.answers: Signal[[PromptEvent]] = Signal()
        self.asked = asked
        self.isAnswered = False
        self.requestId: int | None = None
        self.files: list[str] = []

    def answer(self, event: PromptEvent) -> None:
        """Tell the answer, once."""
        if not self.isAnswered:
            self.isAnswered = True
            self.answers.emit(event)


class PromptCalls:
    """The calls about one cine; opens it in the process where no run has done so.

    Args:
        cine: the prompts are about its frames.
    """

    def __init__(self, cine: SharedCine) -> None:
        self.cine = cine
        self._calls: list[PromptCall] = []
        self._saving: FrameSaving | None = None
        self._openId: int | None = None

    @property
    def isWaiting(self) -> bool:
        """Whether any call has no answer yet."""
        return bool(self._calls)

    @property
    def hasSent(self) -> bool:
        """Whether the process has any of them."""
        return self._openId is not None or any(call.requestId is not None for call in self._calls)

    def add(self, asked: FramePrompt | FramePreparation) -> PromptCall:
        """A new call, which `proceed` sends; those that it makes useless say Stopped."""
        useless = [call for call in self._calls if call.requestId is None and _isSuperseded(call.asked, asked)]
        call = PromptCall(asked)
        self._calls.append(call)
        for older in useless:
            self._finish(older, Stopped(), None)
        return call

    def cancel(self, call: PromptCall, worker: Worker | None) -> None:
        """Nobody wants its answer any more: it says Stopped now."""
        if worker is not None and call.requestId is not None and not call.isAnswered:
            worker.request("cancel", target=call.requestId)
        self._finish(call, Stopped(), worker)

    def proceed(self, worker: Worker, isRunning: bool) -> None:
        """Send what waits; call it now and then.

        Args:
            worker: runs.
            isRunning: a run is on its way, which opens the cine it needs: no other is opened meanwhile.

        Raises:
            EngineError: an array cannot be written.
        """
        if not self._calls:
            return
        if worker.cine is self.cine:
            for call in [call for call in self._calls if call.requestId is None]:
                self._send(call, worker)
        elif not isRunning:
            self._open(worker)

    def take(self, requestId: Any, event: WorkerEvent, worker: Worker) -> None:
        """Tell what an event of the process answers."""
        if requestId is None:
            return
        if requestId == self._openId:
            self._openId = None
            self._takeOpened(event, worker)
            return
        for call in [call for call in self._calls if call.requestId == requestId]:
            if isinstance(event, PromptedMask | Done | Stopped | Failed):
                self._finish(call, event, worker)

    def leaveOpening(self, worker: Worker | None) -> None:
        """A run opens the cine instead, or nobody does any more. Idempotent."""
        saving, self._saving = self._saving, None
        if saving is not None:
            saving.stop()
        openId, self._openId = self._openId, None
        if openId is not None and worker is not None:
            worker.request("cancel", target=openId)

    def end(self, event: Failed | Stopped, worker: Worker | None) -> None:
        """All that wait get this answer: the process ended, or another cine is wanted."""
        self.leaveOpening(worker)
        calls, self._calls = self._calls, []
        for call in calls:
            self._finish(call, event, worker)

    def _open(self, worker: Worker) -> None:
        if self._openId is not None:
            return
        if self._saving is None:
            self._saving = saveFrames(worker, self.cine)
        if not self._saving.isDone:
            return
        saving, self._saving = self._saving, None
        self._openId = requestOpening(worker, self.cine, saving)

    def _takeOpened(self, event: WorkerEvent, worker: Worker) -> None:
        if isinstance(event, Opened):
            worker.cine = self.cine
        elif isinstance(event, Failed):
            if event.kind == "engine":
                worker.retire()  # a Python that lacks something finds it only when it starts anew
            self.end(event, worker)

    def _send(self, call: PromptCall, worker: Worker) -> None:
        asked = call.asked
        if isinstance(asked, FramePreparation):
            call.requestId = worker.request("prepare", frame=int(asked.frame), known=[int(one) for one in asked.known])
            return

        def saved(kind: str, array: np.ndarray | None) -> str | None:
            if array is None:
                return None
            call.files.append(worker.folder.save(kind, array))
            return call.files[-1]

        fields: dict[str, Any] = {
            "frame": int(asked.frame),
            "clicks": [[float(x), float(y), bool(isPositive)] for x, y, isPositive in asked.clicks],
            "box": None if asked.box is None else [float(value) for value in asked.box],
            "scribble": saved("scribble", asked.scribble),
            "mask": saved("mask", asked.mask),
            "known": {str(int(frame)): saved("known", mask) for frame, mask in asked.known.items()},
            "object": asked.name,
        }
        call.requestId = worker.request("prompt", **fields)

    def _finish(self, call: PromptCall, event: PromptEvent, worker: Worker | None) -> None:
        if call in self._calls:
            self._calls.remove(call)
        if worker is not None:
            for name in call.files:
                worker.folder.discard(name)
        call.answer(event)


def _isSuperseded(older: FramePrompt | FramePreparation, newer: FramePrompt | FramePreparation) -> bool:
    """As the engine process has it: of those that wait, the newest of an object on a frame is kept."""
    if isinstance(older, FramePrompt) and isinstance(newer, FramePrompt):
        return (older.frame, older.name) == (newer.frame, newer.name)
    return type(older) is type(newer)
