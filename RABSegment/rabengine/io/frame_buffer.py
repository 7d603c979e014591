"""Frames gathered one by one, in memory while they are few, on disk when they are many."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from ..errors import InputError

MEMORY_LIMIT_BYTES = 512 * 2**20

appended = 0  # frames so far, of all buffers: tells a reader that is slow from one that hangs


class FrameBuffer:
    """Collects frames of one size and dtype; use as a context manager.

    Past `limit` bytes the frames go to a file in a private temporary folder, and `finish` returns a memory
    map of it. The folder is removed when that array is garbage-collected, or when the interpreter ends.

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
        self._folder: str | None = None
        self._file: IO[bytes] | None = None

    def __enter__(self) -> FrameBuffer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._memory = None
        if self._file is not None:
            self._file.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

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
        elif frame.shape != self._frame.shape or frame.dtype != self._frame.dtype:
            raise InputError(
                f"Frame {self._count} is {describe(frame)}, but the first frame is {describe(self._frame)}.",
                "Give frames of one size and pixel type.",
            )
        if self._file is None and (self._count + 1) * self._frame.nbytes > self._limit:
            self._move_to_disk()
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
        assert self._folder is not None
        self._file.close()
        mapped = np.memmap(self._file.name, dtype=self._frame.dtype, mode="r+", shape=shape)
        # Views of the array keep the map itself alive, so the folder must live as long as the map.
        weakref.finalize(mapped._mmap, shutil.rmtree, self._folder, ignore_errors=True)  # type: ignore[attr-defined]
        self._file, self._folder = None, None
        return mapped

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

    def _move_to_disk(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="rabsegment-")
        self._require_room()
        self._file = (Path(self._folder) / "frames.raw").open("wb")
        if self._memory is not None:
            self._write(self._memory[: self._count])
            self._memory = None

    def _require_room(self) -> None:
        """Refuse what will not fit before the disk is full."""
        assert self._frame is not None and self._folder is not None
        wanted, free = self._expected * self._frame.nbytes, shutil.disk_usage(self._folder).free
        if wanted > free:
            raise InputError(
                f"The frames take {wanted / 2**30:.1f} GB and do not fit into the temporary folder {self._folder}.",
                "Free some space there, or set TMPDIR to a folder that has more.",
            )

    def _write(self, block: np.ndarray) -> None:
        assert self._file is not None
        try:
            self._file.write(block.data)
        except OSError as error:
            raise InputError(
                f"The frames do not fit into the temporary folder {self._folder} ({error.strerror}).",
                "Free some space there, or set TMPDIR to a folder that has more.",
            ) from error


def describe(frame: np.ndarray) -> str:
    """A frame's size and pixel type in words, such as "320 x 240 uint8 colour"."""
    rows, columns = frame.shape[:2]
    return f"{columns} x {rows} {frame.dtype}{' colour' if frame.ndim == 3 else ''}"
