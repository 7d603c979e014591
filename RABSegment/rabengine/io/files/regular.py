"""Refuse what is neither a file nor a folder: a pipe or a device may never end."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from rabengine.errors import InputError, brief


def check_possible(path: str) -> None:
    """Refuse what can be the name of no file: NUL, or half a surrogate pair.

    Raises:
        InputError: it is such a name.
    """
    try:
        if b"\0" not in os.fsencode(path):
            return
    except UnicodeEncodeError:
        pass
    raise InputError(f"{brief(path)} cannot be the name of a file.", "Check the path.")


def resolved(path: Path) -> Path:
    """The place itself, without links; it need not exist.

    Raises:
        InputError: links lead back to themselves.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError until Python 3.13
        raise InputError(f"{path} is a link that leads back to itself.", "Give the file itself.") from error


def check_regular(path: str | Path) -> None:
    """Make sure that reading a path comes to an end; what does not exist is for its reader to say.

    Raises:
        InputError: it is a pipe, a device or a socket, or can be no name.
    """
    path = Path(path)
    check_possible(str(path))
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            resolved(path)
    try:
        is_other = path.exists() and not path.is_file() and not path.is_dir()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).", "Check the path.") from error
    if is_other:
        raise InputError(f"{path} is a device or a pipe, not a file.", "Copy what it holds into a file.")
