"""The panel of a figure that shows areas over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rabengine.measurement.names import is_of_cavity

from .shown import Shown

TEXT, SMALL = 7.0, 6.5  # points
DARKER = 0.85  # the segments' colours are made for dark pictures, the page is white
LARGEST, SMALLEST = "largest", "smallest"
_LEAST_OF_TWO_DECIMALS = 0.1  # seconds; a cycle of the glottis is shorter
FIRST_CM2 = 500.0  # mm2 from which areas are told in cm2
FIRST_THOUSANDS = 10_000  # pixels from which they are told in thousands


def draw_areas(axes: Any, shown: Shown, frames: Sequence[int], ends: tuple[str, str] | None) -> None:
    """Draw the area of each segment over time, where its beats end, and which frames are shown as pictures.

    Args:
        axes: of matplotlib.
        shown: the cine and its segments.
        frames: that are shown as pictures.
        ends: what the largest and the smallest area of a beat are called; None for `words_of`.
    """
    factor, unit = _area_unit(shown)
    times = shown.times
    for value, entry in shown.legend.items():
        colour = np.array(entry.colour) / 255 * DARKER
        areas = shown.areas[value] * factor
        is_few = np.isfinite(areas).sum() < 3
        axes.plot(times, areas, ".-" if is_few else "-", color=colour, linewidth=1.3)
        axes.plot(
            times[list(frames)], areas[list(frames)], "o", color=colour, markersize=3, markeredgewidth=0, clip_on=False
        )
    first = shown.areas[next(iter(shown.legend))] * factor
    axes.margins(x=0.01, y=0.16)
    low, high = axes.get_ylim()
    lift = 0.075 * (high - low)
    for places, mark, side, word in zip(shown.ends, ("v", "^"), (1, -1), words_of(shown, ends), strict=True):
        where = list(places)
        if where:
            heights = first[where] + side * lift
            axes.plot(
                times[where], heights, mark, color="black", markersize=3.6, markeredgewidth=0, label=word, clip_on=False
            )
    axes.set_ylim(max(low, 0.0) if low > 0 else min(0.0, low), high)
    room = 0.01 * (times[-1] - times[0]) if len(times) > 1 else 0.5
    axes.set_xlim(times[0] - room, times[-1] + room)
    axes.plot([], [], "o", color="0.35", markersize=3, markeredgewidth=0, label="frames above")
    axes.set_xlabel("Time (s)" if shown.has_times else "Frame", labelpad=2)
    axes.set_ylabel(f"Area ({unit})", labelpad=3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(width=0.6, length=2.5, labelsize=SMALL)
    axes.yaxis.set_major_formatter(lambda value, _place: f"{value:,.10g}")
    axes.grid(axis="y", color="0.9", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.01),
        ncols=3,
        frameon=False,
        fontsize=SMALL,
        borderpad=0.2,
        borderaxespad=0,
        handlelength=1.0,
        handletextpad=0.4,
        columnspacing=1.2,
    )
    axes.set_title(_rhythm(shown), fontsize=SMALL, loc="left", pad=4)


def words_of(shown: Shown, ends: tuple[str, str] | None) -> tuple[str, str]:
    """What the largest and the smallest area are called.

    Without a word from the user they are end-diastole and end-systole of what is called a ventricle, as in its ejection
    fraction, also where the cine has no whole beat.
    """
    if ends is not None:
        return ends
    name = next(iter(shown.legend.values())).name.casefold()
    is_ventricle = "ventric" in name or bool({"lv", "rv"} & set(name.split()))
    is_ventricle = is_ventricle and is_of_cavity(name)  # a wall is thickest where its cavity is smallest
    return ("ED", "ES") if is_ventricle else (LARGEST, SMALLEST)


def _area_unit(shown: Shown) -> tuple[float, str]:
    """By what pixels are multiplied, and the unit."""
    pixel = shown.cine.pixel_area_mm2
    largest = max((float(np.nanmax(areas)) for areas in shown.areas.values()), default=0.0)
    if pixel is None:
        return (0.001, "thousand pixels") if largest >= FIRST_THOUSANDS else (1.0, "pixels")
    return (pixel / 100, "cm²") if largest * pixel >= FIRST_CM2 else (pixel, "mm²")


def _rhythm(shown: Shown) -> str:
    """How many beats, and how long they last."""
    beats = shown.beats
    if not beats.beats:
        return ""
    count = len(beats.beats)
    said = f"{count} beat{'' if count == 1 else 's'}"
    if beats.period is None or not shown.has_times:
        return said
    period = f"{beats.period:.2f}" if beats.period >= _LEAST_OF_TWO_DECIMALS else f"{beats.period:.3g}"
    return f"{said}, {period} s each ({60 / beats.period:.0f} per minute)"
