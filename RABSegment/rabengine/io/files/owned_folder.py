"""Folders that a run makes for itself: they go with it, and those of a run that was killed go with the next one."""

from __future__ import annotations

import atexit
import os
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn

from rabengine.errors import Cancelled

TEMPORARY_PREFIX = "rabsegment-"
# Locked as long as the folder's owner lives; a folder without it is nobody's whom we know, and is left alone.
LOCK_FILE = "rabsegment-owner.lock"

_ATTEMPTS = 3  # a thread that is being abandoned may add a file while its folder is emptied
# Held while folders are made and removed, and while outputs are put in place.
guard = threading.RLock()
_live: list[OwnedFolder] = []
_is_ending = False
_LOCKED_BYTE = 1 << 20


class OwnedFolder:
    """A new folder that nobody else can read; also a context manager, which removes it.

    Args:
        prefix: of its name.
        parent: the folder to make it in, that for temporary files by default.

    Raises:
        OSError: it cannot be made.
        Cancelled: the process is ending.
    """

    def __init__(self, prefix: str = TEMPORARY_PREFIX, parent: Path | None = None) -> None:
        with guard:
            if _is_ending:
                raise Cancelled
            place = Path(tempfile.gettempdir() if parent is None else parent).absolute()
            self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
            self._identity = _identity(self.path)
            self._process = os.getpid()
            self._lock = _lock_new(self.path)
            if not _live:
                atexit.unregister(remove_all)
                atexit.register(remove_all)
            _live.append(self)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder that was made, and never another that stands in its place. Idempotent."""
        with guard:
            if self in _live:
                _live.remove(self)
            if self._process != os.getpid():
                return  # a fork's copy
            if sys.platform == "win32":
                self._unlock()  # it could not be removed while it is open
            for _ in range(_ATTEMPTS):
                if _identity(self.path) != self._identity:
                    break
                shutil.rmtree(self.path, ignore_errors=True)
            self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def remove_all(is_ending: bool = False) -> None:
    """Remove every folder of this process; with `is_ending` none can be made any more."""
    global _is_ending
    with guard:
        _is_ending = _is_ending or is_ending
        for folder in list(_live):
            folder.remove()


def exit_now(code: int) -> NoReturn:
    """End the process without waiting for its threads, and leave none of its folders."""
    remove_all(is_ending=True)
    os._exit(code)


def sweep(
    parent: Path | None = None, prefix: str = TEMPORARY_PREFIX, rescue: Callable[[Path], bool] | None = None
) -> None:
    """Remove the folders of earlier processes that ended without the chance to do so.

    Only what is provably one: with a lock file, of this user and this computer, whose owner holds the lock no more.

    Args:
        parent, prefix: as for `OwnedFolder`.
        rescue: called with each before it is removed; False keeps it.
    """
    place = Path(tempfile.gettempdir() if parent is None else parent).absolute()
    with suppress(OSError):
        for folder in [entry for entry in place.iterdir() if entry.name.startswith(prefix)]:
            with suppress(OSError):
                _sweep_one(folder, rescue)


def _sweep_one(folder: Path, rescue: Callable[[Path], bool] | None) -> None:
    lock_file = folder / LOCK_FILE
    if folder.is_symlink() or lock_file.is_symlink() or not lock_file.is_file() or not _is_mine(folder):
        return
    if lock_file.read_text(encoding="utf-8", errors="replace") != _owner():
        return  # of another computer, whose locks may be unknown here
    lock = _lock(lock_file)
    if lock is None:
        return
    try:
        if rescue is not None and not rescue(folder):
            return
        if sys.platform == "win32":
            lock.close()
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.close()


def _owner() -> str:
    return platform.node()


def _is_mine(folder: Path) -> bool:
    return sys.platform == "win32" or folder.stat(follow_symlinks=False).st_uid == os.getuid()


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        facts = folder.stat(follow_symlinks=False)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _lock_new(folder: Path) -> IO[bytes] | None:
    """The folder's lock file, which has its name only once it is locked; None where the disk knows no locks."""
    unnamed = folder / (LOCK_FILE + ".new")
    with suppress(OSError):
        unnamed.write_text(_owner(), encoding="utf-8")
        lock = _lock(unnamed)
        if lock is not None and sys.platform != "win32":
            unnamed.rename(folder / LOCK_FILE)
            return lock
        if lock is not None:  # an open file has its name for good here
            lock.close()
            unnamed.rename(folder / LOCK_FILE)
            return _lock(folder / LOCK_FILE)
    with suppress(OSError):
        unnamed.unlink(missing_ok=True)
    return None


def _lock(path: Path) -> IO[bytes] | None:
    """The file, open and locked until it is closed; None where another holds it or the disk knows no locks."""
    try:
        stream = path.open("rb+")
    except OSError:
        return None
    try:
        if sys.platform == "win32":
            import msvcrt

            stream.seek(_LOCKED_BYTE)  # one past the text, which others must be able to read
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        return None
    return stream
