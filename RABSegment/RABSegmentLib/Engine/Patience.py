"""How long something is waited for, without the time in which nobody could have answered."""

from __future__ import annotations

import time
from collections.abc import Callable

# Between two looks; what is more was a sleeping computer or a blocked program, and nobody's fault.
LONGEST_STEP = 5.0


class Patience:
    """Counts from its making or its last `renew`, by being looked at.

    Args:
        seconds: how long it lasts.
        clock: gives seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._spent = 0.0
        self._seen = clock()

    def renew(self) -> None:
        """Count from now."""
        self._spent = 0.0
        self._seen = self._clock()

    def isExhausted(self) -> bool:
        """Whether it has lasted; look often."""
        now = self._clock()
        self._spent += min(now - self._seen, LONGEST_STEP)
        self._seen = now
        return self._spent > self.seconds
