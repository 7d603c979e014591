"""Progress, time left and cancelling of one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from rabengine.errors import Cancelled
from rabengine.events import Event, Progress, ProgressCallback

REPORT_EVERY = 0.1  # seconds; more often only costs
PACE = {"propagation": 0.05, "checking": 0.03, "relearning": 0.4, "refinement": 0.05}  # seconds a step, until measured
GUESS_WEIGHT = 2  # steps that the guess, or an earlier phase of the same name, counts for


class RequestProgress:
    """Counts the steps of a request's phases, estimates what is left and stops when asked.

    Args:
        callback: gets the events; may be None.
        cancel: set by whoever wants the request to end.
        clock: seconds that pass.
    """

    def __init__(
        self,
        callback: ProgressCallback | None,
        cancel: threading.Event | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._callback = callback
        self._cancel = cancel
        self._clock = clock
        self.ahead: list[tuple[str, int]] = []
        self._pace = dict(PACE)
        self._phase, self._total, self._step = "", 0, 0
        self._started = self._reported = self._stepped = clock()
        self._slowest = 0.0  # step of this phase
        self._guess = 0.0
        self.seconds: dict[str, float] = {}

    def plan(self, phases: list[tuple[str, int]]) -> None:
        """Say which phases are ahead, with their steps; what was said before does not count any more."""
        self.ahead = [(phase, steps) for phase, steps in phases if steps > 0]

    def begin(self, phase: str, total: int) -> None:
        """Enter a phase."""
        self.check()
        self._finish()
        if total > 0 and self.ahead and self.ahead[0][0] == phase:
            self.ahead.pop(0)
        self._phase, self._total, self._step = phase, total, 0
        self._started = self._stepped = self._clock()
        self._slowest, self._guess = 0.0, self._pace.get(phase, 0.0)
        self._report({})

    def advance(self, losses: Mapping[str, float] | None = None) -> None:
        """One step is done.

        Raises:
            Cancelled: somebody asked for it.
        """
        self.check()
        now = self._clock()
        self._step += 1
        self._slowest, self._stepped = max(self._slowest, now - self._stepped), now
        # A first step that prepares much, or one that waited for the machine, says nothing of the others.
        spent = now - self._started - self._slowest
        self._pace[self._phase] = (GUESS_WEIGHT * self._guess + spent) / (GUESS_WEIGHT + self._step - 1)
        if losses or self._step == self._total or now - self._reported > REPORT_EVERY:
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
        """Leave the last phase: nothing is left."""
        self._finish()
        self.ahead = []
        if self._phase:
            self._step = self._total
            self._report({})
        self._phase = ""

    def _finish(self) -> None:
        if self._phase:
            spent = self._clock() - self._started
            self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + spent

    def _seconds_left(self) -> float | None:
        if self._step == 0:
            return None
        left = (self._total - self._step) * self._pace[self._phase]
        return left + sum(total * self._pace.get(phase, 0.0) for phase, total in self.ahead)

    def _report(self, losses: Mapping[str, float]) -> None:
        self._reported = self._clock()
        self.emit(Progress(self._phase, self._step, self._total, self._seconds_left(), losses))
