"""The measurements as tables in markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rabengine.benchmark.cases import FRAMES, PIXELS, USE

TITLES = {
    USE: "30 frames of 256 x 256, one mark, then one correction",
    FRAMES: "Growth with frames, 256 x 256",
    PIXELS: "Growth with pixels, 30 frames",
}
# Heading, key of the measurement, format.
USE_COLUMNS = (
    ("first propagation, s", "first_propagation_s", ".1f"),
    ("all done, s", "all_done_s", ".1f"),
    ("warm correction, s", "warm_correction_s", ".1f"),
    ("peak memory, MiB", "peak_memory_mib", ".0f"),
    ("Dice", "dice", ".3f"),
)
GROWTH_COLUMNS = (
    ("first propagation, s", "first_propagation_s", ".1f"),
    ("all done, s", "all_done_s", ".1f"),
    ("s per frame", "seconds_per_frame", ".3f"),
    ("peak memory, MiB", "peak_memory_mib", ".0f"),
    ("Dice", "dice", ".3f"),
)
DEVICE_COLUMN = ("peak GPU memory, MiB", "peak_device_memory_mib", ".0f")


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
    columns = [*(USE_COLUMNS if group == USE else GROWTH_COLUMNS)]
    if any(row.get("peak_device_memory_mib") for row in rows):
        columns.append(DEVICE_COLUMN)
    first = [] if group == USE else ["frames" if group == FRAMES else "size"]
    headings = ["preset", *first, *(heading for heading, _, _ in columns)]
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    for row in rows:
        size = str(row["frames"]) if group == FRAMES else f"{row['width']} x {row['height']}"
        cells = [row["preset"], *([size] if first else []), *_cells(row, columns)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _cells(row: Mapping[str, Any], columns: Sequence[tuple[str, str, str]]) -> list[str]:
    if "error" in row:
        return [f"failed: {row['error']}", *("" for _ in columns[1:])]
    return ["" if row.get(key) is None else format(row[key], style) for _, key, style in columns]
