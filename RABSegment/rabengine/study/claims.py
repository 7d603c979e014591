"""Which process segments which cine: a claim names a folder that is there as long as its process lives.

The folder's lock goes with its process, however that ends, so a claim of this computer is given back at once. Of
another computer nothing is known but that it touches its folder now and then.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from rabengine.io.files.atomic import as_input_error
from rabengine.io.files.owned_folder import OwnedFolder, sweep

from .layout import WORK

PREFIX = "run-"
_PROBE = PREFIX + "now-"
TOUCH_SECONDS = 20.0
SILENT_SECONDS = 600.0  # after which another computer's process counts as gone


class OwnPresence:
    """This process among those that segment a study's cines; a context manager.

    Args:
        study: its folder.

    Attributes:
        name: of its claims. folder: which is there as long as this is.

    Raises:
        InputError: the study's folder cannot be written to.
    """

    def __init__(self, study: Path) -> None:
        self._work = study / WORK
        with as_input_error(self._work):
            self._work.mkdir(exist_ok=True)
            self._folder = OwnedFolder(PREFIX, self._work)
        self.folder = self._folder.path
        self.name = self.folder.name
        _own.append(self)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._touch, name="rabsegment-presence", daemon=True)
        self._thread.start()

    def __enter__(self) -> OwnPresence:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """This process has none of its claims any more."""
        self._ended.set()
        self._thread.join()
        with suppress(ValueError):
            _own.remove(self)
        self._folder.remove()

    def _touch(self) -> None:
        while not self._ended.wait(TOUCH_SECONDS):
            with suppress(OSError):
                os.utime(self._folder.path)


_own: list[OwnPresence] = []


def own_presences() -> tuple[OwnPresence, ...]:
    """Those of this process, one for each run."""
    return tuple(_own)


def living(study: Path) -> set[str]:
    """The names of the claims that are kept by a process which lives, as far as can be told."""
    work = study / WORK
    sweep(work, PREFIX)  # those that provably ended
    names: set[str] = set()
    with suppress(OSError):
        folders = [folder for folder in work.iterdir() if folder.name.startswith(PREFIX)]
        # By the clock of the disk's computer, which may differ from this one's.
        now = _time_of_disk(work) if folders else None
        for folder in folders:
            with suppress(OSError):
                if now is None or now - folder.stat().st_mtime < SILENT_SECONDS:
                    names.add(folder.name)
    return names


class ClaimWatch:
    """Tells another computer whether a claim is still kept: its folder is there, and is touched now and then.

    Args:
        study: its folder. claim: the name.
    """

    def __init__(self, study: Path, claim: str) -> None:
        self._folder = study / WORK / claim
        self._touched = 0.0
        self._seen = time.monotonic()  # by this computer's clock, which need not agree with the disk's

    def is_kept(self) -> bool:
        """Whether it is, as far as can be told; to be asked now and then."""
        try:
            touched = self._folder.stat().st_mtime
        except OSError:
            return False
        if touched != self._touched:
            self._touched, self._seen = touched, time.monotonic()
        return time.monotonic() - self._seen < SILENT_SECONDS


def _time_of_disk(work: Path) -> float | None:
    """None where it cannot be told, for the disk is read-only."""
    try:
        with OwnedFolder(_PROBE, work) as probe:
            return probe.stat().st_mtime
    except OSError:
        return None
