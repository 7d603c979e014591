"""Prompts run in a thread of their own, beside a long request: a person with the mouse in hand waits for them."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from rabengine.errors import InputError, RABSegmentError
from rabengine.events import Stopped

from .channel import Channel
from .jobs import Job, OpenCine, prepare, prompt
from .requests import PrepareRequest, PromptRequest, QuickRequest


class PromptLane:
    """Answers prompts one after another; each waits for the open requests before it and for nothing else.

    Of prompts that wait, a newer one of the same frame and object takes the place of an older one; of requests to
    prepare the newest alone is kept, and it lets prompts pass. What was given up is answered `cancelled`.

    Args:
        channel: takes the events.
        changed: the condition of the runner, held by whoever calls `submit`, `cancel` or `forget`.
        opened: asked with `changed` held; the open cine, None where there is none.
        is_opening: asked with `changed` held; whether a cine is being opened, or is to be.
    """

    def __init__(
        self,
        channel: Channel,
        changed: threading.Condition,
        opened: Callable[[], OpenCine | None],
        is_opening: Callable[[], bool],
    ) -> None:
        self._channel = channel
        self._changed = changed
        self._opened = opened
        self._is_opening = is_opening
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._thread: threading.Thread | None = None

    def submit(self, request: QuickRequest) -> None:
        """Answer a request as soon as it may be answered."""
        self._drop([job for job in self._waiting if _is_superseded(job, request)])
        self._waiting.append(Job(request, self._channel))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="rabsegment-prompts", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def cancel(self, target: Any = None) -> None:
        """Give up the request with the id `target`, or all without one."""
        self._drop([job for job in self._waiting if target is None or job.request.id == target])
        running = self._running
        if running is not None and target in (None, running.request.id):
            running.answer(Stopped())  # it takes a moment to end, and what it finds is told to nobody

    def _drop(self, jobs: list[Job]) -> None:
        for job in jobs:
            self._waiting.remove(job)
            job.answer(Stopped())

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting) and not self._is_opening())
                # Prompts first: features that nobody asks about yet can wait.
                job = next((job for job in self._waiting if isinstance(job.request, PromptRequest)), self._waiting[0])
                self._waiting.remove(job)
                self._running = job
                opened = self._opened()
            try:
                _run(job, opened)
            except Exception as error:  # whatever it was, the worker lives on
                if not isinstance(error, RABSegmentError):
                    traceback.print_exception(error, file=sys.stderr)
                job.fail(error)
            opened = None  # it must not stay alive while this waits
            with self._changed:
                self._running = None


def _run(job: Job, opened: OpenCine | None) -> None:
    request = job.request
    if opened is None:
        raise InputError("No cine is open.", "Send an open request first.")
    if isinstance(request, PromptRequest):
        job.answer(prompt(request, opened), opened.folder)
    elif isinstance(request, PrepareRequest):
        job.answer(prepare(request, opened), opened.folder)


def _is_superseded(job: Job, request: QuickRequest) -> bool:
    """Whether a waiting job is of no use any more now that a newer request is there."""
    older = job.request
    if isinstance(older, PromptRequest) and isinstance(request, PromptRequest):
        return (older.frame, older.object) == (request.frame, request.object)
    return type(older) is type(request)
