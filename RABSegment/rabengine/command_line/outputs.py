"""All outputs of a command or none: each is written beside its place, then all are moved there together."""

from __future__ import annotations

import shutil
import tempfile
import threading
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
        self._abandoned = False

    def stage(self, target: Path) -> Path:
        """A path to write in place of `target`: of the same name, in a new hidden folder beside it.

        Raises:
            InputError: the folder of `target` cannot be written to.
            Cancelled: the run has been abandoned.
        """
        with self._lock:
            if self._abandoned:
                raise Cancelled
            try:
                folder = Path(tempfile.mkdtemp(prefix=_STAGE_PREFIX, dir=target.absolute().parent))
            except OSError as error:
                raise InputError(
                    f"Nothing can be written beside {target} ({error.strerror}).", "Choose another place."
                ) from error
            staged = folder / target.name
            self._stages.append((staged, target))
        return staged

    def commit(self) -> None:
        """Move everything that was staged to its place.

        Raises:
            Cancelled: `cancel` was set before the first move.
            InputError: a target cannot be replaced.
        """
        with self._lock:
            if self._abandoned or self._cancel.is_set():
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
        """Remove whatever is still staged."""
        for staged, _target in self._stages:
            # A thread that is being abandoned may add a file while the folder is being emptied.
            for _ in range(3):
                shutil.rmtree(staged.parent, ignore_errors=True)
                if not staged.parent.exists():
                    break

    def abandon(self) -> bool:
        """Remove what is staged and refuse further work; False when the outputs are being put in place."""
        if not self._lock.acquire(timeout=0.1):
            return False
        try:
            self._abandoned = True
            self.discard()
        finally:
            self._lock.release()
        return True


def put_in_place(staged: Path, target: Path) -> None:
    """Move a file or folder of files to `target`; files already in a target folder under other names stay."""
    if staged.is_dir() and target.is_dir():
        for file in sorted(staged.iterdir()):
            file.replace(target / file.name)
        return
    staged.replace(target)
