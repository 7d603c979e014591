"""One engine process with its temporary folder: both end together."""

from __future__ import annotations

import contextlib
import json
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.errors import RABSegmentError
from rabengine.events import Started, WorkerEvent
from rabengine.io.event_lines import from_line

from .Failures import crashError, unreadableError
from .PrivateFolder import PrivateFolder
from .Start import engineEnvironment
from .Transport import Transport

EventHandler = Callable[[Any, WorkerEvent], None]  # (id of the request, event)
WORKER_ARGUMENTS = ("-m", "rabengine.worker")


class Worker:
    """A running `rabengine.worker`; also ends, and its folder goes, when it is forgotten or the interpreter ends.

    Args:
        transport: starts the process.
        pythonCommand: the Python to start.
        onEvent: a method that gets every event; it does not keep its object alive.
        checkFile: called with each file of an array before that is read; what it raises ends the use of the process.

    Attributes:
        folder: where arrays go and come.
        cine: what its owner opened in it; None at first.
        problem: why what it said is of no use; None where it is.

    Raises:
        EngineError: the process cannot be started.
    """

    def __init__(
        self,
        transport: Transport,
        pythonCommand: Sequence[str],
        onEvent: EventHandler,
        checkFile: Callable[[Path], None] = lambda _file: None,
    ) -> None:
        self.folder = PrivateFolder()
        self.cine: object | None = None
        self.problem: RABSegmentError | None = None
        self._transport = transport
        self._onEvent = weakref.WeakMethod(onEvent)
        self._checkFile = checkFile
        self._requests = 0
        self._isRetired = False
        self._release = weakref.finalize(self, _end, transport, self.folder)
        try:
            path = self.folder.path
            # What it keeps in temporary files of its own goes with the folder, also when it is killed.
            environment = {**engineEnvironment(), **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(path))}
            transport.start([*pythonCommand, *WORKER_ARGUMENTS], environment, path, _weakly(self._onLine))
        except BaseException:
            self._release()
            raise

    @property
    def isRunning(self) -> bool:
        """Whether it lives, or has left events that `poll` has not handed out yet, and is not retired."""
        return self._release.alive and not self._isRetired and self._transport.isRunning

    def retire(self) -> None:
        """Say that it is of no more use; its owner stops it when there is time."""
        self._isRetired = True

    def request(self, name: str, **fields: Any) -> int:
        """Send a request of the worker's protocol; returns its id."""
        self._requests += 1
        self._transport.send(json.dumps({"id": self._requests, "request": name, **fields}))
        return self._requests

    def poll(self, seconds: float) -> None:
        """Hand out the events that are there; waits up to `seconds` for one."""
        self._transport.poll(seconds)

    @property
    def exitCode(self) -> int | None:
        """None while it lives; -n where signal n ended it."""
        return self._transport.exitCode

    def failure(self) -> RABSegmentError:
        """Why it is of no more use."""
        return self.problem or crashError(self._transport.exitCode, self._transport.errorTail())

    def stop(self, graceSeconds: float) -> None:
        """End the process and remove the folder. Idempotent."""
        if self._release.detach() is not None:
            _end(self._transport, self.folder, graceSeconds)

    def _onLine(self, line: str) -> None:
        if self._isRetired:
            return
        try:
            found = from_line(line, self._load)
        except RABSegmentError as error:
            self.problem = error
        except (KeyError, OSError, TypeError, ValueError) as error:
            self.problem = unreadableError(error)
        if self.problem is not None:
            self.retire()
        elif found is not None:
            self._handOut(*found)

    def _handOut(self, requestId: Any, event: WorkerEvent) -> None:
        if isinstance(event, Started):
            self._transport.workerPid = event.pid
        handler = self._onEvent()
        if handler is not None:
            handler(requestId, event)

    def _load(self, name: str) -> np.ndarray:
        self._checkFile(self.folder.path / name)
        return self.folder.take(name)


def _end(transport: Transport, folder: PrivateFolder, graceSeconds: float = 0.0) -> None:
    # The folder goes whatever happens: at the end of the interpreter Qt may be gone already.
    with contextlib.suppress(Exception):
        transport.stop(graceSeconds)
    folder.remove()


def _weakly(method: Callable[[str], None]) -> Callable[[str], None]:
    """A handler that does not keep its object alive."""
    found = weakref.WeakMethod(method)

    def handler(line: str) -> None:
        target = found()
        if target is not None:
            target(line)

    return handler
