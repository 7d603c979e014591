"""Frames as they are read, gathered in memory, or on disk when they are many."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import IO

import numpy as np

from rabengine.errors import InputError
from rabengine.io.files.nameless_file import map_array, nameless_file

MEMORY_LIMIT_BYTES = 512 * 2**20
LARGEST_VARIABLE = "RABSEGMENT_LARGEST_BYTES"  # of the environment: frames that take more are refused
appended = 0  # frames so far, of all buffers: tells a reader that is slow from one that hangs


class FrameBuffer:
    """Collects frames of one size and dtype; use as a context manager.

    Past `limit` bytes the frames go to a temporary file without a name, and `finish` returns a memory map of it. The
    file is gone with that array, or with the process, however that ends.

    Args:
        expected: how many frames will come, 0 when unknown; only avoids copies.
        limit: how many bytes may be held in memory, MEMORY_LIMIT_BYTES by default.
    """

    def __init__(self, expected: int = 0, limit: int | None = None) -> None:
        self._expected = expected
        self._limit = MEMORY_LIMIT_BYTES if limit is None else limit
        self._count = 0
        self._frame: np.ndarray | None = None  # the first one: every other must be like it
        self._memory: np.ndarray | None = None
        self._file: IO[bytes] | None = None

    def __enter__(self) -> FrameBuffer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._memory = None
        if self._file is not None:
            with suppress(OSError):  # nobody wants what it holds any more
                self._file.close()
            self._file = None

    @property
    def count(self) -> int:
        """How many frames have come so far."""
        return self._count

    def append(self, frame: np.ndarray) -> None:
        """Add one frame.

        Raises:
            InputError: the frame is not of the first one's size, or the temporary folder is full.
        """
        if self._frame is None:
            self._frame = np.array(frame)
            self._require_allowed(self._expected)
        elif frame.shape != self._frame.shape or frame.dtype != self._frame.dtype:
            raise InputError(
                f"Frame {self._count} is {describe(frame)}, but the first frame is {describe(self._frame)}.",
                "Give frames of one size and pixel type.",
            )
        if self._file is None and (self._count + 1) * self._frame.nbytes > self._limit:
            self._move_to_disk()
        self._require_allowed(self._count + 1)
        if self._file is not None:
            self._write(np.ascontiguousarray(frame))
        else:
            self._room_in_memory()[self._count] = frame
        self._count += 1
        global appended
        appended += 1

    def finish(self) -> np.ndarray:
        """All frames as one writable (T, ...) array. The buffer is empty afterwards."""
        if self._frame is None:
            return np.empty((0, 0, 0), np.uint8)
        shape = (self._count, *self._frame.shape)
        if self._file is None:
            assert self._memory is not None
            frames, self._memory = self._memory[: self._count], None
            return frames
        with _as_input_error(), self._file as file:
            self._file = None
            return map_array(file, self._frame.dtype, shape)

    def _room_in_memory(self) -> np.ndarray:
        assert self._frame is not None
        if self._memory is None:
            fitting = max(self._limit // max(self._frame.nbytes, 1), 1)
            capacity = min(max(self._expected, 16), fitting)  # a header may promise too much
            self._memory = np.empty((capacity, *self._frame.shape), self._frame.dtype)
        if self._count == len(self._memory):
            grown = (self._count + self._count // 2 + 1, *self._frame.shape)
            self._memory.resize(grown, refcheck=False)
        return self._memory

    def _require_allowed(self, count: int) -> None:
        """Refuse what a small file declares, before it is unpacked, or as soon as it turns out to be too much."""
        assert self._frame is not None
        most = os.environ.get(LARGEST_VARIABLE, "")
        if most.isdecimal() and count * self._frame.nbytes > int(most):
            raise InputError(
                f"The frames take {count * self._frame.nbytes / 2**30:.1f} GB or more, and {int(most) / 2**30:g} GB is "
                "the most that can be shown.",
                "Open a shorter part of it, or one with smaller frames.",
            )

    def _move_to_disk(self) -> None:
        self._require_room()
        with _as_input_error():
            self._file = nameless_file()
        if self._memory is not None:
            self._write(self._memory[: self._count])
            self._memory = None

    def _require_room(self) -> None:
        """Refuse what will not fit before the disk is full."""
        assert self._frame is not None
        folder = tempfile.gettempdir()
        wanted, free = self._expected * self._frame.nbytes, shutil.disk_usage(folder).free
        if wanted > free:
            raise InputError(
                f"The frames take {wanted / 2**30:.1f} GB and do not fit into the temporary folder {folder}.",
                "Free some space there, or set TMPDIR to a folder that has more.",
            )

    def _write(self, block: np.ndarray) -> None:
        assert self._file is not None
        with _as_input_error():
            self._file.write(block.data)


@contextmanager
def _as_input_error() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"The frames do not fit into the temporary folder {tempfile.gettempdir()} ({error.strerror or error}).",
            "Free some space there, or set TMPDIR to a folder that has more.",
        ) from error


def describe(frame: np.ndarray) -> str:
    """A frame's size and pixel type in words, such as "320 x 240 uint8 colour"."""
    rows, columns = frame.shape[:2]
    return f"{columns} x {rows} {frame.dtype}{' colour' if frame.ndim == 3 else ''}"
