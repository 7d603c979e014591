"""The figure of a segmented cine for a publication: chosen frames with outlines, and areas over time with beats.

Text and lines are vectors in .pdf and .svg; pictures have their own pixels. Nothing is drawn over a picture but the
outlines.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_file
from rabengine.measurement.outline import outlines
from rabengine.optional import require

from .area_panel import DARKER, SMALL, TEXT, draw_areas, words_of
from .lettering import lettering, one_line
from .scale_bar import bar_length, length_text
from .shown import Shown, moment_text

KINDS = (".png", ".pdf", ".svg")
DOTS_PER_INCH = 300
WIDTH = 180 / 25.4  # inches: two columns of most journals
MARGIN, GAP = 0.06, 0.07
CAPTION, STRIP = 0.17, 0.26  # above a picture; below all of them, for legend and scale bar
CURVE, CURVE_LEFT, CURVE_BOTTOM, CURVE_TOP = 1.5, 0.52, 0.42, 0.28
TALLEST = 2.4  # a picture
MOST_IN_ROW = 4
_BORDER = 0.3  # pixels: an outline that near to the outermost pixel centres runs along the border
_PURPOSE = "A figure"
Crop = tuple[slice, slice]  # rows and columns


def write_figure(
    path: Path, shown: Shown, frames: Sequence[int], ends: tuple[str, str] | None, crop: Crop | None = None
) -> None:
    """Write the figure.

    Args:
        path: .png (300 dpi), .pdf or .svg.
        shown: the cine and its segments.
        frames: to show as pictures, one or more.
        ends: what the largest and the smallest area of a beat are called; None for `area_panel.words_of`.
        crop: the part of the frames that pictures show; None for all.

    Raises:
        InputError: another ending, matplotlib missing, or the file cannot be written.
    """
    kind = check_kind(path)
    matplotlib = require("matplotlib", _PURPOSE)
    require("matplotlib.figure", _PURPOSE)
    style = {
        "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
        "font.size": TEXT,
        "axes.linewidth": 0.6,
        "pdf.fonttype": 42,
        "svg.fonttype": "none",
        "svg.hashsalt": "rabsegment",
    }
    names = [entry.name for entry in shown.legend.values()]
    with lettering(names, style), atomic_file(path) as unfinished:
        figure = _drawn(matplotlib, shown, frames, ends, crop or _whole(shown))
        # No date and no program, so that the same cine gives the same file.
        about = {"png": {"Software": None}, "pdf": {"CreationDate": None, "Creator": None}, "svg": {"Date": None}}
        figure.savefig(unfinished, format=kind, dpi=DOTS_PER_INCH, metadata=about[kind])


def check_kind(path: Path) -> str:
    """The kind of figure that a name asks for.

    Raises:
        InputError: none.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise InputError(f"The figure {path} has an unknown kind.", f"Let its name end in {', '.join(KINDS)}.")
    return kind[1:]


def _whole(shown: Shown) -> Crop:
    rows, columns = shown.cine.frame_size
    return slice(0, rows), slice(0, columns)


