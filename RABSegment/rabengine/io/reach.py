"""What else a file would make its reader open: a cine from outside must not reach other files of this computer."""

from __future__ import annotations

from pathlib import Path

from rabengine.errors import InputError

from .readers import reader_of


def check_reach(path: Path, within: Path) -> None:
    """Refuse a cine that is not inside a folder, or whose frames would be read from outside it.

    Symbolic links count as what they lead to.

    Args:
        path: of a file or folder that exists.
        within: the folder.

    Raises:
        InputError: one sentence; also when it cannot be told what the file would make its reader open.
    """
    folder = within.resolve()
    reader = reader_of(path)
    for file in (path, *(reader.files_behind(path) if reader else ())):
        if not file.resolve().is_relative_to(folder):
            raise InputError(
                f"{path} is kept in another folder ({file.name}), which may not be opened from here.",
                "Put all its files into one folder, without links.",
            )
