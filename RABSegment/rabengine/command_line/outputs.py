"""All outputs of a command or none: each is written beside its place, then all are moved there together."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from rabengine.errors import Cancelled, InputError

_STAGE_PREFIX = ".rabsegment-"


class Outputs:
    """The outputs of one run.

    Args:
        cancel: once it is set, nothing is put in place any more.
    """

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel
        self._stages: list[tuple[Path, Path]] = []
        self._lock = threading.Lock()
        self._is_abandoned = False

    def write(self, target: Path, writer: Callable[[Path], None]) -> None:
        """Let `writer` write `target` to a path of the same name, in a hidden folder beside its place.

        Raises:
            InputError: it cannot be written; the message names `target`.
            Cancelled: the run was cancelled.
        """
        staged = self._stage(target)
        try:
            writer(staged)
        except InputError as error:
            names = (str(staged), str(target))
            raise InputError(error.message.replace(*names), error.hint.replace(*names)) from error

    def commit(self) -> None:
        """Move everything that was written to its place.

        Raises:
            Cancelled: the run was cancelled before the first move.
            InputError: a target cannot be replaced.
        """
        with self._lock:
            if self._is_abandoned or self._cancel.is_set():
                raise Cancelled
            for staged, target in self._stages:
                try:
                    put_in_place(staged, target)
                except OSError as error:
                    raise InputError(
                        f"{target} cannot be replaced ({error.strerror}).", "Close it or choose another name."
                    ) from error
        self.discard()

    def discard(self) -> None:
        """Remove what is not in its place."""
        for staged, _target in self._stages:
            # A thread that is being abandoned may add a file while the folder is being emptied.
            for _ in range(3):
                shutil.rmtree(staged.parent, ignore_errors=True)
                if not staged.parent.exists():
                    break

    def abandon(self) -> bool:
        """Remove what is staged and refuse further work; False when outputs are being put in place."""
        if not self._lock.acquire(timeout=0.1):
            return False
        try:
            self._is_abandoned = True
            self.discard()
        finally:
            self._lock.release()
        return True

    def _stage(self, target: Path) -> Path:
        with self._lock:
            if self._is_abandoned or self._cancel.is_set():
                raise Cancelled
            try:
                folder = Path(tempfile.mkdtemp(prefix=_STAGE_PREFIX, dir=target.absolute().parent))
            except OSError as error:
                raise InputError(
                    f"{target} cannot be written ({error.strerror}).",
                    "Choose a folder that you may write to, on a disk with room.",
                ) from error
            staged = folder / target.name
            self._stages.append((staged, target))
        return staged


def put_in_place(staged: Path, target: Path) -> None:
    """Move a file or folder to `target`, in place of what is there."""
    if not target.is_dir():
        staged.replace(target)
        return
    # A folder does not replace another in one step: the earlier one goes to the stage and ends with it.
    previous = staged.with_name(f"{target.name}.previous")
    target.rename(previous)
    try:
        staged.rename(target)
    except OSError:
        previous.rename(target)
        raise
