"""Write by a format that another package may have brought: whole or not at all, and errors that name the place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rabengine.errors import EngineError, InputError, RABSegmentError, lacks_memory, lacks_room

from .atomic import atomic_file, atomic_folder


@contextmanager
def written_by_format(path: Path, is_folder: bool, what: str) -> Iterator[Path]:
    """The place to write to until the block ends; then it is `path`.

    Args:
        path: file or folder. what: writes it, in words.

    Raises:
        InputError: the place cannot be written, or the format says so. EngineError: what another package raised.
    """
    with atomic_folder(path) if is_folder else atomic_file(path) as unfinished:
        try:
            yield unfinished
        except (RABSegmentError, OSError) as error:
            if type(error) is not InputError:
                raise
            said, hint = (text.replace(str(unfinished), str(path)) for text in (error.message, error.hint))
            raise InputError(said, hint) from error
        except Exception as error:  # whatever another package raises
            if lacks_memory(error) or lacks_room(error):
                raise
            raise EngineError(
                f"{path} was not written: {what} failed ({type(error).__name__}: {error}).",
                "Choose another format, or update the package that brings this one.",
            ) from error
