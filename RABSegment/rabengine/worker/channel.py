"""The way out of the worker: lines on the real stdout."""

from __future__ import annotations

import os
import sys
import threading
from typing import BinaryIO

from rabengine.io.files.owned_folder import exit_now


class Channel:
    """Writes lines to `stream`, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, line: str) -> None:
        """Write a line of ASCII without its end; ends the process when nobody reads them any more."""
        with self._lock:
            try:
                self._stream.write(line.encode("ascii") + b"\n")
                self._stream.flush()
            except OSError:
                # The parent is gone, so there is nobody left to work for, or to tell.
                exit_now(0)


def take_over_stdout() -> BinaryIO:
    """The real stdout; whatever else the process prints, also from C, goes to stderr from now on."""
    private = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return private
