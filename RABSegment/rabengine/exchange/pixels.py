"""Pictures of a cine's frames as sets hold them: 8 bits, with no word about where they come from."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.optional import require
from rabengine.pictures.display import to_rgb, view_window

from .format import ExchangeItem

JPEG_QUALITY = 95
_PURPOSE = "Writing pictures"


def pictures_of(item: ExchangeItem) -> Callable[[int], np.ndarray]:
    """Gives a frame as (H, W) or (H, W, 3) uint8: pixels of a byte as they are, others by one window for the cine.

    What must not leave is black.
    """
    window = view_window(item.cine.frames)

    def picture(frame: int) -> np.ndarray:
        pixels = np.asarray(item.cine.frames[frame])
        if pixels.dtype != np.uint8:
            shown = to_rgb(pixels, window)
            pixels = shown if pixels.ndim == 3 else np.ascontiguousarray(shown[..., 0])
        if item.hidden is not None:
            pixels = pixels.copy()
            pixels[item.hidden] = 0
        return pixels

    return picture


def write_picture(path: Path, pixels: np.ndarray) -> None:
    """Write (H, W) or (H, W, 3) uint8 as .png, or with loss as .jpg; without metadata."""
    image: Any = require("PIL.Image", _PURPOSE)
    with io.BytesIO() as stream:
        picture = image.fromarray(np.ascontiguousarray(pixels))
        if path.suffix == ".jpg":
            picture.convert("RGB").save(stream, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        else:
            picture.save(stream, "PNG")
        path.write_bytes(stream.getvalue())
