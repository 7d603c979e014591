"""Segment what is to be segmented in a study, in this process or by workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rabengine.errors import Cancelled

from .claims import OwnPresence
from .cluster import Workers, cluster_of
from .layout import PREDICTIONS, STRUCTURE
from .log import last_number, person
from .pool import OwnPool, Pool
from .queue import Queue, QueueOptions
from .run_events import WORKERS, RunEvent, RunSummary
from .runner import StudyRunner
from .study import Study


def run_study(
    study: Study,
    *,
    device: str = "auto",
    seed: int = 0,
    again: bool = False,
    retry: bool = False,
    retries: int = 2,
    workers: Workers | int | None = 1,
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
        workers: how many on this computer, or others (`Workers`); 1 is this process itself, None is as many as the
            computer bears. They are processes: in a script, call this below `if __name__ == "__main__":`.
        by: who runs it; the user of this computer by default.
        heard: called with each event, in the calling thread.
        cancel: set it to stop; what is being done is given back.

    Raises:
        InputError: the study, or the store of its predictions, cannot be written to, or workers cannot be had.
        EngineError: the scheduler of the workers is out of reach, or workers cannot be begun; what was being done is
            given back.
        Cancelled: `cancel` was set.
    """
    start = time.monotonic()
    study.store()  # a package that is missing for it must cost no cine
    chosen = workers if isinstance(workers, Workers) else Workers(workers)
    stop = cancel or threading.Event()
    # Only what there was when the run began is made again, so that it ends.
    since = None
    if again:
        with study.database.reading() as connection:
            since = last_number(connection)
    with OwnPresence(study.folder) as presence:
        options = QueueOptions(person(by), device, seed, retries, since)
        queue = Queue(study, presence.name, presence.folder, options)
        if retry:
            queue.forgive()
        queue.look()
        if queue.left() and study.settings().store:
            study.store().check(f"{PREDICTIONS}/{presence.name}")  # before any cine fails of it
        if queue.left() and (study.folder / STRUCTURE).is_file():
            from .structure import load_structure

            load_structure(study.folder / STRUCTURE)  # before any cine fails of it
        runner = StudyRunner(queue, study, retries, heard, stop)
        if queue.left():
            with _pool(chosen, queue.left(), device, study, presence, heard, stop) as pool:
                runner.run(pool)
    return RunSummary(tuple(runner.done), runner.failed, tuple(runner.need_person), round(time.monotonic() - start, 3))


@contextmanager
def _pool(
    workers: Workers,
    due: int,
    device: str,
    study: Study,
    presence: OwnPresence,
    heard: Callable[[RunEvent], None],
    cancel: threading.Event,
) -> Iterator[Pool]:
    count = 1 if workers.are_elsewhere else workers.local_count(device, due)
    if count == 1 and not workers.are_elsewhere:
        yield OwnPool(cancel)
        return
    if cancel.is_set():
        raise Cancelled
    from .dask_pool import DaskPool

    def warn(sentence: str) -> None:
        heard(RunEvent(WORKERS, left=due, problem=sentence))

    with cluster_of(workers, count, device, due, study.folder, presence.folder) as (client, keep_up):
        pool = DaskPool(client, keep_up, study.folder, study.settings().store, presence.name, warn, cancel)
        try:
            yield pool
        finally:
            pool.close()
