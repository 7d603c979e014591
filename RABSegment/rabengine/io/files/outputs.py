"""All outputs of a command or none: each is written beside its place, then all are moved there together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from rabengine.errors import Cancelled, InputError

from .atomic import Staged, as_input_error, put_all


class Outputs:
    """The outputs of one run.

    Args:
        cancel: once it is set, nothing is put in place any more; None where nobody cancels.
    """

    def __init__(self, cancel: threading.Event | None = None) -> None:
        self._cancel = cancel or threading.Event()
        self._staged: list[Staged] = []
        self._lock = threading.Lock()
        self._is_abandoned = False

    def write(self, target: Path, writer: Callable[[Path], object]) -> None:
        """Let `writer` write `target` to a path of the same name, in a hidden folder beside its place.

        Raises:
            InputError: it cannot be written; the message names `target`.
            Cancelled: the run was cancelled.
        """
        staged = self._stage(target)
        try:
            with as_input_error(target):
                writer(staged)
        except InputError as error:
            names = (str(staged), str(target))
            raise InputError(error.message.replace(*names), error.hint.replace(*names)) from error

    def commit(self) -> None:
        """Move everything that was written to its place.

        Raises:
            Cancelled: the run was cancelled before the first move.
            InputError: a target cannot be replaced; then all of them are as they were.
        """
        with self._lock:
            if self._is_abandoned or self._cancel.is_set():
                raise Cancelled
            put_all(self._staged)
        self.discard()

    def discard(self) -> None:
        """Remove what is not in its place."""
        for one in self._staged:
            one.discard()

    def abandon(self) -> bool:
        """Remove what is staged and refuse further work; False when outputs are being put in place."""
        if not self._lock.acquire(timeout=0.1):
            return False
        try:
            self._is_abandoned = True
            self.discard()
        finally:
            self._lock.release()
        return True

    def _stage(self, target: Path) -> Path:
        with self._lock:
            if self._is_abandoned or self._cancel.is_set():
                raise Cancelled
            with as_input_error(target):
                staged = Staged(target)
            self._staged.append(staged)
        return staged.path
