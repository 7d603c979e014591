"""Threads beside Slicer's main thread, which keeps Python to itself while Qt waits for events.

PythonQt gives the interpreter away in no wait: a thread gets on only while the main thread sleeps in Python. So who
starts a thread notes it here, and the timers that wait for what it does call `letThreadsRun`.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import Any

TURN_SECONDS = 0.01
_at_work: set[object] = set()


def begins(work: object) -> None:
    """A thread has something to do from now on, until `ends`."""
    _at_work.add(work)


def ends(work: object) -> None:
    """It is done. Idempotent; any thread may say so."""
    _at_work.discard(work)


def noted(future: Future[Any]) -> Future[Any]:
    """The same future, whose thread is at work until it is done or cancelled."""
    begins(future)
    future.add_done_callback(ends)
    return future


def letThreadsRun() -> bool:
    """Sleep a moment where a thread is at work; call it several times a second. Whether one was."""
    if not _at_work:
        return False
    time.sleep(TURN_SECONDS)
    return True
