"""Masks as short bytes, for what keeps many of them: the history of a cine, and the file of its marks."""

from __future__ import annotations

import zlib

import numpy as np

_LEVEL = 1  # of 9; a mask is a few areas, which any level makes small


def packMask(mask: np.ndarray) -> bytes:
    """(H, W) bool as compressed rows of bits."""
    return zlib.compress(np.packbits(mask, axis=1).tobytes(), _LEVEL)


def unpackMask(packed: bytes, size: tuple[int, int]) -> np.ndarray:
    """(H, W) bool of what `packMask` made.

    Args:
        packed: by `packMask`.
        size: (rows, columns) of the mask.

    Raises:
        ValueError: it is no mask of that size.
    """
    rows, columns = size
    width = (columns + 7) // 8
    most = rows * width
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(packed, most + 1)
    except zlib.error as error:
        raise ValueError("no packed mask") from error
    if len(content) != most:
        raise ValueError("a mask of another size")
    bits = np.frombuffer(content, np.uint8).reshape(rows, width)
    return np.unpackbits(bits, axis=1, count=columns).astype(bool)
