"""The table of areas: one row for every frame and segment."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.io.files.atomic import atomic_file
from rabengine.io.files.writable import check_writable
from rabengine.segmentation import Segmentation

COLUMNS = ("frame", "time", "segment", "area_px", "area_mm2", "confidence", "status")
CALIBRATION_COLUMN = "calibration"  # after them, only where the pixel size is in doubt

Row = tuple[object, ...]

_SECONDS_PER_UNIT = {"s": 1.0, "": 1.0, "ms": 1e-3}


def write_table(path: str | Path, segmentation: Segmentation, cine: Cine, *, travels: bool = False) -> None:
    """Write the areas as CSV.

    `time` is in seconds, empty when the cine's index is not time; `area_mm2` is empty when the cine is not
    calibrated.

    Args:
        path: that ends in .csv. segmentation, cine: of which.
        travels: it is read where nobody has the cine: what of the pixel size is in doubt stands in a last column, in
            its first row.

    Raises:
        InputError: the file cannot be written.
    """
    path = Path(path)
    check_writable(path)
    rows = [COLUMNS, *_rows(segmentation, cine)]
    with atomic_file(path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(with_doubts(rows, cine.doubts if travels and cine.spacing is not None else ()))


def with_doubts(rows: Sequence[Row], doubts: Sequence[str]) -> list[Row]:
    """Rows of a table, its heading first; with a column more, which says in the first one what is in doubt."""
    if not doubts or len(rows) < 2:
        return list(rows)
    cells = (CALIBRATION_COLUMN, " ".join(doubts), *[""] * (len(rows) - 2))
    return [(*row, cell) for row, cell in zip(rows, cells, strict=True)]


def _rows(segmentation: Segmentation, cine: Cine) -> Iterator[Row]:
    pixel_area = cine.pixel_area_mm2
    times = frame_times(cine)
    for frame, labels in enumerate(segmentation.labels):
        for column, segment in enumerate(segmentation.segments):
            area = int(np.count_nonzero(labels == segment))
            yield (
                frame,
                "" if times is None else f"{times[frame]:.6f}",
                segment,
                area,
                "" if pixel_area is None else area_text(area * pixel_area),
                f"{float(segmentation.confidence[frame, column]):.4f}",
                segmentation.status(frame, segment),
            )


def area_text(mm2: float) -> str:
    """To four decimals, and six digits that count of what is below 1 mm2, such as a cell."""
    return f"{mm2:.6g}" if 0 < mm2 < 1 else f"{mm2:.4f}"


def frame_times(cine: Cine) -> tuple[float, ...] | None:
    """Seconds of each frame, None when the cine's index is not time in a known unit."""
    factor = _SECONDS_PER_UNIT.get(cine.index_unit)
    if cine.index_name.lower() != "time" or factor is None:
        return None
    return tuple(value * factor for value in cine.index_values)
