"""What a process writes, from bytes to lines handed out in order."""

from __future__ import annotations

from collections import deque

from .EngineTransport import LineHandler

TAIL_LINES = 20


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
