"""Reads a cine in a process of its own: a file that makes its reader fail costs that process, never the scene."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rabengine.cine import Cine
from rabengine.cine_record import cine_of_record
from rabengine.errors import EngineError, InputError, RABSegmentError

from .EngineFailure import silenceError
from .EngineStart import createTransport, defaultPythonCommand
from .EngineTransport import EngineTransport
from .EngineWorker import EngineWorker
from .Patience import Patience

READ_SECONDS = 300.0


class CineReader:
    """Begins to read at once; ask `cine` until there is one.

    Args:
        path: of the file or folder.
        transportFactory: makes what starts a process.
        seconds: the process is ended when it takes longer.

    Raises:
        EngineError: the process cannot be started.
    """

    def __init__(
        self,
        path: str | Path,
        transportFactory: Callable[[], EngineTransport] = createTransport,
        seconds: float = READ_SECONDS,
    ) -> None:
        self._patience = Patience(seconds)
        self._patience.renew()
        self._answer: dict[str, Any] | None = None
        self._worker = EngineWorker(transportFactory(), defaultPythonCommand(), self._onEvent)
        self._worker.request("read", cine=str(Path(path).absolute()), folder=str(self._worker.folder.path))

    def cine(self, seconds: float = 0.0) -> Cine | None:
        """What was read; None while it is still being read.

        Args:
            seconds: how long to wait for it, at most.

        Raises:
            InputError: one sentence that says what is wrong with the file.
            EngineError: the process failed.
        """
        self._worker.poll(seconds)
        if self._answer is not None:
            return self._finished(self._answer)
        if not self._worker.isRunning:
            raise self._failed(self._worker.crash())
        if self._patience.isExhausted():
            raise self._failed(silenceError(self._patience.seconds))
        return None

    def close(self) -> None:
        """End the process. Idempotent."""
        self._worker.stop(0.0)

    def _finished(self, answer: dict[str, Any]) -> Cine:
        if answer["event"] != "done":
            kind = InputError if answer.get("kind") == "input" else EngineError
            raise self._failed(kind(str(answer.get("message", "")), str(answer.get("hint", ""))))
        try:
            return cine_of_record(answer["cine"], self._worker.folder.take(answer["file"]))
        except (KeyError, OSError, TypeError, ValueError) as error:
            raise EngineError("The cine was read, but did not arrive.", "Open it again.") from error
        finally:
            self.close()

    def _failed(self, error: RABSegmentError) -> RABSegmentError:
        self.close()
        return error

    def _onEvent(self, event: dict[str, Any]) -> None:
        if event.get("id") is not None and event["event"] in ("done", "error", "cancelled"):
            self._answer = event
