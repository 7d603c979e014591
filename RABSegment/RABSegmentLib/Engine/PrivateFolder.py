"""The private folder in which arrays go to the engine process and come back."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO

import numpy as np

from rabengine.errors import EngineError

PREFIX = "rabsegment-engine-"
# Locked as long as the folder's owner lives, so that what a crashed Slicer left behind is told from what is in use.
LOCK_FILE = "owner.lock"


class EngineFolder:
    """A new folder for temporary files that nobody else can read; makes room first by removing orphaned ones.

    Raises:
        EngineError: it cannot be made.
    """

    def __init__(self) -> None:
        self._files = 0
        removeOrphans()
        try:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        except OSError as error:
            raise _cannotWrite(error) from error
        self._lock: IO[bytes] | None = _lock(self.path / LOCK_FILE)
        if self._lock is None:
            # A folder without this file is never taken for an orphan.
            (self.path / LOCK_FILE).unlink(missing_ok=True)

    def save(self, kind: str, array: np.ndarray) -> str:
        """Write an array into a new file; returns its name, which begins with `kind`.

        Raises:
            EngineError: it cannot be written.
        """
        self._files += 1
        name = f"{kind}-{self._files:06d}.npy"
        try:
            np.save(self.path / name, np.asarray(array), allow_pickle=False)
        except OSError as error:
            self.discard(name)
            raise _cannotWrite(error) from error
        return name

    def take(self, name: str) -> np.ndarray:
        """Read an array and remove its file.

        Raises:
            OSError, ValueError: there is no complete array.
        """
        try:
            return np.load(self.path / name, allow_pickle=False)
        finally:
            self.discard(name)

    def discard(self, name: str) -> None:
        """Remove a file that may be gone."""
        with contextlib.suppress(OSError):
            (self.path / name).unlink()

    def discardAll(self, kind: str) -> None:
        """Remove every file that was saved as `kind`."""
        for path in self.path.glob(f"{kind}-*.npy"):
            self.discard(path.name)

    def remove(self) -> None:
        """Remove the folder with all that is in it. Idempotent."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        shutil.rmtree(self.path, ignore_errors=True)


def removeOrphans() -> None:
    """Remove the folders of programs that ended without the chance to do so: a cine is large."""
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        with contextlib.suppress(OSError):
            lockFile = folder / LOCK_FILE
            if not lockFile.is_file() or not _isMine(folder):
                continue
            lock = _lock(lockFile)
            if lock is not None:
                lock.close()
                shutil.rmtree(folder, ignore_errors=True)


def _isMine(folder: Path) -> bool:
    return sys.platform == "win32" or (not folder.is_symlink() and folder.stat().st_uid == os.getuid())


def _lock(path: Path) -> IO[bytes] | None:
    """The file, open and locked until it is closed; None where another holds it or the disk knows no locks."""
    try:
        stream = path.open("ab")
    except OSError:
        return None
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        return None
    return stream


def _cannotWrite(error: OSError) -> EngineError:
    return EngineError(
        f"The folder for temporary files, {tempfile.gettempdir()}, cannot be written ({error.strerror or error}).",
        "Make room on that disk, or set TMPDIR (on Windows TEMP) to a folder on another.",
    )
