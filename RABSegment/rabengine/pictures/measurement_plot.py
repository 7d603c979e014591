"""Measurements over time as a chart, and an M-mode with the edges of segments on it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.measurement.measurements import Measurements
from rabengine.measurement.mmode import LineEdge, MMode
from rabengine.measurement.scale import Scale
from rabengine.measurement.tables import title_of
from rabengine.optional import require

from .lettering import lettering, one_line

DOTS_PER_INCH = 120
WIDTH, ROW_HEIGHT = 9.0, 2.1  # inches
NOTE_COLUMNS = 130  # characters in a line of small print
DARKER = 0.85  # the segments' colours are made for dark pictures, the page is white
_LOW, _HIGH = 0.5, 99.8  # percentiles that are shown as black and white

Colours = Mapping[str, tuple[int, int, int]]  # of segments by name, 0 to 255


def write_measurement_chart(
    path: Path, found: Measurements, scale: Scale, frame_count: int, colours: Colours | None = None
) -> None:
    """Write a PNG with a panel for every measurement that has values by frame, below each other.

    Beats are noted: a line where each begins (largest), dashed where it is smallest.

    Args:
        path: the PNG.
        frame_count: T.
        colours: {segment: RGB}, for those that have one.

    Raises:
        InputError: matplotlib is not installed.
    """
    with lettering([*(one.segment for one in found.by_frame), *found.warnings]):
        _measurement_chart(found, scale, frame_count, colours).savefig(path, format="png", dpi=DOTS_PER_INCH)


def _measurement_chart(found: Measurements, scale: Scale, frame_count: int, colours: Colours | None) -> Any:
    panels = dict.fromkeys((one.name, one.unit) for one in found.by_frame)
    figure = _figure((WIDTH, 1.2 + ROW_HEIGHT * max(1, len(panels))))
    rows = figure.subplots(max(1, len(panels)), 1, sharex=True, squeeze=False)[:, 0]
    times = scale.moments(frame_count)
    for axes, (name, unit) in zip(rows, panels, strict=False):
        lines = {}
        for segment in dict.fromkeys(one.segment for one in found.by_frame if one.name == name):
            colour = _colour(colours, segment)
            values = found.curve(name, segment, frame_count)
            few = np.isfinite(values).sum() < 3
            (lines[segment],) = axes.plot(times, values, "o-" if few else "-", color=colour, linewidth=1.6)
        for pairs in found.beats.values():
            for largest, smallest in pairs:
                axes.axvline(times[largest], color="0.6", linewidth=0.8)
                axes.axvline(times[smallest], color="0.6", linewidth=0.8, linestyle="--")
        axes.set_ylabel("\n".join(textwrap.wrap(title_of(name, unit), 18)), fontsize=9)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        _legend(axes, lines)
    rows[-1].set_xlabel("Time (s)" if scale.times is not None else "Frame")
    _note(figure, found.warnings)
    return figure


def write_mmode(
    path: Path, mmode: MMode, edges: Sequence[LineEdge], colours: Colours | None = None, notes: Sequence[str] = ()
) -> None:
    """Write a PNG of an M-mode: time to the right, the line downwards, the edges of segments as dots.

    Args:
        path: the PNG.
        edges: of the same line.
        colours: {segment: RGB}, for those that have one.
        notes: sentences above it.

    Raises:
        InputError: matplotlib is not installed.
    """
    with lettering([*(edge.segment for edge in edges), *notes]):
        _mmode_chart(mmode, edges, colours, notes).savefig(path, format="png", dpi=DOTS_PER_INCH)


def _mmode_chart(mmode: MMode, edges: Sequence[LineEdge], colours: Colours | None, notes: Sequence[str]) -> Any:
    figure = _figure((WIDTH, 4.5))
    axes = figure.subplots()
    low, high = np.percentile(mmode.picture, (_LOW, _HIGH))
    shown = np.clip((mmode.picture - low) / max(float(high - low), 1e-9), 0, 1)
    times, positions = _borders(mmode.times), _borders(mmode.positions)
    axes.pcolormesh(times, positions, shown, cmap="gray", vmin=0, vmax=1, shading="flat", rasterized=True)
    lines = {}
    for segment in dict.fromkeys(edge.segment for edge in edges):
        own = [edge for edge in edges if edge.segment == segment]
        places = [mmode.times[edge.frame] for edge in own], [edge.position for edge in own]
        (lines[segment],) = axes.plot(*places, ".", markersize=3.5, color=_colour(colours, segment, 1.0))
    axes.set_ylim(positions[-1], positions[0])
    axes.set_xlabel("Time (s)" if mmode.scale.times is not None else "Frame")
    axes.set_ylabel("Along the line (mm)" if mmode.scale.spacing is not None else "Along the line (pixels)")
    if edges:
        _legend(axes, lines)
    _note(figure, notes)
    return figure


def _figure(inches: tuple[float, float]) -> Any:
    return require("matplotlib.figure", "A chart of measurements").Figure(figsize=inches, layout="constrained")


def _legend(axes: Any, lines: Mapping[str, Any]) -> None:
    """Beside the curves. It is told the names, for labels of lines that begin with _ are left out of it."""
    names = list(map(one_line, lines))
    axes.legend(list(lines.values()), names, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)


def _note(figure: Any, notes: Sequence[str]) -> None:
    """A chart travels alone, so it carries its doubts with it."""
    if notes:
        figure.suptitle("\n".join(textwrap.wrap(" ".join(notes), NOTE_COLUMNS)), fontsize=8)


def _colour(colours: Colours | None, segment: str, share: float = DARKER) -> Any:
    known = (colours or {}).get(segment)
    return "0.25" if known is None else np.array(known) / 255 * share


def _borders(middles: np.ndarray) -> np.ndarray:
    """Half-way between neighbours, and as far beyond the ends."""
    if len(middles) < 2:
        return np.array([middles[0] - 0.5, middles[0] + 0.5])
    between = (middles[1:] + middles[:-1]) / 2
    return np.concatenate([[2 * middles[0] - between[0]], between, [2 * middles[-1] - between[-1]]])
