"""Outputs appear whole or not at all: written in a hidden folder beside their place, they are moved there at the end.

The one place where the engine does so. Several outputs take their places together or none does: when one of them
cannot, what was there before comes back.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rabengine.errors import InputError, RABSegmentError, lacks_room

from .owned_folder import OwnedFolder, guard, sweep
from .regular import check_possible

STAGE_PREFIX = ".rabsegment-"
_NEW, _PREVIOUS = "new", "previous"


class Staged:
    """One output on its way: `path` to write to, until it is put in place.

    Args:
        target: where it belongs.

    Raises:
        InputError: the target has no name of its own. OSError: nothing can be written beside it.
    """

    def __init__(self, target: Path) -> None:
        check_has_name(target)
        self.target = target
        self._place = target.absolute()
        sweep_stages(self._place.parent)
        self._folder = OwnedFolder(STAGE_PREFIX, self._place.parent)
        # The name is the target's: writers look at its ending, and it is as long as the disk allows.
        self.path = self._folder.path / _NEW / target.name
        self._previous = self._folder.path / _PREVIOUS / target.name
        self.path.parent.mkdir()
        self._previous.parent.mkdir()
        self._is_put = False

    def put(self) -> None:
        """Move it to its place; what was there is kept until `discard`.

        Raises:
            OSError: it cannot take that place. What was there is there.
        """
        if not os.path.lexists(self.path):
            raise FileNotFoundError(errno.ENOENT, "nothing was written")
        if os.path.lexists(self._place) and _is_folder(self._place) != _is_folder(self.path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))  # somebody made it meanwhile
        try:
            if os.path.lexists(self._place):
                self._keep_previous()
            self._is_put = True
            self.path.replace(self._place)
        except OSError:
            _put_back(self._folder.path)
            raise

    def take_back(self) -> None:
        """Undo `put`: what was there before is there again."""
        with suppress(OSError):
            if self._is_put and not os.path.lexists(self.path):
                self._place.rename(self.path)
        _put_back(self._folder.path)

    def discard(self) -> None:
        """Remove what is not in its place. Idempotent."""
        if _put_back(self._folder.path):
            self._folder.remove()

    def _keep_previous(self) -> None:
        if not _is_folder(self._place):
            with suppress(OSError):
                # A second name, so that there is a file at the target at every moment.
                os.link(self._place, self._previous, follow_symlinks=False)
                return
        self._place.rename(self._previous)


def put_all(staged: Sequence[Staged]) -> None:
    """Put outputs in place, all or none.

    Raises:
        InputError: a target cannot be replaced; everything is as it was before.
    """
    begun: list[Staged] = []
    with guard:
        try:
            for one in staged:
                begun.append(one)
                one.put()
        except BaseException as error:  # a signal may come as an exception at any moment
            for one in reversed(begun):
                one.take_back()
            if not isinstance(error, OSError):
                raise
            raise InputError(
                f"{begun[-1].target} cannot be replaced ({error.strerror or error}).",
                "Close it or choose another name.",
            ) from error


def sweep_stages(folder: Path) -> None:
    """Remove what runs that were killed left of outputs for a folder; what they took from its place comes back."""
    sweep(folder, STAGE_PREFIX, _put_back)


@contextmanager
def written_together(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield names to write to; the files take their places when the block ends without an error, all or none.

    Raises:
        InputError: one of them cannot be written.
    """
    staged: list[Staged] = []
    try:
        for path in paths:
            with as_input_error(path):
                staged.append(Staged(path))
        with as_input_error(paths[0] if len(paths) == 1 else Path(os.path.commonpath(paths))):
            yield [one.path for one in staged]
            put_all(staged)
    finally:
        for one in staged:
            one.discard()


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a name to write to; the file takes its place at `path` when the block ends without an error.

    Raises:
        InputError: the file cannot be written, such as on a full disk.
    """
    with written_together([path]) as (unfinished,):
        yield unfinished


def write_whole(path: Path, content: bytes) -> None:
    """Put a small file in place that stays whole also when the computer ends in the middle.

    Raises:
        OSError: it cannot be written; what was there is there.
        InputError: the path can be no name of a file.
    """
    staged = Staged(path)
    try:
        with staged.path.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        staged.put()
    finally:
        staged.discard()


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a new empty folder to fill; it takes the place of `path` when the block ends without an error.

    What was at `path` is removed only after that, and put back if the move fails.

    Raises:
        InputError: the folder or a file in it cannot be written.
    """
    with atomic_file(path) as unfinished:
        unfinished.mkdir()
        yield unfinished


def check_has_name(path: Path) -> None:
    """Refuse what names a folder only in relation to another one, such as "." or "/", and what can be no name at all.

    Raises:
        InputError: it does.
    """
    check_possible(str(path))
    if path.name in ("", ".."):
        raise InputError(f"{str(path)!r} has no name of its own.", "Name a new file or folder in it.")


@contextmanager
def as_input_error(path: Path) -> Iterator[None]:
    """Turn an OSError inside the block, and what a library makes of a full disk, into one sentence about `path`.

    Raises:
        InputError: in its place.
    """
    try:
        yield
    except RABSegmentError:
        raise
    except Exception as error:
        if lacks_room(error):
            reason: object = os.strerror(errno.ENOSPC)
        elif isinstance(error, OSError):
            reason = error.strerror or error
        else:
            raise
        raise InputError(
            f"{path} cannot be written ({reason}).", "Choose a folder that you may write to, on a disk with room."
        ) from error


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _put_back(folder: Path) -> bool:
    """Give what a stage took from its place back, where nothing has followed it; False when that fails.

    Needed where a move failed, and where a process was killed between two moves.
    """
    try:
        kept = list((folder / _PREVIOUS).iterdir())
    except OSError:
        return True
    for previous in kept:
        target = folder.parent / previous.name
        try:
            if not os.path.lexists(target):
                previous.rename(target)
        except OSError:
            return False
    return True
