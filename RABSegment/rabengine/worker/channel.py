"""The way out of the worker: its events on the real stdout, and the arrays that go with them in files."""

from __future__ import annotations

import itertools
import os
import sys
import threading
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rabengine.errors import EngineError, InputError
from rabengine.io.files.atomic import atomic_file
from rabengine.io.files.owned_folder import exit_now

# Counted over the life of the process, so that no event names a file that an earlier one named.
_file_numbers = itertools.count()


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


def save_array(folder: Path, kind: str, array: np.ndarray) -> str:
    """Write an array into a new file that never holds a part of it; returns its name.

    Args:
        folder: of the file.
        kind: what the array is, for the name.

    Raises:
        EngineError: it cannot be written.
    """
    path = folder.absolute() / f"{next(_file_numbers):06d}_{kind}.npy"
    try:
        with atomic_file(path) as unfinished, unfinished.open("wb") as stream:
            np.save(stream, array, allow_pickle=False)
    except InputError as error:
        raise EngineError(error.message, "Make room on that disk.") from error
    return str(path)
