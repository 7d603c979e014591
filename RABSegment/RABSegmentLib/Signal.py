"""One way to tell others that something happened, without knowing who listens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

_Arguments = ParamSpec("_Arguments")


class Signal(Generic[_Arguments]):
    """Calls everybody who is connected, in the order in which they came, whenever something is emitted.

    Use it in one thread. It keeps those who are connected alive.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[_Arguments, object]] = []

    def connect(self, listener: Callable[_Arguments, object]) -> None:
        """Call `listener` from now on; one that is connected already is called once all the same."""
        if listener not in self._listeners:
            self._listeners.append(listener)

    def disconnect(self, listener: Callable[_Arguments, object]) -> None:
        """Call `listener` no more, not even for what is being emitted now. Idempotent."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def emit(self, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        """Tell all who are connected now; a listener that fails keeps none of the others from hearing.

        Raises:
            Exception: what the first listener that failed raised, once all have heard; the log has those of others.
        """
        first: Exception | None = None
        for listener in list(self._listeners):
            if listener not in self._listeners:
                continue  # one that was called before disconnected it
            try:
                listener(*args, **kwargs)
            except Exception as error:
                if first is None:
                    first = error
                else:
                    logging.exception("A listener of a signal failed.")
        if first is not None:
            raise first
