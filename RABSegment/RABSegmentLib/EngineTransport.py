"""What the engine client asks of the process that runs the engine, however that is started."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LineHandler = Callable[[str], None]


class EngineTransport(ABC):
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
        """The last lines of stderr, at most 20."""

    @abstractmethod
    def stop(self, graceSeconds: float) -> None:
        """End the process and those it started; nothing is handed out any more, and nothing stays behind.

        Its stdin is closed first; what has not ended `graceSeconds` later is terminated, then killed. Idempotent.
        """
