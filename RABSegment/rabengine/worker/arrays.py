"""The arrays that go with requests and events: .npy files in a folder that the parent makes."""

from __future__ import annotations

import itertools
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from rabengine.errors import EngineError, InputError
from rabengine.io.files.atomic import atomic_file
from rabengine.io.files.regular import check_regular

# Counted over the life of the process, so that no event names a file that an earlier one named.
_file_numbers = itertools.count()


def read_array(path: Path) -> np.ndarray:
    """The array in `path`, mapped rather than read.

    Raises:
        InputError: the file is missing or holds no plain array.
    """
    check_regular(path)
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.ndarray):  # a .npz
            raise ValueError("several arrays")
        return array
    except FileNotFoundError as error:
        raise InputError(f"The file {path} does not exist.") from error
    except (OSError, ValueError, EOFError, SyntaxError, TypeError, OverflowError, MemoryError, BadZipFile) as error:
        raise InputError(f"The file {path} is no complete .npy array.") from error


def save_array(folder: Path, kind: str, array: np.ndarray) -> str:
    """Write an array into a new file that never holds a part of it; returns its name.

    Args:
        folder: of the file.
        kind: what the array is, for the name.

    Raises:
        EngineError: it cannot be written.
    """
    path = folder.absolute() / f"{next(_file_numbers):06d}_{kind}.npy"
    try:
        with atomic_file(path) as unfinished, unfinished.open("wb") as stream:
            np.save(stream, array, allow_pickle=False)
    except InputError as error:
        raise EngineError(error.message, "Make room on that disk.") from error
    return str(path)
