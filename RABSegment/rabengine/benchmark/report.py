"""Tables and plot of a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rabengine.evaluation.markdown import table
from rabengine.optional import require

from .scenarios import CLICKS, FRAMES, PIXELS, USE

TITLES = {
    USE: "30 frames of 256 x 256, one mark, then one correction",
    CLICKS: "Clicks: a phantom's cavity, three clicks a frame",
    FRAMES: "Growth with frames, 256 x 256",
    PIXELS: "Growth with pixels, 30 frames",
}
# Heading, key of the measurement, format.
USE_COLUMNS = (
    ("first result, s", "first_propagation_s", ".1f"),
    ("all done, s", "all_done_s", ".1f"),
    ("warm correction, s", "warm_correction_s", ".1f"),
    ("peak memory, MiB", "peak_memory_mib", ".0f"),
    ("Dice", "dice", ".3f"),
)
CLICK_COLUMNS = (
    ("click, features there, ms", "click_ms", ".0f"),
    ("slowest of them, ms", "slowest_click_ms", ".0f"),
    ("features of a frame, ms", "features_ms", ".0f"),
    ("first click at once, ms", "click_at_once_ms", ".0f"),
    ("first click of a new process, s", "first_click_s", ".1f"),
    ("peak memory, MiB", "peak_memory_mib", ".0f"),
    ("IoU", "iou", ".3f"),
)
GROWTH_COLUMNS = (
    ("first result, s", "first_propagation_s", ".1f"),
    ("all done, s", "all_done_s", ".1f"),
    ("s per frame", "seconds_per_frame", ".3f"),
    ("peak memory, MiB", "peak_memory_mib", ".0f"),
    ("Dice", "dice", ".3f"),
)
DEVICE_COLUMN = ("peak GPU memory, MiB", "peak_device_memory_mib", ".0f")
PANELS = (
    (FRAMES, "all_done_s", "frames", "seconds, all done"),
    (FRAMES, "peak_memory_mib", "frames", "peak memory, MiB"),
    (PIXELS, "all_done_s", "thousand pixels per frame", "seconds, all done"),
    (PIXELS, "peak_memory_mib", "thousand pixels per frame", "peak memory, MiB"),
)
_MARGIN = 1.08


def to_markdown(machine: Mapping[str, str], results: Sequence[Mapping[str, Any]]) -> str:
    """A title, the machine, and one table for each group that has results."""
    parts = ["# Benchmark", "", "; ".join(f"{name} {value}" for name, value in machine.items()) + ".", ""]
    parts += ["Seconds count from the start of the process, imports included.", ""]
    for group, title in TITLES.items():
        rows = [result for result in results if result["group"] == group]
        if rows:
            parts += [f"## {title}", "", *_table(group, rows), ""]
    return "\n".join(parts)


def _table(group: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    columns = [*{USE: USE_COLUMNS, CLICKS: CLICK_COLUMNS}.get(group, GROWTH_COLUMNS)]
    if any(row.get("peak_device_memory_mib") for row in rows):
        columns.append(DEVICE_COLUMN)
    first = [] if group == USE else ["frames" if group == FRAMES else "size"]
    headings = ["preset", *first, *(heading for heading, _, _ in columns)]
    body = []
    for row in rows:
        size = str(row["frames"]) if group == FRAMES else f"{row['width']} x {row['height']}"
        body.append([row["preset"], *([size] if first else []), *_cells(row, columns)])
    return table(headings, body)


def _cells(row: Mapping[str, Any], columns: Sequence[tuple[str, str, str]]) -> list[str]:
    if "error" in row:
        return [f"failed: {row['error']}", *("" for _ in columns[1:])]
    return ["" if row.get(key) is None else format(row[key], style) for _, key, style in columns]


_SIZES: Mapping[str, Callable[[Mapping[str, Any]], float]] = {
    FRAMES: lambda result: float(result["frames"]),
    PIXELS: lambda result: result["height"] * result["width"] / 1000,
}


def write_plot(path: Path, results: Sequence[Mapping[str, Any]]) -> None:
    """Draw seconds and memory against frames and pixels, one line for each preset.

    Raises:
        InputError: matplotlib is not installed.
    """
    figure = require("matplotlib.figure", "The benchmark's plot").Figure(figsize=(10, 7), layout="constrained")
    for axes, (group, key, x_label, y_label) in zip(figure.subplots(2, 2).flat, PANELS, strict=True):
        rows = [result for result in results if result["group"] == group and result.get(key)]
        # Presets in the order of their first result, so that the colours agree between panels.
        for preset in dict.fromkeys(row["preset"] for row in rows):
            chosen = sorted((_SIZES[group](row), row[key]) for row in rows if row["preset"] == preset)
            axes.plot([x for x, _ in chosen], [y for _, y in chosen], marker="o", label=preset)
        axes.set(xlabel=x_label, ylabel=y_label)
        # From zero, so that the slope shows the growth.
        axes.set_xlim(0, _MARGIN * max((_SIZES[group](row) for row in rows), default=1))
        axes.set_ylim(0, _MARGIN * max((row[key] for row in rows), default=1))
        axes.grid(alpha=0.3)
        if rows:
            axes.legend()
    figure.savefig(path, dpi=130)
