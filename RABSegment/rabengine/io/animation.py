"""Animated GIFs, decoded frame by frame with Pillow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..cine import Cine
from ..errors import InputError
from .frame_buffer import FrameBuffer
from .options import ReadOptions
from .reader import SuffixReader

_GIF_END = b";"


class GifReader(SuffixReader):
    """Animated GIF."""

    name = "GIF"
    suffixes = (".gif",)
    needs = ("pillow",)

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_gif(path)


def load_gif(path: Path) -> Cine:
    """(T, H, W, 3) RGB frames at the times that the file's frame durations give.

    Raises:
        InputError: Pillow is not installed, or the file is cut off or damaged.
    """
    image_module = _pillow()
    if not path.read_bytes()[-64:].rstrip(b"\0").endswith(_GIF_END):
        raise _damaged(path)
    milliseconds: list[float] = []
    try:
        with image_module.open(path, formats=("GIF",)) as image, FrameBuffer(expected=image.n_frames) as buffer:
            for number in range(image.n_frames):
                image.seek(number)
                buffer.append(np.asarray(image.convert("RGB")))
                milliseconds.append(float(image.info.get("duration", 0)))
            frames = buffer.finish()
    except (OSError, EOFError, SyntaxError, ValueError) as error:
        raise _damaged(path) from error
    timed = all(duration > 0 for duration in milliseconds)
    starts = np.cumsum([0.0, *milliseconds[:-1]]) / 1000 if timed else np.arange(len(frames), dtype=float)
    return Cine(
        frames=frames,
        index_name="time" if timed else "frame",
        index_unit="s" if timed else "",
        index_values=tuple(starts.tolist()),
        source=str(path),
    )


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise InputError(
            "Reading an animated GIF needs Pillow, which is not installed.",
            'Install it with: pip install "rabsegment[video]".',
        ) from error
    return Image


def _damaged(path: Path) -> InputError:
    return InputError(f"{path} is cut off, damaged, or not a GIF.", "Copy or export the file again.")
