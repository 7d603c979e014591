"""Room for the labels of a result: in memory, or on disk when the cine is long."""

from __future__ import annotations

import tempfile

import numpy as np

from rabengine.errors import EngineError

from .nameless_file import zeros_on_disk

MEMORY_LIMIT_BYTES = 256 * 2**20


def new_labels(shape: tuple[int, ...], limit: int = MEMORY_LIMIT_BYTES) -> np.ndarray:
    """(T, H, W) uint8 of zeros; past `limit` bytes a memory map whose file goes when the array goes.

    Raises:
        EngineError: the disk has no room.
    """
    if int(np.prod(shape, dtype=np.int64)) <= limit:
        return np.zeros(shape, dtype=np.uint8)
    try:
        return zeros_on_disk(np.dtype(np.uint8), shape)
    except OSError as error:
        raise EngineError(
            f"The labels do not fit into the temporary folder {tempfile.gettempdir()} ({error.strerror or error}).",
            "Free some space there, or set TMPDIR to a folder that has more.",
        ) from error
