"""Arrays between parent and worker, as .npy files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rabengine.errors import EngineError, InputError
from rabengine.io.atomic import atomic_file


def read_array(path: Path) -> np.ndarray:
    """The array in `path`, mapped rather than read.

    Raises:
        InputError: the file is missing or holds no plain array.
    """
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise InputError(f"The file {path} does not exist.") from error
    except (OSError, ValueError, EOFError) as error:
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
