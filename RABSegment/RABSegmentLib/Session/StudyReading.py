"""Reads cines of a study in the background: the one that is asked for, and the one that is likely to be next."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from rabengine.cine import Cine
from rabengine.study import Study
from RABSegmentLib.Engine.Start import defaultPythonCommand
from RABSegmentLib.Threads import noted

_AT_ONCE = 2  # the one that is asked for does not wait for the one that was read ahead


class StudyReading:
    """One cine is asked for at a time; ask `take` until it is there.

    Args:
        study: whose.

    Raises:
        EngineError: there is no Python for the processes that read.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._python = defaultPythonCommand()  # here, for a thread may not ask Slicer
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="rabsegment-study")
        self._isOver = threading.Event()
        self._asked: tuple[int, Future[Cine]] | None = None
        self._ahead: tuple[int, Future[Cine]] | None = None

    @property
    def number(self) -> int | None:
        """Of the cine that is being read, None where none is."""
        return None if self._asked is None else self._asked[0]

    def begin(self, number: int) -> None:
        """Begin to read a cine; one that was asked for before is given up."""
        if self._asked is not None:
            self._asked[1].cancel()
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == number and not _failed(ahead[1]):
            self._asked = ahead
        else:
            self._asked = number, self._begun(number)

    def beginAhead(self, number: int) -> None:
        """Begin to read the cine that is likely to be asked for next."""
        if self._ahead is None or self._ahead[0] != number:
            if self._ahead is not None:
                self._ahead[1].cancel()
            self._ahead = number, self._begun(number)

    def take(self) -> tuple[int, Cine] | None:
        """The cine that was asked for, once, as soon as it is there.

        Raises:
            InputError: it has vanished, changed or cannot be read.
        """
        if self._asked is None or not self._asked[1].done():
            return None
        (number, reading), self._asked = self._asked, None
        return number, reading.result()

    def close(self) -> None:
        """Read no longer. Slicer ends when all threads have: none is to be at a file for minutes."""
        self._isOver.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begun(self, number: int) -> Future[Cine]:
        return noted(self._pool.submit(self._study.read, number, self._python, self._isOver))


def _failed(reading: Future[Cine]) -> bool:
    """Whether it is known already that a cine cannot be read; it may be there again."""
    return reading.done() and (reading.cancelled() or reading.exception() is not None)
