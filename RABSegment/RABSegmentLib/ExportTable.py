"""The areas as a CSV file, as the command line writes them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from rabengine.io.atomic import atomic_file
from rabengine.io.table import COLUMNS, frame_times

from .AreaTable import areaTable
from .CineGeometry import engineCine
from .ExportPlaces import Writer, checkedFile
from .SegmentationSequence import SegmentationSequence

TABLE_SUFFIXES = (".csv",)


def exportTable(segmentation: SegmentationSequence, path: str | Path) -> Path:
    """Write a row for every frame and segment: frame, time, segment, area_px, area_mm2, confidence, status.

    `time` is in seconds, empty when the cine's index is not time; `segment` is its name; `area_mm2` is empty when
    the cine has no spacing; `confidence` is empty where nobody said anything. Beside the command line's statuses
    there is "verified".

    Args:
        segmentation: to export.
        path: that ends in .csv.

    Raises:
        InputError: another ending, or a place that cannot be written to.
    """
    path = checkedFile(path, TABLE_SUFFIXES)
    return tableWriter(segmentation)(path)[0]


def tableWriter(segmentation: SegmentationSequence) -> Writer:
    """What `exportTable` writes, gathered from the scene."""
    rows = list(_rows(segmentation))

    def write(path: str | Path) -> list[Path]:
        path = checkedFile(path, TABLE_SUFFIXES)
        with atomic_file(path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as stream:
            table = csv.writer(stream)
            table.writerow(COLUMNS)
            table.writerows(rows)
        return [path]

    return write


def _rows(segmentation: SegmentationSequence) -> Iterator[tuple[object, ...]]:
    times = frame_times(engineCine(segmentation.cine))
    names = {segmentId: segmentation.segmentName(segmentId) for segmentId in segmentation.segmentIds()}
    for row in areaTable(segmentation):
        for segmentId, area in row.segments.items():
            yield (
                row.frame,
                "" if times is None else f"{times[row.frame]:.6f}",
                names[segmentId],
                area.pixels,
                "" if area.mm2 is None else f"{area.mm2:.4f}",
                "" if area.confidence is None else f"{area.confidence:.4f}",
                area.status,
            )