def _drawn(matplotlib: Any, shown: Shown, frames: Sequence[int], ends: tuple[str, str] | None, crop: Crop) -> Any:
    rows = -(-len(frames) // MOST_IN_ROW)
    columns = -(-len(frames) // rows)
    x, y = shown.cine.spacing or (1.0, 1.0)
    height_to_width = (crop[0].stop - crop[0].start) * y / ((crop[1].stop - crop[1].start) * x)
    room = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) / columns
    width = min(room, TALLEST / height_to_width)
    height = width * height_to_width
    left = (WIDTH - columns * width - (columns - 1) * GAP) / 2
    total = MARGIN + rows * (CAPTION + height) + (rows - 1) * GAP + STRIP + CURVE_TOP + CURVE + CURVE_BOTTOM
    figure = matplotlib.figure.Figure(figsize=(WIDTH, total))
    page = _Page(figure, WIDTH, total)
    top = MARGIN
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        place = (left + column * (width + GAP), top + row * (CAPTION + height + GAP) + CAPTION, width, height)
        _tile(page.axes(*place), shown, frame, crop, _caption(shown, frame, ends))
    top += rows * (CAPTION + height) + (rows - 1) * GAP
    _strip(page, shown, crop, left, top, columns * width + (columns - 1) * GAP, width)
    axes = page.axes(CURVE_LEFT, top + STRIP + CURVE_TOP, WIDTH - CURVE_LEFT - 0.12, CURVE)
    draw_areas(axes, shown, frames, ends)
    return figure


class _Page:
    """A figure that is laid out in inches from its upper left corner."""

    def __init__(self, figure: Any, width: float, height: float) -> None:
        self.figure, self.width, self.height = figure, width, height

    def axes(self, left: float, top: float, width: float, height: float) -> Any:
        bottom = self.height - top - height
        return self.figure.add_axes((left / self.width, bottom / self.height, width / self.width, height / self.height))


def _tile(axes: Any, shown: Shown, frame: int, crop: Crop, caption: str) -> None:
    rows, columns = crop
    axes.imshow(shown.picture(frame), interpolation="lanczos", aspect="auto")
    labels = shown.labels.get(frame)
    for value, entry in shown.legend.items():
        mask = None if labels is None else labels == value
        for line in outlines(mask) if mask is not None and mask.any() else []:
            inner = _without_border(np.concatenate([line, line[:1]]), shown.cine.frame_size)
            axes.plot(*inner.T, color="black", linewidth=1.7, alpha=0.55, solid_joinstyle="round")
            axes.plot(*inner.T, color=np.array(entry.colour) / 255, linewidth=1.0, solid_joinstyle="round")
    axes.set_xlim(columns.start - 0.5, columns.stop - 0.5)
    axes.set_ylim(rows.stop - 0.5, rows.start - 0.5)
    axes.axis("off")
    axes.set_title(caption, fontsize=SMALL, loc="left", pad=2.5)


def _without_border(line: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A line (N, 2) of x, y with a gap wherever it runs along the border of the frame, where no edge was seen."""
    last = np.array([size[1], size[0]]) - 1.0
    is_outside = ((line < _BORDER) | (line > last - _BORDER)).any(axis=1)
    beside = is_outside & np.roll(is_outside, 1) & np.roll(is_outside, -1)
    kept: np.ndarray = np.where(beside[:, None], np.nan, line)
    return kept


def _caption(shown: Shown, frame: int, ends: tuple[str, str] | None) -> str:
    words = [moment_text(shown.times.tolist(), frame) if shown.has_times else f"frame {frame}"]
    words += [word for word, places in zip(words_of(shown, ends), shown.ends, strict=True) if frame in places]
    return "  ".join(words)


def _strip(page: _Page, shown: Shown, crop: Crop, left: float, top: float, width: float, tile: float) -> None:
    """Below the pictures: which colour is which segment, and the scale bar."""
    axes = page.axes(left, top, width, STRIP)
    axes.set_xlim(0, width)
    axes.set_ylim(STRIP, 0)
    axes.axis("off")
    middle = 0.14
    lines = [
        axes.plot([], [], color=np.array(entry.colour) / 255 * DARKER, linewidth=1.6)[0]
        for entry in shown.legend.values()
    ]
    axes.legend(
        lines,
        [one_line(entry.name) for entry in shown.legend.values()],
        loc="center left",
        bbox_to_anchor=(0, 1 - middle / STRIP),
        ncols=min(len(lines), 5),
        frameon=False,
        fontsize=SMALL,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.4,
        columnspacing=1.4,
    )
    if shown.cine.spacing is not None:
        millimetres = (crop[1].stop - crop[1].start) * shown.cine.spacing[0]
        length = bar_length(millimetres)
        inches = tile * length / millimetres
        axes.plot([width - inches, width], [middle, middle], color="black", linewidth=2.0, solid_capstyle="butt")
        axes.text(width - inches - 0.05, middle, length_text(length), ha="right", va="center", fontsize=SMALL)
