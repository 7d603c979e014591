"""Animated GIFs in one palette, in which frame N of the file is frame N of the cine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.optional import require

COLOURS = 256
# Two entries of one colour tell a frame from the one before it, see _numbered.
TWINS = (254, 255)
SHORTEST_MILLISECONDS = 20  # players slow down what asks for less


def write_gif(
    path: Path,
    pictures: Iterator[np.ndarray],
    seconds: Sequence[float],
    sample: np.ndarray,
    exact_colours: tuple[tuple[int, int, int], ...],
) -> None:
    """Write one GIF frame per picture; it repeats for ever.

    A frame lasts whole hundredths of a second, as the format has it, and at least two; what one has too much the next
    has less, so that the film lasts as long as the cine. The compressed frames are in memory until the file is written.

    Args:
        path: the file to write.
        pictures: (H, W, 3) uint8 each.
        seconds: that each frame lasts.
        sample: (h, w, 3) uint8 whose colours are those of the pictures.
        exact_colours: colours that must come out as they are.
    """
    image = require("PIL.Image", "An animated GIF")
    palette = _palette(image, sample, exact_colours)
    frames = (_numbered(image, picture, palette, index) for index, picture in enumerate(pictures))
    durations = _milliseconds(seconds)
    duration = durations if len(durations) > 1 else durations[0]
    options = {"save_all": True, "duration": duration, "loop": 0, "optimize": False}
    next(frames).save(path, format="GIF", append_images=frames, **options)


def _milliseconds(seconds: Sequence[float]) -> list[int]:
    """How long each frame lasts, in the format's steps."""
    found: list[int] = []
    start = 0
    for end in np.cumsum(seconds):
        found.append(max(SHORTEST_MILLISECONDS, round(100 * end) * 10 - start))
        start += found[-1]
    return found


def _palette(image: Any, sample: np.ndarray, exact_colours: tuple[tuple[int, int, int], ...]) -> Any:
    """A Pillow image with the palette; it is one for all frames, so that still regions do not flicker."""
    free = COLOURS - len(exact_colours) - len(TWINS)
    common = image.fromarray(sample).quantize(colors=free, method=image.Quantize.MEDIANCUT)
    entries = np.zeros((COLOURS, 3), dtype=np.uint8)
    found = np.array(common.getpalette(), dtype=np.uint8).reshape(-1, 3)[:free]
    entries[: len(found)] = found
    entries[free : free + len(exact_colours)] = exact_colours
    palette = image.new("P", (1, 1))
    palette.putpalette(entries.reshape(-1).tolist())
    return palette


def _numbered(image: Any, picture: np.ndarray, palette: Any, index: int) -> Any:
    """The picture in the palette's colours, its corner black by one or the other of two equal entries.

    Pillow merges a frame with an equal one before it; frame N of the file would not be frame N of the cine.
    """
    quantised = image.fromarray(picture).quantize(palette=palette, dither=image.Dither.NONE)
    quantised.putpixel((0, 0), TWINS[index % len(TWINS)])
    return quantised
