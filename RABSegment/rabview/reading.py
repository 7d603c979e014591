"""The files that are being read, of cines or of marks: the page says so, and nobody judges a cine meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from .variables import PageState, names


@dataclass
class ReadingState:
    """What is being read.

    Attributes:
        is_on: something is.
        name: of what was begun last of that.
    """

    is_on: bool = False
    name: str = ""


READING = names(ReadingState)
Result = TypeVar("Result")


class Reading:
    """Begins to read, and knows what is still being read, however it ends.

    Args:
        state: of the page.
    """

    def __init__(self, state: PageState) -> None:
        self._page = state
        self._state = state.part(ReadingState)
        self._names: dict[asyncio.Task[Any], str] = {}  # in the order in which they were begun
        self._cine: asyncio.Task[Any] | None = None

    @property
    def is_on(self) -> bool:
        """Something is being read."""
        return bool(self._names)

    def begin(self, name: str, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Begin to read what is called so.

        The page says so at once: a key that is pressed now is not for what was there before.
        """
        task = asyncio.get_running_loop().create_task(work)
        self._names[task] = name
        task.add_done_callback(self._end)
        self._tell()
        return task

    def begin_cine(self, name: str, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """As `begin`, in place of another cine that is being read."""
        if self._cine is not None:
            self._cine.cancel()
        task = self._cine = self.begin(name, work)
        return task

    def _end(self, task: asyncio.Task[Any]) -> None:
        del self._names[task]
        self._tell()

    def _tell(self) -> None:
        with self._page:
            self._state.is_on = self.is_on
            self._state.name = next(reversed(self._names.values()), "")
