"""Progress, time left and cancelling of one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from rabengine.errors import Cancelled
from rabengine.events import Event, Progress, ProgressCallback

from .step import Cost, Phase

REPORT_EVERY = 0.1  # seconds; more often only costs
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
        self.ahead: list[Cost] = []
        self._pace: dict[str, float] = {}  # seconds a step, as measured
        self._phase: Phase | None = None
        self._total = self._step = 0
        self._started = self._reported = self._stepped = clock()
        self._slowest = 0.0  # step of this phase
        self._guess = 0.0
        self.seconds: dict[str, float] = {}

    def plan(self, phases: list[Cost]) -> None:
        """Say which phases are ahead, with their steps; what was said before does not count any more."""
        self.ahead = [(phase, steps) for phase, steps in phases if steps > 0]

    def begin(self, phase: Phase, total: int) -> None:
        """Enter a phase."""
        self.check()
        self._finish()
        if total > 0 and self.ahead and self.ahead[0][0] == phase:
            self.ahead.pop(0)
        self._phase, self._total, self._step = phase, total, 0
        self._started = self._stepped = self._clock()
        self._slowest, self._guess = 0.0, self._pace_of(phase)
        self._report({})

    def advance(self, losses: Mapping[str, float] | None = None) -> None:
        """One step of the phase is done.

        Raises:
            Cancelled: somebody asked for it.
        """
        self.check()
        assert self._phase is not None
        now = self._clock()
        self._step += 1
        self._slowest, self._stepped = max(self._slowest, now - self._stepped), now
        # A first step that prepares much, or one that waited for the machine, says nothing of the others.
        spent = now - self._started - self._slowest
        self._pace[self._phase.name] = (GUESS_WEIGHT * self._guess + spent) / (GUESS_WEIGHT + self._step - 1)
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
        if self._phase is not None:
            self._step = self._total
            self._report({})
        self._phase = None

    def _finish(self) -> None:
        if self._phase is not None:
            name, spent = self._phase.name, self._clock() - self._started
            self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def _pace_of(self, phase: Phase) -> float:
        return self._pace.get(phase.name, phase.pace)

    def _seconds_left(self, phase: Phase) -> float | None:
        if self._step == 0:
            return None
        left = (self._total - self._step) * self._pace_of(phase)
        return left + sum(total * self._pace_of(later) for later, total in self.ahead)

    def _report(self, losses: Mapping[str, float]) -> None:
        assert self._phase is not None
        self._reported = self._clock()
        self.emit(Progress(self._phase.name, self._step, self._total, self._seconds_left(self._phase), losses))
