"""All temporary files of the program in one private folder, which goes with it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from RABSegmentLib.EngineFolder import EngineFolder

_VARIABLES = ("TMPDIR", "TEMP", "TMP")


@contextmanager
def private_temporary_files() -> Iterator[None]:
    """Also those of libraries, and of processes that are started inside the block.

    A program that is killed leaves the folder; the next one that makes such a folder removes it.

    Raises:
        EngineError: the folder cannot be made.
    """
    folder, before, variables = EngineFolder(), tempfile.tempdir, {name: os.environ.get(name) for name in _VARIABLES}
    tempfile.tempdir = str(folder.path)
    os.environ.update(dict.fromkeys(_VARIABLES, str(folder.path)))
    try:
        yield
    finally:
        tempfile.tempdir = before
        for name, value in variables.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        folder.remove()
