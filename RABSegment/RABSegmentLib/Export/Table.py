"""The areas as a CSV file, as the command line writes them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from rabengine.io.files.atomic import atomic_file
from rabengine.io.table import COLUMNS, Row, area_text, frame_times, with_doubts
from RABSegmentLib.Results.Areas import areaTable
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames

from .Places import FileWriter, checkedFile

TABLE_SUFFIXES = (".csv",)
WORK_COLUMNS = ("made", "seconds")  # after the command line's, where a person marked or timed anything


def exportTable(segmentation: SegmentationSequence, path: str | Path) -> Path:
    """Write a row for every frame and segment: frame, time, segment, area_px, area_mm2, confidence, status.

    `time` is in seconds, empty when the cine's index is not time; `segment` is its name, with a number where an
    earlier one has it too; `area_mm2` is empty when the cine has no spacing; `confidence` is empty where nobody said
    anything, and both areas where nobody looked for the segment. Beside the command line's statuses there are
    "verified", "unsettled" and "unsegmented" (see `SegmentArea`).

    Two columns more are for studies of annotation, and there where a person marked or timed anything: `made`, how the
    mark of the frame came about ("painted", "prompted", "declared absent", "loaded", then "corrected" or "verified",
    joined by a +), and `seconds`, how long a person was at the frame in all, in the frame's first row alone, so that
    its sum is the time of the cine (see `FrameClock`). Where the calibration is in doubt a last column, `calibration`,
    says in its first row why.

    Args:
        segmentation: to export.
        path: that ends in .csv.

    Raises:
        InputError: another ending, or a place that cannot be written to.
    """
    path = checkedFile(path, TABLE_SUFFIXES)
    return tableWriter(segmentation)(path)[0]


def tableWriter(segmentation: SegmentationSequence) -> FileWriter:
    """What `exportTable` writes, gathered from the scene."""
    rows: list[Row] = [COLUMNS, *_rows(segmentation)]
    work = _work(segmentation)
    if any(made or seconds for made, seconds in work):
        rows = [(*row, *more) for row, more in zip(rows, [WORK_COLUMNS, *work], strict=True)]
    rows = with_doubts(rows, segmentation.cine.calibrationDoubts)

    def write(path: str | Path) -> list[Path]:
        path = checkedFile(path, TABLE_SUFFIXES)
        with atomic_file(path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(rows)
        return [path]

    return write


def _work(segmentation: SegmentationSequence) -> list[tuple[str, str]]:
    """(made, seconds) of each row of `_rows`."""
    found = []
    for frame in range(segmentation.frameCount):
        record, seconds = segmentation.record(frame), segmentation.seconds(frame)
        for number, segmentId in enumerate(segmentation.segmentIds()):
            made = "+".join(record.made) if segmentId in record.known else ""
            found.append((made, f"{seconds:.1f}" if seconds and not number else ""))
    return found


def _rows(segmentation: SegmentationSequence) -> Iterator[Row]:
    times = frame_times(engineCine(segmentation.cine))
    names = uniqueNames(segmentation)
    for row in areaTable(segmentation):
        for segmentId, area in row.segments.items():
            yield (
                row.frame,
                "" if times is None else f"{times[row.frame]:.6f}",
                names[segmentId],
                area.pixels if area.isKnown else "",
                "" if area.mm2 is None or not area.isKnown else area_text(area.mm2),
                "" if area.confidence is None else f"{area.confidence:.4f}",
                area.status,
            )
