"""One engine process with its temporary folder: both end together."""

from __future__ import annotations

import contextlib
import json
import signal
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from rabengine.errors import EngineError

from .PrivateFolder import EngineFolder
from .Start import engineEnvironment
from .Transport import EngineTransport

KILL_SIGNAL = 9
# What a launcher says of a Python that a signal ended; its own exit code does not tell.
LAUNCHER_WORDS = "exit abnormally"
AGAIN = "Segment again: the engine starts anew."


def crashError(exitCode: int | None, errorTail: Sequence[str]) -> EngineError:
    """The engine process ended by itself.

    Args:
        exitCode: -n where signal n ended it.
        errorTail: the last lines of its stderr.
    """
    lastLine = " ".join(errorTail[-1].split()) if errorTail else ""
    if exitCode == -KILL_SIGNAL or LAUNCHER_WORDS in lastLine:
        return EngineError(
            "The engine was ended by the system, probably because the memory of this computer ran out.",
            "Choose a smaller preset such as fast or close other programs, then segment again.",
        )
    said = f"; its last words: {lastLine.rstrip('.')}" if lastLine else ""
    return EngineError(f"The engine ended unexpectedly ({_reason(exitCode)}){said}.", AGAIN)


def silenceError(seconds: float) -> EngineError:
    """The engine process lives and says nothing."""
    return EngineError(
        f"The engine gave no sign of life for {seconds:g} seconds and was ended.",
        "Segment again: the engine starts anew; if it stays silent again, choose a smaller preset such as fast.",
    )


def unreadableError(error: Exception) -> EngineError:
    """An answer of the engine process is not what it should be."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return EngineError(f"An answer of the engine cannot be read ({reason}).", AGAIN)


def _reason(exitCode: int | None) -> str:
    if exitCode is None:
        return "no exit code"
    if exitCode >= 0:
        # Windows gives the number of an exception, which is known in this form.
        return f"exit code {exitCode}" if exitCode < 256 else f"exit code {exitCode:#x}"
    try:
        return f"signal {signal.Signals(-exitCode).name}"
    except ValueError:
        return f"signal {-exitCode}"


EventHandler = Callable[[dict[str, Any]], None]
WORKER_ARGUMENTS = ("-m", "rabengine.worker")


class EngineWorker:
    """A running `rabengine.worker`; also ends, and its folder goes, when it is forgotten or the interpreter ends.

    Args:
        transport: starts the process.
        pythonCommand: the Python to start.
        onEvent: a method that gets every event; it does not keep its object alive.

    Attributes:
        folder: where arrays go and come.
        cine: what its owner opened in it; None at first.

    Raises:
        EngineError: the process cannot be started.
    """

    def __init__(self, transport: EngineTransport, pythonCommand: Sequence[str], onEvent: EventHandler) -> None:
        self.folder = EngineFolder()
        self.cine: object | None = None
        self._transport = transport
        self._onEvent = weakref.WeakMethod(onEvent)
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

    def crash(self) -> EngineError:
        """Why it does not run any more."""
        return crashError(self._transport.exitCode, self._transport.errorTail())

    def stop(self, graceSeconds: float) -> None:
        """End the process and remove the folder. Idempotent."""
        if self._release.detach() is not None:
            _end(self._transport, self.folder, graceSeconds)

    def _onLine(self, line: str) -> None:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            return  # what a library printed
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            return
        if event["event"] == "ready" and event.get("id") is None:
            pid = event.get("pid")
            self._transport.workerPid = pid if isinstance(pid, int) else None
        handler = self._onEvent()
        if handler is not None:
            handler(event)


def _end(transport: EngineTransport, folder: EngineFolder, graceSeconds: float = 0.0) -> None:
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
