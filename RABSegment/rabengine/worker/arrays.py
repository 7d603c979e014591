"""Arrays between parent and worker, as .npy files."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from rabengine.errors import EngineError, InputError
from rabengine.io.atomic import atomic_file
from rabengine.io.regular import check_regular


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


def write_array(path: Path, array: np.ndarray) -> None:
    """Write `array` so that `path` never holds a part of it.

    Raises:
        EngineError: it cannot be written.
    """
    try:
        with atomic_file(path) as unfinished, unfinished.open("wb") as stream:
            np.save(stream, array, allow_pickle=False)
    except InputError as error:
        raise EngineError(error.message, "Make room on that disk.") from error
