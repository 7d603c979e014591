"""Keep what native libraries print out of the user's sight; we say what went wrong ourselves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import SimpleITK


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silence ITK's and GDCM's warnings, which are written to file descriptor 2, past Python's sys.stderr."""
    warnings_shown = SimpleITK.ProcessObject.GetGlobalWarningDisplay()
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    saved = _redirect_stderr()
    try:
        yield
    finally:
        if saved is not None:
            os.dup2(saved, 2)
            os.close(saved)
        SimpleITK.ProcessObject.SetGlobalWarningDisplay(warnings_shown)


def _redirect_stderr() -> int | None:
    """Point descriptor 2 at nothing; a copy of the old one, or None in a program without stderr."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
        saved = os.dup(2)
    except OSError:
        return None
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    os.close(nothing)
    return saved
