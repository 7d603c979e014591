"""Jobs done by workers of Dask, each worker one at a time.

Each job is given to a certain worker, so that it is known whose work ended when a process does: that job alone is
tried again. Dask's own retries are not used; the study's database counts.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import rabengine
from rabengine.errors import Cancelled, EngineError, reason_of

from .jobs import Job, Outcome, lost
from .worker import check_elsewhere, work_on

PATIENCE_SECONDS = 30.0  # without a worker that can be used, before something is said or given up
LOOK_SECONDS = 1.0  # between looks at which workers there are
RESULT_SECONDS = 20.0  # for a small result that is there
_SEEN_BEFORE = 600.0  # seconds after which a worker that could not be used is asked again


class DaskPool:
    """Workers of a cluster, which may come and go.

    Args:
        client: of it. keep_up: called now and then, so that workers which ended are begun again; returns what those
            wait for that are not there, as `SlurmJobs.keep_up` does.
        study: the study's folder. store: as of `StudySettings`. claim: of the run.
        warn: called with a sentence about a worker that cannot be used.
        cancel: set to stop.
    """

    def __init__(
        self,
        client: Any,
        keep_up: Callable[[], str],
        study: Path,
        store: str,
        claim: str,
        warn: Callable[[str], None],
        cancel: threading.Event,
    ) -> None:
        self._client, self._keep_up, self._study, self._claim, self._warn, self._cancel = (
            client,
            keep_up,
            study,
            claim,
            warn,
            cancel,
        )
        self._store = store
        self._over: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._jobs: dict[str, tuple[Job, Any]] = {}  # by the worker's address
        self._checks: dict[str, Any] = {}
        self._usable: set[str] = set()
        self._refused: dict[str, float] = {}
        self._looked = 0.0
        self._last_use = time.monotonic()
        self._look()

    def free(self) -> int:
        """Workers that are checked and do nothing."""
        return len(self._usable - self._jobs.keys())

    def begin(self, job: Job) -> None:
        """Give a job to a worker that is free."""
        address = sorted(self._usable - self._jobs.keys())[0]
        future = self._submit(address, work_on, job, self._claim)
        self._jobs[address] = job, future

    def wait(self) -> Sequence[tuple[Job, Outcome]]:
        """See `Pool.wait`."""
        futures = self._some_over()
        if self._cancel.is_set():
            raise Cancelled
        over = [address for address, (_, future) in self._jobs.items() if future in futures]
        ended = {address: self._jobs.pop(address) for address in over}
        found = [(job, self._result(future, job)) for job, future in ended.values()]
        failed = {address for address, (_, future) in ended.items() if future.status != "finished"}
        self._usable -= failed  # such a worker is ending, though it may be listed: it gets no other job unasked
        if time.monotonic() - self._looked >= LOOK_SECONDS or failed:
            try:
                self._look()
            except EngineError:
                if found:
                    return found  # it is said at the next look; what is over is noted first
                raise
            gone = [address for address in self._jobs if address not in self._usable]
            for address in gone:
                job, future = self._jobs.pop(address)
                self._forget(future)
                found.append((job, lost(job)))
        return found

    def close(self) -> None:
        """Let go of all jobs."""
        for future in (*(future for _, future in self._jobs.values()), *self._checks.values()):
            self._forget(future)
        self._jobs.clear()
        self._checks.clear()

    def _some_over(self) -> set[Any]:
        """Those futures that are over, after a second at the latest."""
        found: set[Any] = set()
        try:
            found.add(self._over.get(timeout=LOOK_SECONDS))
            while True:
                found.add(self._over.get_nowait())
        except queue.Empty:
            return found

    def _submit(self, address: str, function: Callable[..., Any], *arguments: object) -> Any:
        # One after the other has the same function and arguments: they are no pure values.
        future = self._client.submit(
            function, *arguments, pure=False, workers=[address], allow_other_workers=False, retries=0
        )
        future.add_done_callback(self._over.put)
        return future

    def _result(self, future: Any, job: Job) -> Outcome:
        try:
            outcome: Outcome = future.result(timeout=RESULT_SECONDS)
        except Exception:
            # `work_on` raises nothing: the process ended, or its result was lost on the way.
            self._forget(future)
            return lost(job)
        return outcome

    def _look(self) -> None:
        """Which workers there are; new ones are asked whether they can be used.

        Raises:
            EngineError: the scheduler is out of reach.
        """
        self._looked = time.monotonic()
        waits_for = self._keep_up()
        try:
            there = set(self._client.nthreads())
        except Exception as error:
            raise EngineError(
                f"The scheduler of Dask is out of reach ({reason_of(error)}).",
                "What was done is kept; start it and run the study again.",
            ) from error
        self._usable &= there
        for address in set(self._checks) - there:
            self._forget(self._checks.pop(address))
        for address, future in list(self._checks.items()):
            if future.done():
                self._take_answer(address, self._checks.pop(address))
        self._check_patience(there, waits_for)
        again = time.monotonic() - _SEEN_BEFORE
        for address in there - self._usable - self._checks.keys():
            if self._refused.get(address, again) <= again:
                check, arguments = check_elsewhere(self._study, self._claim, rabengine.__version__, self._store)
                self._checks[address] = self._submit(address, check, *arguments)

    def _check_patience(self, there: set[str], waits_for: str) -> None:
        """Say that there are no workers yet; give up where there are some, and none can be used."""
        now = time.monotonic()
        if self._usable:
            self._last_use = now
        elif now - self._last_use > PATIENCE_SECONDS:
            if there and not self._checks:
                raise EngineError("None of the workers can be used.", "See what was said of each.")
            self._warn(f"There is no worker yet; waiting for one{waits_for}.")
            self._last_use = now + PATIENCE_SECONDS * 9  # not to be said all the time

    def _take_answer(self, address: str, future: Any) -> None:
        try:
            problem = str(future.result(timeout=RESULT_SECONDS))
        except Exception as error:
            if future.status != "error":
                return  # it was ended in an orderly way; where it is still there it is asked again
            killed = type(error).__name__ == "KilledWorker"
            problem = "its process ended as it was asked" if killed else reason_of(error)
        if problem:
            self._refused[address] = time.monotonic()
            self._warn(f"The worker {address} is not used: {problem}.")
        else:
            self._usable.add(address)

    @staticmethod
    def _forget(future: Any) -> None:
        with suppress(Exception):  # its scheduler may be gone
            future.cancel()
