"""The growth of time and memory as one picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rabengine.benchmark.cases import FRAMES, PIXELS
from rabengine.pictures.optional import require

PANELS = (
    (FRAMES, "all_done_s", "frames", "seconds, all done"),
    (FRAMES, "peak_memory_mib", "frames", "peak memory, MiB"),
    (PIXELS, "all_done_s", "thousand pixels per frame", "seconds, all done"),
    (PIXELS, "peak_memory_mib", "thousand pixels per frame", "peak memory, MiB"),
)
_MARGIN = 1.08
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
