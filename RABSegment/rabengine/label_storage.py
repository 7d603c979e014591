"""Room for the labels of a cine: in memory, or on disk when it is long."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

import numpy as np

MEMORY_LIMIT_BYTES = 256 * 2**20


def new_labels(shape: tuple[int, ...], limit: int = MEMORY_LIMIT_BYTES) -> np.ndarray:
    """(T, H, W) uint8 of zeros; past `limit` bytes a memory map whose file goes when the array goes."""
    if int(np.prod(shape)) <= limit:
        return np.zeros(shape, dtype=np.uint8)
    folder = tempfile.mkdtemp(prefix="rabsegment-")
    mapped = np.memmap(Path(folder) / "labels.raw", dtype=np.uint8, mode="w+", shape=shape)
    weakref.finalize(mapped._mmap, shutil.rmtree, folder, ignore_errors=True)  # type: ignore[attr-defined]
    return mapped
