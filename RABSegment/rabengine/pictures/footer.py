"""A strip below the frames of a video: time, names of segments and a scale bar, so that nothing covers the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.io.legend import Legend
from rabengine.io.table import frame_times
from rabengine.optional import require

from .lettering import font_file, one_line
from .scale_bar import bar_length, length_text
from .shown import moment_text

_COLOUR, _TEXT = (24, 24, 24), (235, 235, 235)
_SHARE, _LEAST = 0.05, 15  # of the longer side of the picture: the font's size
_PURPOSE = "An overlay video"

Decoration = Callable[[np.ndarray, int], np.ndarray]


def footer_for(cine: Cine, legend: Legend) -> Decoration:
    """Gives a picture (H, W, 3) uint8 of a frame with the strip below it, which is as high for every frame.

    Args:
        cine: its times and its pixel size are told.
        legend: of the segments that are named, as many of them as there is room for.
    """
    times = frame_times(cine)
    file = font_file(entry.name for entry in legend.values())

    def decorated(picture: np.ndarray, frame: int) -> np.ndarray:
        time = f"frame {frame}" if times is None else moment_text(times, frame)
        return np.concatenate([picture, _strip(picture.shape[1], max(picture.shape[:2]), time, cine, legend, file)])

    return decorated


def _strip(width: int, side: int, time: str, cine: Cine, legend: Legend, file: str | None) -> np.ndarray:
    image, draw = require("PIL.Image", _PURPOSE), require("PIL.ImageDraw", _PURPOSE)
    size = max(_LEAST, round(side * _SHARE * 0.62))
    height = 2 * size
    strip = image.new("RGB", (width, height), _COLOUR)
    pen, font, middle, gap = draw.Draw(strip), _font(size, file), height // 2, size // 2
    pen.text((gap, middle), time, fill=_TEXT, font=font, anchor="lm")
    # As wide as the longest time, so that names do not move.
    longest = "frame 00000" if "frame" in time else "000." + time.partition(".")[2]
    left = gap + round(pen.textlength(longest, font=font)) + gap
    right = width - gap
    if cine.spacing is not None:
        millimetres = cine.frame_size[1] * cine.spacing[0]
        length = bar_length(millimetres)
        begin = right - round(width * length / millimetres)
        pen.rectangle((begin, middle - 1, right, middle + 1), fill=_TEXT)
        pen.text((begin - gap // 2, middle), length_text(length), fill=_TEXT, font=font, anchor="rm")
        right = begin - gap // 2 - round(pen.textlength(length_text(length), font=font)) - gap
    for entry in legend.values():
        name = one_line(entry.name)
        wide = size + round(pen.textlength(name, font=font)) + gap
        if left + wide > right:
            break
        pen.rectangle((left, middle - 2, left + size - gap // 2, middle + 2), fill=entry.colour)
        pen.text((left + size, middle), name, fill=_TEXT, font=font, anchor="lm")
        left += wide + gap // 2
    return np.asarray(strip)


def _font(size: int, file: str | None) -> Any:
    font = require("PIL.ImageFont", _PURPOSE)
    if file is not None:
        return font.truetype(file, size)
    try:
        return font.load_default(size)
    except TypeError:  # Pillow before 10.1 has one size only
        return font.load_default()
