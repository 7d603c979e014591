"""What the engine client asks of the process that runs the engine, however that is started."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LineHandler = Callable[[str], None]
TAIL_LINES = 20  # of stderr


class Transport(ABC):
    """One process that takes lines on its stdin and gives lines on its stdout. Use it in one thread.

    Attributes:
        workerPid: the process that does the work where the one that was started only launched it; `stop` ends it too.
    """

    def __init__(self) -> None:
        self.workerPid: int | None = None

    @abstractmethod
    def start(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, onLine: LineHandler) -> None:
        """Start the process; call it once.

        Args:
            command: program and arguments.
            environment: variables to set beside those of this process.
            folder: where it runs.
            onLine: gets every complete line of stdout, without its end, in the thread that calls `poll` (or in that
                of the event loop), one after the other also when it calls `poll` itself.

        Raises:
            EngineError: it cannot be started.
        """

    @abstractmethod
    def send(self, line: str) -> None:
        """Write a line to stdin; returns at once, also when the process is gone or does not read."""

    @abstractmethod
    def poll(self, seconds: float) -> None:
        """Hand out the lines that are there; waits up to `seconds` for something to arrive."""

    @property
    @abstractmethod
    def isRunning(self) -> bool:
        """Whether the process lives or has left lines that `poll` has not handed out yet."""

    @property
    @abstractmethod
    def exitCode(self) -> int | None:
        """None while it lives; -n where signal n ended it."""

    @abstractmethod
    def errorTail(self) -> list[str]:
        """The last lines of stderr, at most TAIL_LINES."""

    @abstractmethod
    def stop(self, graceSeconds: float) -> None:
        """End the process and those it started; nothing is handed out any more, and nothing stays behind.

        Its stdin is closed first; what has not ended `graceSeconds` later is terminated, then killed. Idempotent.
        """


class ProcessOutput:
    """Lines of stdout that wait for `deliver`, and the last lines of stderr.

    Args:
        onLine: gets each complete line of stdout.
    """

    def __init__(self, onLine: LineHandler) -> None:
        self._onLine = onLine
        self._unfinished = b""
        self._lines: deque[str] = deque()
        self._isDelivering = False
        self._isClosed = False
        self._unfinishedError = b""
        self._errorLines: deque[str] = deque(maxlen=TAIL_LINES)

    @property
    def hasLines(self) -> bool:
        """Whether lines wait."""
        return bool(self._lines)

    def addOutput(self, data: bytes) -> None:
        """Take a piece of stdout, wherever it was cut."""
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        if not self._isClosed:
            self._lines += map(_text, lines)

    def addError(self, data: bytes) -> None:
        """Take a piece of stderr."""
        *lines, self._unfinishedError = (self._unfinishedError + data).split(b"\n")
        self._errorLines += [_text(line) for line in lines if line.strip()]

    def deliver(self) -> None:
        """Hand out what waits; does nothing inside itself, so that a handler that runs an event loop is left alone."""
        if self._isDelivering:
            return
        self._isDelivering = True
        try:
            while self._lines:
                self._onLine(self._lines.popleft())
        finally:
            self._isDelivering = False

    def close(self) -> None:
        """Hand out nothing any more."""
        self._isClosed = True
        self._lines.clear()

    def errorTail(self) -> list[str]:
        """The last lines of stderr."""
        rest = [_text(self._unfinishedError)] if self._unfinishedError.strip() else []
        return [*self._errorLines, *rest][-TAIL_LINES:]


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
