"""Temporary files without a name, which cannot stay behind: the system frees them with the process, however it ends."""

from __future__ import annotations

import os
import tempfile
from typing import IO

import numpy as np


def nameless_file() -> IO[bytes]:
    """A new file in the folder for temporary files.

    Raises:
        OSError: it cannot be made.
    """
    return tempfile.TemporaryFile(prefix="rabsegment-")


def map_array(file: IO[bytes], dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """A file's content as a writable array, which outlives the file object.

    Raises:
        OSError: what was written last does not fit on the disk.
    """
    file.flush()
    return np.memmap(file, dtype=dtype, mode="r+", shape=shape)


def zeros_on_disk(dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """A writable array of zeros whose room on the disk is certain: a full disk could else end the process later.

    Raises:
        OSError: there is no room.
    """
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    with nameless_file() as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
        return map_array(file, dtype, shape)
