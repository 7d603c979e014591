"""Progress, time left and cancelling of one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from .errors import Cancelled
from .events import Event, Progress, ProgressCallback

REPORT_EVERY = 0.1  # seconds; more often only costs


class RequestProgress:
    """Counts the steps of a request's phases, estimates what is left and stops when asked.

    Args:
        callback: gets the events; may be None.
        cancel: set by whoever wants the request to end.
    """

    def __init__(self, callback: ProgressCallback | None, cancel: threading.Event | None) -> None:
        self._callback = callback
        self._cancel = cancel
        self._ahead: list[tuple[str, int]] = []
        self._pace: dict[str, float] = {}  # seconds a step, as measured
        self._phase, self._total, self._step = "", 0, 0
        self._started = self._reported = time.monotonic()
        self.seconds: dict[str, float] = {}

    def plan(self, phases: list[tuple[str, int]], pace: Mapping[str, float]) -> None:
        """Announce the phases to come with their steps, and a first guess of seconds a step."""
        self._ahead = list(phases)
        self._pace = {**pace, **self._pace}

    def begin(self, phase: str, total: int) -> None:
        """Enter a phase."""
        self.check()
        self._finish()
        if self._ahead and self._ahead[0][0] == phase:
            self._ahead.pop(0)
        self._phase, self._total, self._step = phase, total, 0
        self._started = time.monotonic()
        self._report({})

    def advance(self, losses: Mapping[str, float] | None = None) -> None:
        """One step is done.

        Raises:
            Cancelled: somebody asked for it.
        """
        self.check()
        self._step += 1
        self._pace[self._phase] = (time.monotonic() - self._started) / self._step
        if losses or self._step == self._total or time.monotonic() - self._reported > REPORT_EVERY:
            self._report(losses or {})

    def check(self) -> None:
        """Raise Cancelled when asked to stop."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()

    def emit(self, event: Event) -> None:
        """Hand an event on."""
        self.check()
        if self._callback is not None:
            self._callback(event)

    def end(self) -> None:
        """Leave the last phase."""
        self._finish()
        self._phase = ""

    def _finish(self) -> None:
        if self._phase:
            spent = time.monotonic() - self._started
            self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + spent

    def _seconds_left(self) -> float | None:
        if self._step == 0:
            return None
        left = (self._total - self._step) * self._pace[self._phase]
        return left + sum(total * self._pace.get(phase, 0.0) for phase, total in self._ahead)

    def _report(self, losses: Mapping[str, float]) -> None:
        self._reported = time.monotonic()
        self.emit(Progress(self._phase, self._step, self._total, self._seconds_left(), losses))
