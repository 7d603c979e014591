"""Segment what is to be segmented in a study, one cine after another, in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from rabengine.errors import Cancelled, RABSegmentError

from .claims import Presence
from .log import last_number, this_person
from .queue import Queue, QueueOptions
from .study import Study

STARTED, DONE, FAILED, RETRIED, LOST = "started", "done", "failed", "retried", "lost"


@dataclass(frozen=True)
class RunEvent:
    """What happens in a run.

    Attributes:
        event: "started", "done", "failed", "retried" (it failed and will be tried again) or "lost" (another process
            took the cine meanwhile).
        cine: its number. path: of the cine.
        finished: cines that this run is done with. left: cines that are still to be taken, as far as is known.
        seconds_left: for those, by the pace so far; None before the first is done.
        confidence, needs_person, why: of the prediction that was made.
        problem: why it failed. warnings: sentences for the user.
    """

    event: str
    cine: int
    path: str
    finished: int
    left: int
    seconds_left: float | None = None
    confidence: float | None = None
    needs_person: bool | None = None
    why: str = ""
    problem: str = ""
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return {**asdict(self), "warnings": list(self.warnings)}


@dataclass(frozen=True)
class RunSummary:
    """What a run has done.

    Attributes:
        done: numbers of the cines that were segmented. failed: {number: why}.
        need_person: of those done, the ones that somebody should look at.
        seconds: it took.
    """

    done: tuple[int, ...]
    failed: dict[int, str]
    need_person: tuple[int, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        failed = {str(number): why for number, why in self.failed.items()}
        return {**asdict(self), "done": list(self.done), "need_person": list(self.need_person), "failed": failed}


def run_study(
    study: Study,
    *,
    device: str = "auto",
    seed: int = 0,
    again: bool = False,
    retry: bool = False,
    retries: int = 2,
    by: str = "",
    heard: Callable[[RunEvent], None] = lambda _event: None,
    cancel: threading.Event | None = None,
) -> RunSummary:
    """Segment every cine that has marks of its own or can be served by those of others.

    What was done stays done, whatever ends the run. Several processes may run one study; each takes what no other has.

    Args:
        device, seed: as of `Session`.
        again: also what is there and was checked by nobody.
        retry: also cines that failed earlier.
        retries: how often a cine is tried again in whose work the process ended or the engine failed.
        by: who runs it; the user of this computer by default.
        heard: called with each event, in the calling thread.
        cancel: set it to stop; what is being done is given back.

    Raises:
        InputError: the study cannot be written to.
        Cancelled: `cancel` was set.
    """
    start = time.monotonic()
    # Only what there was when the run began is made again, so that it ends.
    since = None
    if again:
        with study.database.reading() as connection:
            since = last_number(connection)
    with Presence(study.folder) as presence:
        options = QueueOptions(by or this_person(), device, seed, retries, since)
        runner = _Runner(Queue(study, presence.name, options), study, options, heard, cancel or threading.Event())
        if retry:
            runner.queue.forgive()
        while runner.step():
            pass
    return RunSummary(tuple(runner.done), runner.failed, tuple(runner.need_person), round(time.monotonic() - start, 3))


class _Runner:
    """One run on its way."""

    def __init__(
        self,
        queue: Queue,
        study: Study,
        options: QueueOptions,
        heard: Callable[[RunEvent], None],
        cancel: threading.Event,
    ) -> None:
        self.queue, self._study, self._options, self._heard, self._cancel = queue, study, options, heard, cancel
        self._seconds = 0.0
        self._undescribable: set[tuple[int, int]] = set()
        self.done: list[int] = []
        self.failed: dict[int, str] = {}
        self.need_person: list[int] = []

    def step(self) -> bool:
        """Do the next cine; False where there is none left."""
        from .task import segment_cine  # and with it PyTorch

        if self._cancel.is_set():
            raise Cancelled
        self._describe()
        task = self.queue.take()
        if task is None:
            return False
        number, path, left = task.place.id, str(task.place.path), self.queue.length() + 1
        self._heard(RunEvent(STARTED, number, path, self._finished, left, self._time_left(left)))
        start = time.monotonic()
        try:
            outcome = segment_cine(task, self._cancel)
        except Cancelled:
            self.queue.give_back(task)
            raise
        self._seconds += time.monotonic() - start
        if not self.queue.settle(task, outcome):
            event, problem = LOST, "Another process took this cine meanwhile."
        elif (found := outcome.prediction) is not None:
            event, problem = DONE, ""
            self.done.append(number)
            if found.needs_person:
                self.need_person.append(number)
        else:
            problem = outcome.problem
            event = FAILED if self._study.cine(number).problem else RETRIED
            if event == FAILED:
                self.failed[number] = problem
        found, left = outcome.prediction, self.queue.length()
        self._heard(
            RunEvent(
                event,
                number,
                outcome.path or path,
                self._finished,
                left,
                self._time_left(left),
                None if found is None else round(found.confidence, 4),
                None if found is None else found.needs_person,
                "" if found is None else found.why,
                problem,
                outcome.warnings,
            )
        )
        return True

    @property
    def _finished(self) -> int:
        return len(self.done) + len(self.failed)

    def _time_left(self, left: int) -> float | None:
        return round(left * self._seconds / self._finished, 1) if self._finished else None

    def _describe(self) -> None:
        """Describe marks that may serve others; a cine that cannot be read serves none."""
        from .task import describe_marks

        for number, (place, marks) in self.queue.undescribed().items():
            wanted = [mark for mark in marks if (number, mark.frame) not in self._undescribable]
            if not wanted:
                continue
            try:
                found = describe_marks(place, wanted, self._options.device, self._cancel)
            except Cancelled:
                raise
            except RABSegmentError:  # said when that cine itself is segmented
                self._undescribable |= {(number, mark.frame) for mark in wanted}
            else:
                self.queue.describe(number, wanted, found)
