"""The report of a run, for programs and for whoever wonders later how a result came about."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rabengine.cine import Cine
from rabengine.io.files.atomic import atomic_file
from rabengine.io.files.writable import check_writable
from rabengine.segmentation import Segmentation

from .legend import legend_of


def write_report(
    path: str | Path,
    segmentation: Segmentation,
    cine: Cine,
    peak_memory_mib: float | None,
    names: Mapping[int, str] | None = None,
) -> None:
    """Write the report as JSON; see `report_content` for its keys.

    Raises:
        InputError: the file cannot be written.
    """
    path = Path(path)
    check_writable(path)
    text = json.dumps(report_content(segmentation, cine, peak_memory_mib, names), indent=2, allow_nan=False)
    with atomic_file(path) as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")


def report_content(
    segmentation: Segmentation, cine: Cine, peak_memory_mib: float | None, names: Mapping[int, str] | None = None
) -> dict[str, Any]:
    """What the report says: `confidence` has one list a frame, with one number for each of `segments`."""
    rows, columns = cine.frame_size
    return {
        "cine": cine.source,
        "frames": cine.frame_count,
        "rows": rows,
        "columns": columns,
        "spacing_mm": None if cine.spacing is None else list(cine.spacing),
        "segments": [int(segment) for segment in segmentation.segments],
        "segment_names": [entry.name for entry in legend_of(segmentation.segments, names).values()],
        "marked_frames": [int(frame) for frame in segmentation.marked_frames],
        "next_frame": None if segmentation.next_frame is None else int(segmentation.next_frame),
        "preset": segmentation.preset,
        "device": segmentation.device,
        "seed": int(segmentation.seed),
        "seconds": {phase: round(float(spent), 3) for phase, spent in segmentation.seconds.items()},
        "peak_memory_mib": None if peak_memory_mib is None else round(peak_memory_mib, 1),
        "confidence": [[_number(value) for value in row] for row in segmentation.confidence],
        "warnings": [*cine.warnings, *segmentation.warnings],
    }


def _number(value: float) -> float | None:
    """Four decimals; JSON has no NaN, so that becomes null."""
    return round(float(value), 4) if math.isfinite(value) else None
