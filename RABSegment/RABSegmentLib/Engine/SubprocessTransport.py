"""The engine process through `subprocess`: in any Python without Qt."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from rabengine.errors import EngineError
from RABSegmentLib.Translation import tr as _

from .Processes import IS_WINDOWS, KILL_SECONDS, TERMINATE_SECONDS, killGroup, killWindowsTree
from .Transport import LineHandler, ProcessOutput, Transport

CHUNK_BYTES = 65536
# What is left in a pipe once its writer is gone is read in no time.
REST_SECONDS = 2.0


class SubprocessTransport(Transport):
    """Reads and writes in threads, which only fill and empty queues: every handler is called from `poll`."""

    def __init__(self) -> None:
        super().__init__()
        self._process: subprocess.Popen[bytes] | None = None
        self._output: ProcessOutput | None = None
        self._arrived: queue.SimpleQueue[tuple[bool, bytes]] = queue.SimpleQueue()
        self._toSend: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._readers: list[threading.Thread] = []
        self._isOver = False

    def start(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, onLine: LineHandler) -> None:
        """See `Transport`; the process leads a group of its own."""
        options: dict[str, Any] = {"start_new_session": True}
        if IS_WINDOWS:
            options = {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
        try:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, **environment},
                cwd=folder,
                **options,
            )
        except OSError as error:
            raise EngineError(
                _("The engine cannot be started with {program} ({reason}).").format(
                    program=command[0], reason=error.strerror or error
                ),
                _("Check that this Python is still installed."),
            ) from error
        self._process, self._output = process, ProcessOutput(onLine)
        _startThread(_write, process.stdin, self._toSend)
        self._readers = [
            _startThread(_read, stream, isError, self._arrived)
            for stream, isError in ((process.stdout, False), (process.stderr, True))
        ]

    def send(self, line: str) -> None:
        """See `Transport`."""
        self._toSend.put(line.encode("utf-8") + b"\n")

    def poll(self, seconds: float) -> None:
        """See `Transport`."""
        if self._output is not None:
            self._take(0.0 if self._output.hasLines else seconds)
            self._output.deliver()

    @property
    def isRunning(self) -> bool:
        """See `Transport`."""
        if self._process is None or self._output is None:
            return False
        if self._process.poll() is None:
            return True
        self._endRest()
        self._take(0.0)
        return self._output.hasLines

    @property
    def exitCode(self) -> int | None:
        """See `Transport`."""
        return None if self._process is None else self._process.poll()

    def errorTail(self) -> list[str]:
        """See `Transport`."""
        return [] if self._output is None else self._output.errorTail()

    def stop(self, graceSeconds: float) -> None:
        """See `Transport`."""
        if self._process is None or self._output is None:
            return
        self._output.close()
        self._toSend.put(None)
        if not self._hasEnded(graceSeconds):
            self._end(self._process)
        self._endRest()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if not IS_WINDOWS:
            process.send_signal(signal.SIGTERM)
            if not self._hasEnded(TERMINATE_SECONDS):
                killGroup(process.pid)
        else:
            killWindowsTree(process.pid)
        self._hasEnded(KILL_SECONDS)

    def _hasEnded(self, seconds: float) -> bool:
        """Whether it ends within `seconds`; waiting also keeps it from staying a zombie."""
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, seconds))
        return self._process.returncode is not None

    def _endRest(self) -> None:
        """End what the process left behind, which could also keep its pipes open; once it is over itself."""
        if self._isOver or self._process is None or self._process.returncode is None:
            return
        self._isOver = True
        if not IS_WINDOWS:
            killGroup(self._process.pid)
        self._toSend.put(None)
        for reader in self._readers:
            if reader is not threading.current_thread():
                reader.join(REST_SECONDS)

    def _take(self, seconds: float) -> None:
        """Move what has arrived to the output."""
        assert self._output is not None
        with contextlib.suppress(queue.Empty):
            isError, data = self._arrived.get(timeout=max(0.0, seconds))
            while True:
                (self._output.addError if isError else self._output.addOutput)(data)
                isError, data = self._arrived.get_nowait()


def _startThread(work: Any, *arguments: Any) -> threading.Thread:
    # A daemon: one that still reads must not hold an interpreter that ends.
    thread = threading.Thread(target=work, args=arguments, name="rabsegment-engine", daemon=True)
    thread.start()
    return thread


def _read(stream: IO[bytes], isError: bool, arrived: queue.SimpleQueue[tuple[bool, bytes]]) -> None:
    with contextlib.suppress(OSError), stream:
        while data := os.read(stream.fileno(), CHUNK_BYTES):
            arrived.put((isError, data))
    arrived.put((isError, b""))  # wakes up who waits for a process that is gone


def _write(stream: IO[bytes], toSend: queue.SimpleQueue[bytes | None]) -> None:
    with contextlib.suppress(OSError), stream:
        while (data := toSend.get()) is not None:
            stream.write(data)
            stream.flush()
