"""Find out before a long job whether a file or folder can take its place; nothing is left behind."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rabengine.errors import InputError

from .atomic import STAGE_PREFIX, as_input_error, check_has_name, sweep_stages
from .file_names import check_folder_name
from .owned_folder import OwnedFolder

_MOUNTS = Path("/proc/self/mountinfo")
# What the system answers when it would let something be replaced, but not by a thing of the other sort.
_WRONG_SORT = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY)


def check_writable(path: str | Path, is_folder: bool = False) -> None:
    """Make sure that a file (or folder) can be created at `path`, in place of what is there.

    Raises:
        InputError: the folder around it is missing or not writable, the name is none or too long, or what is at `path`
            is of another sort or cannot be replaced.
    """
    path = Path(path)
    check_has_name(path)
    with as_input_error(path):
        _check_sort(path, is_folder)
        parent = path.absolute().parent
        sweep_stages(parent)
        # The only sure test, also on read-only disks, for long names, and as an administrator.
        with OwnedFolder(STAGE_PREFIX, parent) as probe:
            (probe / path.name).touch()
            (probe / path.name).unlink()
            if os.path.lexists(path):
                check_replaceable(path, probe)


def make_folder(path: Path) -> None:
    """Make a folder that files are to be written to, unless it is there.

    Raises:
        InputError: it cannot be made or written to.
    """
    check_folder_name(path)
    with as_input_error(path):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except ValueError as error:
            raise InputError(f"{str(path)!r} cannot be the name of a folder.", "Choose another name.") from error
        with OwnedFolder(STAGE_PREFIX, path):
            pass


@contextmanager
def folder_for_outputs(path: Path) -> Iterator[None]:
    """A folder that files can be written to inside the block; what was made of it goes when the block fails.

    Raises:
        InputError: it cannot be made or written to.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        make_folder(path)
        yield
    except BaseException:
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()  # only an empty one
        raise


def check_replaceable_folder(folder: Path, is_ours: Callable[[Path], bool]) -> None:
    """Make sure that a folder, where there is one, holds nothing but what may be lost, and can be emptied.

    Args:
        folder: to be replaced.
        is_ours: whether an entry of it may be lost.

    Raises:
        InputError: it holds something else, or something that cannot be removed.
    """
    if not folder.is_dir():
        return
    with as_input_error(folder):
        entries = sorted(folder.iterdir())
        others = [entry.name for entry in entries if not is_ours(entry)]
        if others:
            raise InputError(
                f"The folder {folder} holds other files ({others[0]}), which would be lost.",
                "Give a new or empty folder.",
            )
        with OwnedFolder(STAGE_PREFIX, folder.absolute().parent) as probe:
            for entry in entries:
                check_replaceable(entry, probe)


def check_replaceable(path: Path, probe: Path) -> None:
    """Make sure that the system lets go of what is at a path.

    It is asked to put a thing of the other sort there, which it never does; what it says tells why not.

    Args:
        path: of a file or folder that is there.
        probe: a folder of ours on the same disk.

    Raises:
        OSError: it does not: the file is protected, of another user, or in use.
    """
    if path in _mounted():
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
    is_folder = path.is_dir() and not path.is_symlink()
    if sys.platform == "win32":
        if not is_folder:
            path.open("r+b").close()  # fails while another program holds it
        return
    if is_folder and not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    other = probe / "other"
    if is_folder:
        other.touch()
    else:
        other.mkdir()
    try:
        other.rename(path)
    except OSError as error:
        if error.errno not in _WRONG_SORT:
            raise
    finally:
        if is_folder:
            other.unlink(missing_ok=True)
        else:
            other.rmdir()


def _check_sort(path: Path, is_folder: bool) -> None:
    parent = path.absolute().parent
    if not parent.is_dir():
        problem = "is not a folder" if parent.exists() else "does not exist"
        raise InputError(f"{path} cannot be written: {parent} {problem}.", "Choose a folder that exists.")
    if path.is_dir() and not is_folder:
        raise InputError(f"{path} cannot be written: it is a folder.", "Choose another name.")
    if is_folder and path.exists() and not path.is_dir():
        raise InputError(f"{path} cannot be a folder: it is a file.", "Choose another name.")
    if is_folder and path.is_symlink():
        raise InputError(f"{path} is a link.", f"Give the folder itself: {path.resolve()}.")
    if path.exists() and not path.is_dir() and not path.is_file():
        raise InputError(f"{path} is a device or a pipe, not a file.", "Choose another name.")
    if path.is_dir() and Path.cwd().is_relative_to(path.resolve()):
        raise InputError(f"{path} is the current folder or holds it.", "Name a new folder in it, or another one.")


def _mounted() -> set[Path]:
    """Where disks and files are mounted, on Linux; such a place cannot be given to another file."""
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return set()
    places = [re.sub(rb"\\(\d{3})", lambda code: bytes([int(code[1], 8)]), line.split()[4]) for line in lines]
    return {Path(os.fsdecode(place)) for place in places}
