"""The one way out to the parent process."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any, BinaryIO

from rabengine.event_json import to_line
from rabengine.io.owned_folder import exit_now


class Channel:
    """Writes events to `stream`, one line each, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, event: str, request_id: Any, **fields: Any) -> None:
        """Write one event; ends the process when nobody reads them any more."""
        line = to_line({"event": event, "id": request_id, **fields}).encode("ascii") + b"\n"
        with self._lock:
            try:
                self._stream.write(line)
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
