"""Where the marks of a cine are kept: beside it, or where this user's programs keep their state."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from itertools import islice
from pathlib import Path

from rabengine.io.files.atomic import sweep_stages, write_whole
from RABSegmentLib.Session.KeptMarks import SUFFIX, MarksHeader, headerOf

_MOST_LOOKS = 500  # files of marks in the cine's folder that are looked into
_LAST = "last.json"
_EARLIER = ".earlier"  # of what another beginning took the place of


def state_folder() -> Path:
    """Of this program; it need not exist."""
    given = os.environ.get("XDG_STATE_HOME", "")
    if given and Path(given).is_absolute():
        return Path(given) / "rabsegment"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "rabsegment" / "state"
    return Path.home() / ".local" / "state" / "rabsegment"


class KeptPlaces:
    """The places for the marks of one cine.

    Args:
        digest: of its pixels, by which it is found again wherever it lies.
        source: the file or folder that it was read from, None where that goes away, as an upload does.
    """

    def __init__(self, digest: str, source: Path | None) -> None:
        self.digest = digest
        self._turn = threading.Lock()
        self._number = 0
        self._source = source
        self._own = state_folder() / "marks" / f"{digest}{SUFFIX}"
        self._beside = None if source is None else source.absolute().parent / f"{source.name}{SUFFIX}"

    def find(self) -> tuple[Path, MarksHeader] | None:
        """The newest file with marks of this cine, None where there is none."""
        candidates = [self._own]
        if self._beside is not None:
            sweep_stages(self._beside.parent)
            with contextlib.suppress(OSError):
                candidates += islice(self._beside.parent.glob(f"*{SUFFIX}"), _MOST_LOOKS)
        with contextlib.suppress(OSError, ValueError):
            candidates.append(Path(self._pointer.read_text(encoding="utf-8").strip()))
        found = [(path, headerOf(path)) for path in candidates]
        ours = [(path, header) for path, header in found if header is not None and header.digest == self.digest]
        return max(ours, key=lambda one: one[1].time, default=None)

    def write(self, content: bytes, number: int) -> Path | None:
        """Keep this, as a whole; what was there stays until it is. Returns where it is.

        Args:
            content: of a file of marks.
            number: of this state of the marks, rising; one that comes after a later one is not written, None then.

        Raises:
            OSError: neither place can be written to.
        """
        with self._turn:
            if number < self._number:
                return None
            self._number = number
            return self._written(content)

    def _written(self, content: bytes) -> Path:
        if self._beside is not None:
            with contextlib.suppress(OSError):
                header = headerOf(self._beside)
                if header is not None and header.digest != self.digest:
                    set_aside(self._beside)  # of another cine that had this name
                _write(self._beside, content)
                with contextlib.suppress(OSError):
                    _write(self._pointer, str(self._beside).encode())
                    _write(state_folder() / _LAST, json.dumps({"cine": str(self._source)}).encode())
                return self._beside
        _write(self._own, content)
        return self._own

    @property
    def _pointer(self) -> Path:
        """Names the file beside a cine, for one that is moved without it."""
        return self._own.with_suffix(".where")


def set_aside(path: Path) -> None:
    """Keep a file of marks under another name too, before others take its place; it is never missing."""
    with contextlib.suppress(OSError):
        _write(path.with_name(path.name + _EARLIER), path.read_bytes())


def last_cine() -> Path | None:
    """The cine whose marks were kept last beside it, None where it is gone."""
    try:
        path = Path(json.loads((state_folder() / _LAST).read_text(encoding="utf-8"))["cine"])
        return path if path.is_absolute() and path.exists() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, content: bytes) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, mode=0o700)
    write_whole(path, content)
