"""Outputs appear whole or not at all: they are written beside their place and moved there at the end."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import InputError


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a name to write to; the file takes its place at `path` when the block ends without an error.

    Raises:
        InputError: the file cannot be written, such as on a full disk.
    """
    unfinished = _name_beside(path)
    with as_input_error(path):
        try:
            yield unfinished
            os.replace(unfinished, path)  # noqa: PTH105 - the one call that is atomic everywhere
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a new empty folder to fill; it takes the place of `path` when the block ends without an error.

    What was at `path` is removed only after that, and put back if the move fails.

    Raises:
        InputError: the folder or a file in it cannot be written.
    """
    unfinished, previous = _name_beside(path), _name_beside(path)
    with as_input_error(path):
        try:
            unfinished.mkdir()
            yield unfinished
            if path.exists():
                path.rename(previous)
            try:
                unfinished.rename(path)
            except OSError:
                if previous.exists():
                    previous.rename(path)
                raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.rmtree(previous, ignore_errors=True)


@contextmanager
def as_input_error(path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into one sentence about `path`.

    Raises:
        InputError: in place of the OSError.
    """
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror or error}).",
            "Choose a folder that you may write to, on a disk with room.",
        ) from error


def _name_beside(path: Path) -> Path:
    """A name in the same folder, hidden and new, with the same ending."""
    return path.parent / f".unfinished-{uuid.uuid4().hex[:8]}-{path.name}"
