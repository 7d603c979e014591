"""Animated GIF, PNG, WebP and AVIF, decoded frame by frame with Pillow."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.frame_buffer import FrameBuffer
from rabengine.io.options import ReadOptions
from rabengine.io.orientation import UPRIGHT, orientation_of_exif
from rabengine.io.pixels import to_frame
from rabengine.io.reader import SuffixReader

from .pillow import opened_picture
from .single_picture import EXIF_ORIENTATION, has_deep_colour, picture_format

_FORMATS = ("GIF", "PNG", "WEBP", "AVIF")
_GIF_END = b";"
_WEBP_IS_ANIMATED = 2  # among the flags of its extended header
_MOST_CHUNKS = 1000  # of a PNG before its pixels
_GREY = ("L", "LA", "I;16")


class AnimationReader(SuffixReader):
    """Animated pictures, known by their content: most files that end like them are stills."""

    name = "animation"
    suffixes = (".gif", ".apng", ".avifs")

    def recognizes(self, path: Path) -> bool:
        return super().recognizes(path) or (path.is_file() and is_animation(path))

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_animation(path)


def is_animation(path: Path) -> bool:
    """Whether a file is a GIF, or a PNG, WebP or AVIF with more than one frame.

    Raises:
        InputError: the file cannot be opened.
    """
    kind = picture_format(path)
    if kind == "GIF":
        return True
    with path.open("rb") as stream:
        start = stream.read(64)
        if kind == "PNG":
            return _frames_of_png(stream) > 1
    if kind == "WEBP":
        return start[12:16] == b"VP8X" and bool(start[20] & _WEBP_IS_ANIMATED)
    return kind == "AVIF" and b"avis" in start[8 : int.from_bytes(start[:4], "big")]


def load_animation(path: Path) -> Cine:
    """(T, H, W) grey or (T, H, W, 3) RGB frames at the times that the file's frame durations give.

    Raises:
        InputError: Pillow is not installed or does not know the format, or the file is cut off or damaged.
    """
    kind = picture_format(path)
    if kind not in _FORMATS:
        raise _damaged(path)
    if kind == "GIF":
        require_whole_gif(path)
    milliseconds: list[float] = []
    with opened_picture(path, (kind,)) as image, FrameBuffer(expected=image.n_frames) as buffer:
        warnings = _warnings(image)
        orientation = UPRIGHT if kind == "GIF" else orientation_of_exif(image.getexif().get(EXIF_ORIENTATION))
        # A PNG may have a picture besides, for who does not show animations.
        for number in range(int(getattr(image, "default_image", False)), image.n_frames):
            image.seek(number)
            is_grey = kind != "GIF" and image.mode in _GREY
            pixels = np.array(image if is_grey else image.convert("RGB"))
            buffer.append(orientation.apply(to_frame(pixels, str(path))))
            milliseconds.append(float(image.info.get("duration") or 0))
        frames = buffer.finish()
    timed = all(duration > 0 for duration in milliseconds)
    starts = np.cumsum([0.0, *milliseconds[:-1]]) / 1000 if timed else np.arange(len(frames), dtype=float)
    return Cine(
        frames=frames,
        index_name="time" if timed else "frame",
        index_unit="s" if timed else "",
        index_values=tuple(starts.tolist()),
        source=str(path),
        warnings=warnings,
    )


def require_whole_gif(path: Path) -> None:
    """Refuse a GIF without its end: Pillow would give the frames that are left, where it refuses other formats.

    Raises:
        InputError: it has none.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(size - 64, 0))
        if stream.read().rstrip(b"\0").endswith(_GIF_END):
            return
    raise _damaged(path)


def _damaged(path: Path) -> InputError:
    return InputError(f"{path} is cut off, damaged, or no animation.", "Copy or export the file again.")


def _warnings(image: Any) -> tuple[str, ...]:
    if not has_deep_colour(image):
        return ()
    return ("The file has 16 bits a colour, of which the upper 8 are read.",)


def _frames_of_png(stream: Any) -> int:
    """How many frames the control chunk before the pixels promises, 1 without one."""
    stream.seek(8)
    for _ in range(_MOST_CHUNKS):
        header = stream.read(8)
        if len(header) < 8 or header[4:] == b"IDAT":
            break
        size, name = struct.unpack(">I4s", header)
        if name == b"acTL":
            return int.from_bytes(stream.read(4), "big")
        stream.seek(size + 4, 1)  # a check sum follows
    return 1
