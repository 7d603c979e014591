"""Animated GIFs, decoded frame by frame with Pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.frame_buffer import FrameBuffer
from rabengine.io.options import ReadOptions
from rabengine.io.reader import SuffixReader

from .pillow import opened_picture
from .single_picture import picture_format

_GIF_END = b";"


class GifReader(SuffixReader):
    """Animated GIF."""

    name = "GIF"
    suffixes = (".gif",)

    def recognizes(self, path: Path) -> bool:
        return super().recognizes(path) or (path.is_file() and picture_format(path) == "GIF")

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_gif(path)


def load_gif(path: Path) -> Cine:
    """(T, H, W, 3) RGB frames at the times that the file's frame durations give.

    Raises:
        InputError: Pillow is not installed, or the file is cut off or damaged.
    """
    require_whole_gif(path)
    milliseconds: list[float] = []
    with opened_picture(path, ("GIF",)) as image, FrameBuffer(expected=image.n_frames) as buffer:
        for number in range(image.n_frames):
            image.seek(number)
            buffer.append(np.asarray(image.convert("RGB")))
            milliseconds.append(float(image.info.get("duration", 0)))
        frames = buffer.finish()
    timed = all(duration > 0 for duration in milliseconds)
    starts = np.cumsum([0.0, *milliseconds[:-1]]) / 1000 if timed else np.arange(len(frames), dtype=float)
    return Cine(
        frames=frames,
        index_name="time" if timed else "frame",
        index_unit="s" if timed else "",
        index_values=tuple(starts.tolist()),
        source=str(path),
    )


def require_whole_gif(path: Path) -> None:
    """Refuse a GIF without its end: Pillow would give the frames that are left.

    Raises:
        InputError: it has none.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(size - 64, 0))
        if stream.read().rstrip(b"\0").endswith(_GIF_END):
            return
    raise InputError(f"{path} is cut off, damaged, or not a GIF.", "Copy or export the file again.")
