"""What runs in a worker of Dask: a check that it can be used, and jobs."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import rabengine
from rabengine.environment import keep_freed_memory
from rabengine.errors import Cancelled, InputError

from .claims import ClaimWatch
from .jobs import Job, Outcome, lost
from .layout import PREDICTIONS, WORK
from .storage import store_of

WATCH_SECONDS = 2.0
THREADS = "OMP_NUM_THREADS"


def check_elsewhere(*arguments: object) -> tuple[Callable[..., object], tuple[object, ...]]:
    """`problem_here` with its arguments, as a call that can be read where there is no RABSegment, which is then said.

    A worker of Dask that cannot read what it is to do does not say so: it ends.
    """
    call = f"__import__('importlib').import_module({__name__!r}).problem_here(*arguments)"
    return eval, (call, {"arguments": arguments})


def problem_here(study: Path, claim: str, version: str, store: str = "") -> str:
    """Why this worker cannot be used, in a few words; empty where it can.

    Args:
        study, claim: of the run. version: of its RABSegment. store: as of `StudySettings`.
    """
    if version != rabengine.__version__:
        return f"it has RABSegment {rabengine.__version__}, not {version}"
    if not (study / WORK / claim).is_dir():
        return f"it does not see the study's folder {study}"
    if store:
        try:
            store_of(study, store).check(f"{PREDICTIONS}/{claim}")
        except InputError as error:
            return error.message.rstrip(".")
    _settle()
    return ""


def work_on(job: Job, claim: str) -> Outcome:
    """Do a job, as long as the run that asked for it goes on; nothing is written after its end."""
    from .task import perform

    _settle()
    with _watched(job.study, claim) as cancel:
        try:
            return perform(job, cancel)
        except Cancelled:
            return lost(job)  # nobody hears it any more


@contextmanager
def _watched(study: Path, claim: str) -> Iterator[threading.Event]:
    """An event that is set when the run has ended, however it did."""
    cancel, is_over, claimed = threading.Event(), threading.Event(), ClaimWatch(study, claim)

    def watch() -> None:
        while not is_over.wait(WATCH_SECONDS):
            if not claimed.is_kept():
                cancel.set()

    thread = threading.Thread(target=watch, name="rabsegment-watch", daemon=True)
    thread.start()
    try:
        yield cancel
    finally:
        is_over.set()


@functools.cache
def _settle() -> None:
    """Once in a process: as the command itself has it."""
    import torch

    keep_freed_memory()
    # Forked from a process that had PyTorch already, it knows nothing of the variable.
    torch.set_num_threads(max(1, int(os.environ.get(THREADS, "1") or 1), _threads()))


def _threads() -> int:
    """Those that this worker of Dask was given: it does one cine at a time, with all of them."""
    from distributed import get_worker

    try:
        return int(get_worker().state.nthreads)
    except ValueError:
        return 1  # this is none
