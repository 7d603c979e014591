"""The engine process through Qt's QProcess: inside Slicer."""

from __future__ import annotations

import signal
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rabengine.errors import EngineError
from RABSegmentLib.Translation import tr as _

from .Processes import IS_WINDOWS, KILL_SECONDS, TERMINATE_SECONDS, descendants, killWindowsTree, signalProcess
from .Transport import LineHandler, ProcessOutput, Transport

START_SECONDS = 30.0


class QProcessTransport(Transport):
    """Lines are handed out as they arrive while the event loop runs, and by `poll` where it does not."""

    def __init__(self) -> None:
        super().__init__()
        import qt

        self._kinds: Any = qt.QProcess
        self._process: Any = qt.QProcess()
        self._output: ProcessOutput | None = None
        self._isWaiting = False

    def start(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, onLine: LineHandler) -> None:
        """See `Transport`."""
        import qt

        variables = qt.QProcessEnvironment.systemEnvironment()
        for name, value in environment.items():
            variables.insert(name, value)
        process = self._process
        process.setProcessEnvironment(variables)
        process.setWorkingDirectory(str(folder))
        self._output = ProcessOutput(onLine)
        process.connect("readyReadStandardOutput()", _weakly(self._onReadyRead))
        process.connect("readyReadStandardError()", _weakly(self._take))
        process.start(command[0], list(command[1:]))
        if not process.waitForStarted(_milliseconds(START_SECONDS)):
            raise EngineError(
                _("The engine cannot be started with {program} ({reason}).").format(
                    program=command[0], reason=process.errorString()
                ),
                _("Check that this Slicer is installed completely."),
            )

    def send(self, line: str) -> None:
        """See `Transport`."""
        if self._isAlive:
            self._process.write(line.encode("utf-8") + b"\n")

    def poll(self, seconds: float) -> None:
        """See `Transport`."""
        if self._output is None:
            return
        if self._isAlive:
            before, self._isWaiting = self._isWaiting, True
            self._process.waitForReadyRead(0 if self._output.hasLines else _milliseconds(seconds))
            self._isWaiting = before
        self._take()
        self._output.deliver()

    @property
    def isRunning(self) -> bool:
        """See `Transport`."""
        if self._output is None:
            return False
        if self._isAlive:
            return True
        self._take()
        return self._output.hasLines

    @property
    def exitCode(self) -> int | None:
        """See `Transport`."""
        if self._output is None or self._isAlive:
            return None
        code = int(self._process.exitCode())
        # Where a signal ended it, Qt gives the signal's number.
        return -code if self._process.exitStatus() == self._kinds.CrashExit and not IS_WINDOWS else code

    def errorTail(self) -> list[str]:
        """See `Transport`."""
        if self._output is None:
            return []
        self._take()
        return self._output.errorTail()

    def stop(self, graceSeconds: float) -> None:
        """See `Transport`."""
        if self._output is None:
            return
        self._output.close()
        if not self._isAlive:
            return
        self._process.closeWriteChannel()
        if self._hasEnded(graceSeconds):
            return
        pid = int(self._process.processId())
        if IS_WINDOWS:
            killWindowsTree(pid)
        else:
            self._endTree(pid)
        self._process.kill()
        self._hasEnded(KILL_SECONDS)

    def _endTree(self, pid: int) -> None:
        # A launcher that is ended first leaves its child to itself; it ends by itself once that is gone.
        others = {self.workerPid or pid, *descendants(pid)} - {pid}
        for other in others or {pid}:
            signalProcess(other, signal.SIGTERM)
        self._hasEnded(TERMINATE_SECONDS)
        for other in others:
            signalProcess(other, signal.SIGKILL)

    @property
    def _isAlive(self) -> bool:
        return bool(self._process.state() != self._kinds.NotRunning)

    def _hasEnded(self, seconds: float) -> bool:
        self._process.waitForFinished(_milliseconds(seconds))
        return not self._isAlive

    def _onReadyRead(self) -> None:
        self._take()
        # What a handler raises is lost in a signal; from `poll` it reaches the caller.
        if self._output is not None and not self._isWaiting:
            self._output.deliver()

    def _take(self) -> None:
        """Move what has arrived to the output."""
        if self._output is not None:
            # What holds nothing may give None.
            self._output.addOutput(bytes(self._process.readAllStandardOutput().data() or b""))
            self._output.addError(bytes(self._process.readAllStandardError().data() or b""))


def _weakly(method: Callable[[], None]) -> Callable[[], None]:
    """A handler that does not keep its object alive: the process that holds it belongs to that object."""
    found = weakref.WeakMethod(method)

    def handler() -> None:
        target = found()
        if target is not None:
            target()

    return handler


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
