"""One run of a study on its way: jobs from the queue to those who do them, and what came of them back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from rabengine.errors import Cancelled, RABSegmentError

from .jobs import CineOutcome, CineTask, DescribeOutcome, DescribeTask, Job, Outcome
from .pool import Pool
from .queue import FAILED, KEPT, LOST, Queue
from .run_events import DONE, STARTED, WORKERS, RunEvent
from .storage import StoreError
from .study import Study

STORE_PATIENCE_SECONDS = 300.0  # with a store that cannot be written amid a run
STORE_PAUSE_SECONDS = 10.0


class StudyRunner:
    """One run.

    Args:
        queue: what there is to do.
        study: whose.
        retries: how often marks are described again whose process ended amid it.
        heard: called with each event.
        cancel: set to stop.

    Attributes:
        done, need_person: numbers of cines, as they ended. failed: {number: why}.
    """

    def __init__(
        self,
        queue: Queue,
        study: Study,
        retries: int,
        heard: Callable[[RunEvent], None],
        cancel: threading.Event,
    ) -> None:
        self._queue, self._study, self._retries, self._heard, self._cancel = queue, study, retries, heard, cancel
        self._tasks: dict[int, CineTask] = {}
        self._describing: dict[int, DescribeTask] = {}
        self._tries: dict[tuple[int, str], int] = {}  # of marks that could not be described
        self._start: float | None = None  # when the first cine was begun
        self.done: list[int] = []
        self.failed: dict[int, str] = {}
        self.need_person: list[int] = []

    def run(self, pool: Pool) -> None:
        """Do all there is.

        Raises:
            Cancelled, RABSegmentError: the run cannot go on; what was being done is given back.
        """
        try:
            while True:
                if self._cancel.is_set():
                    raise Cancelled
                if pool.free() and not self._begin(pool) and not self._is_busy:
                    return
                self._end(pool.wait())
        except BaseException:
            with suppress(RABSegmentError):
                self._queue.give_back(self._tasks.values())
            raise

    @property
    def _is_busy(self) -> bool:
        return bool(self._tasks or self._describing)

    def _begin(self, pool: Pool) -> bool:
        """Give those who are free something to do; whether there was anything."""
        self._describe(pool)
        if not pool.free():
            return True
        tasks = self._queue.take(pool.free(), may_carry=not self._describing)
        if not tasks and not self._is_busy:
            # Others may have given something back. New marks are described first.
            self._queue.look()
            self._describe(pool)
            tasks = [] if self._describing else self._queue.take(pool.free())
        for task in tasks:
            self._tasks[task.place.id] = task
        if tasks and self._start is None:
            self._start = time.monotonic()
        for task in tasks:
            left = self._left()
            path = str(task.place.path)
            self._heard(RunEvent(STARTED, task.place.id, path, self._finished, left, self._seconds_left(left)))
            pool.begin(task)
        return bool(tasks or self._describing)

    def _describe(self, pool: Pool) -> None:
        """Describe marks that may serve others; a cine that cannot be read serves none."""
        for task in self._queue.undescribed() if pool.free() else ():
            wanted = tuple(mark for mark in task.marks if self._tries.get(_key(task, mark.file), 0) <= self._retries)
            if wanted and task.place.id not in self._describing and pool.free():
                job = DescribeTask(task.study, task.place, wanted, task.device)
                self._describing[task.place.id] = job
                pool.begin(job)

    def _end(self, over: Sequence[tuple[Job, Outcome]]) -> None:
        done: list[tuple[CineTask, CineOutcome]] = []
        for job, outcome in over:
            if isinstance(job, DescribeTask):
                assert isinstance(outcome, DescribeOutcome)
                del self._describing[job.place.id]
                self._described(job, outcome)
            else:
                assert isinstance(outcome, CineOutcome)
                done.append((job, outcome))
        self._settle([(task, outcome) for task, outcome in done if not outcome.is_of_store])
        of_store = [(task, outcome) for task, outcome in done if outcome.is_of_store]
        if of_store:
            self._wait_for_store(of_store[0][0].file)
            self._settle(of_store)

    def _wait_for_store(self, name: str) -> None:
        """Wait until a prediction can be written from here; where it cannot, no cine has failed.

        Raises:
            StoreError: the store stays away, and the run cannot go on. Cancelled: the run is to stop.
        """
        store, begun, is_said = self._study.store(), time.monotonic(), False
        while True:
            try:
                store.check(name)
                return
            except StoreError as error:
                if time.monotonic() - begun >= STORE_PATIENCE_SECONDS:
                    raise
                if not is_said:
                    is_said = True
                    told = f"{error.message} Waiting for it."
                    self._heard(RunEvent(WORKERS, finished=self._finished, left=self._left(), problem=told))
            if self._cancel.wait(STORE_PAUSE_SECONDS):
                raise Cancelled

    def _settle(self, done: Sequence[tuple[CineTask, CineOutcome]]) -> None:
        ends = self._queue.settle(done)
        for task, _ in done:
            del self._tasks[task.place.id]
        for (task, outcome), end in zip(done, ends, strict=True):
            self._tell(task, outcome, end)

    def _described(self, task: DescribeTask, outcome: DescribeOutcome) -> None:
        if outcome.descriptions is not None:
            self._queue.describe(task.place.id, task.marks, outcome.descriptions)
            return
        for mark in task.marks:  # why is said when that cine itself is segmented
            tries = self._tries.get(_key(task, mark.file), 0)
            self._tries[_key(task, mark.file)] = self._retries + 1 if outcome.is_lasting else tries + 1

    def _tell(self, task: CineTask, outcome: CineOutcome, end: str) -> None:
        number, found, problem = task.place.id, outcome.prediction, outcome.problem
        if end == LOST:
            found, problem = None, "Another process took this cine meanwhile."
        elif end == KEPT and found is not None:
            end = DONE
            self.done.append(number)
            if found.needs_person:
                self.need_person.append(number)
        elif end == FAILED:
            self.failed[number] = problem
        left = self._left()
        self._heard(
            RunEvent(
                end,
                number,
                outcome.path or str(task.place.path),
                self._finished,
                left,
                self._seconds_left(left),
                None if found is None else round(found.confidence, 4),
                None if found is None else found.needs_person,
                "" if found is None else found.why,
                problem,
                outcome.warnings,
            )
        )

    @property
    def _finished(self) -> int:
        return len(self.done) + len(self.failed)

    def _left(self) -> int:
        return self._queue.left() + len(self._tasks)

    def _seconds_left(self, left: int) -> float | None:
        """For the whole, by what one cine took on the way so far, whoever did it."""
        if self._start is None or not self._finished:
            return None
        return round(left * (time.monotonic() - self._start) / self._finished, 1)


def _key(task: DescribeTask, file: str) -> tuple[int, str]:
    return task.place.id, file
