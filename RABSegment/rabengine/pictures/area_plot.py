"""Area-time plot: how the area of every segment changes through the cine."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_file
from rabengine.io.legend import segment_colour
from rabengine.io.table import frame_times
from rabengine.optional import require
from rabengine.segmentation import Segmentation

KINDS = (".png", ".svg", ".pdf")
INCHES = (8.0, 4.5)
DOTS_PER_INCH = 150
NOTE_COLUMNS = 120  # characters in a line of small print
NEAR_END = 0.15  # of the time axis
DARKER = 0.85  # the segments' colours are made for dark pictures, the page is white
ROOM_FOR_NOTES = 0.15  # of the height of the curves, above and below them


def write_area_plot(path: Path, cine: Cine, segmentation: Segmentation) -> None:
    """Plot area against time: a curve a segment, marked frames as dots, least and largest area noted.

    Areas are in mm2 where the cine is calibrated and in pixels where it is not, which the axis says. Least
    and largest are the curve's own; the plot does not claim that they are end-systole and end-diastole.

    Args:
        path: a .png, .svg or .pdf to write.
        cine: T frames; its index is the horizontal axis, its pixel size the unit of area.
        segmentation: labels (T, H, W).

    Raises:
        InputError: another ending, matplotlib missing, or an output that cannot be written.
    """
    if path.suffix.lower() not in KINDS:
        hint = f"Choose a name that ends in one of {', '.join(KINDS)}."
        raise InputError(f"The plot {path} has an unknown kind.", hint)
    figure = require("matplotlib.figure", "An area-time plot").Figure(figsize=INCHES, layout="constrained")
    axes = figure.add_subplot()
    times = frame_times(cine)
    moments = np.asarray(times or range(cine.frame_count), dtype=np.float64)
    areas = segment_areas(segmentation, cine.pixel_area_mm2)
    unit = "px" if cine.pixel_area_mm2 is None else "mm²"
    for column, segment in enumerate(segmentation.segments):
        _plot_segment(axes, moments, areas[:, column], segment, segmentation.marked_frames, unit)
    axes.set_xlabel("Time (s)" if times else "Frame")
    calibration = "pixels; the cine is not calibrated" if cine.pixel_area_mm2 is None else "mm²"
    axes.set_ylabel(f"Area ({calibration})")
    axes.margins(y=ROOM_FOR_NOTES)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if segmentation.segments:
        axes.plot([], [], "o", color="white", markeredgecolor="black", label="marked frame")
        figure.legend(loc="outside lower center", ncols=min(4, len(segmentation.segments) + 1), frameon=False)
    if cine.doubts:
        # Such as a calibration in doubt: a plot travels alone, so it carries the doubt with it.
        figure.suptitle("\n".join(textwrap.wrap(" ".join(cine.doubts), NOTE_COLUMNS)), fontsize=8)
    with atomic_file(path) as unfinished:
        figure.savefig(unfinished, format=path.suffix[1:].lower(), dpi=DOTS_PER_INCH)


def segment_areas(segmentation: Segmentation, pixel_area: float | None = None) -> np.ndarray:
    """Areas (T, segments), in pixels or, with the area of a pixel in mm2, in mm2."""
    areas = np.zeros((segmentation.labels.shape[0], len(segmentation.segments)), dtype=np.float64)
    for frame, labels in enumerate(segmentation.labels):
        for column, segment in enumerate(segmentation.segments):
            areas[frame, column] = np.count_nonzero(labels == segment)
    return areas if pixel_area is None else areas * pixel_area


def _plot_segment(
    axes: Any, moments: np.ndarray, areas: np.ndarray, segment: int, marked: tuple[int, ...], unit: str
) -> None:
    colour = np.array(segment_colour(segment)) / 255 * DARKER
    axes.plot(moments, areas, color=colour, linewidth=1.8, label=f"Segment {segment}")
    dots = list(marked)
    axes.plot(moments[dots], areas[dots], "o", color=colour, markeredgecolor="black")
    if areas.min() == areas.max():
        return
    for frame, word, offset in ((int(areas.argmin()), "min", -16), (int(areas.argmax()), "max", 9)):
        axes.annotate(
            f"{word} {_size_text(areas[frame])} {unit} (frame {frame})",
            (moments[frame], areas[frame]),
            xytext=(0, offset),
            textcoords="offset points",
            ha=_alignment(frame, len(areas)),
            fontsize=9,
        )


def _size_text(area: float) -> str:
    return f"{area:,.0f}" if area >= 100 else f"{area:.3g}"  # 3 mm2 of a vessel and 2.6 are not the same


def _alignment(frame: int, frame_count: int) -> str:
    """How a note at a frame stays on the page: it grows away from the near end of the axis."""
    place = frame / max(1, frame_count - 1)
    return "left" if place < NEAR_END else "right" if place > 1 - NEAR_END else "center"
