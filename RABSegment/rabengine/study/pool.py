"""Who does the jobs of a run: this process itself, one after another, or workers (`dask_pool`)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from .jobs import Job, Outcome


class Pool(Protocol):
    """Does jobs. A context manager: when it is left, whatever is amid a job stops."""

    def free(self) -> int:
        """How many jobs can be begun now."""

    def begin(self, job: Job) -> None:
        """Begin a job."""

    def wait(self) -> Sequence[tuple[Job, Outcome]]:
        """Jobs that are over; returns also without any, after a second at the latest where others do them.

        Raises:
            Cancelled: the run is to stop.
            EngineError: those who do the jobs are out of reach.
        """

    def close(self) -> None:
        """Stop."""


class OwnPool:
    """This process, one job after another.

    Args:
        cancel: set to stop.
    """

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel
        self._begun: deque[Job] = deque()

    def free(self) -> int:
        return 0 if self._begun else 1

    def begin(self, job: Job) -> None:
        self._begun.append(job)

    def wait(self) -> Sequence[tuple[Job, Outcome]]:
        from .task import perform  # and with it PyTorch

        job = self._begun[0]
        outcome = perform(job, self._cancel)
        self._begun.popleft()
        return [(job, outcome)]

    def close(self) -> None:
        self._begun.clear()
