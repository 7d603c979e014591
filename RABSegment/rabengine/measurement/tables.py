"""Measurements as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from .measurements import Measurements
from .mmode import LineEdge
from .scale import Scale

NOTES = "notes"  # the last column, where anything is doubted
_UNITS = {"{pixels}": "px", "{frames}": "frames", "1": ""}


def unit_text(unit: str) -> str:
    """As people write a UCUM unit."""
    return _UNITS.get(unit, unit)


def title_of(name: str, unit: str) -> str:
    """Of a column, such as "area [mm2]"."""
    said = unit_text(unit)
    return f"{name} [{said}]" if said else name


def write_frame_table(path: Path, found: Measurements, scale: Scale) -> None:
    """A row for every frame and segment that has values, a column for each measurement.

    `time` is in seconds, empty where the cine has none. What is doubted, such as a pixel size, stands in the first row
    of a last column, `notes`, where there is anything.
    """
    titles = list(dict.fromkeys(title_of(one.name, one.unit) for one in found.by_frame))
    rows: dict[tuple[int, str], dict[str, str]] = {}
    for one in found.by_frame:
        if one.frame is not None:
            rows.setdefault((one.frame, one.segment), {})[title_of(one.name, one.unit)] = number_text(one.value)
    order = list(dict.fromkeys(one.segment for one in found.by_frame))
    table = [
        (frame, _time(scale, frame), segment, *(rows[frame, segment].get(title, "") for title in titles))
        for frame, segment in sorted(rows, key=lambda key: (key[0], order.index(key[1])))
    ]
    _write_doubted(path, ("frame", "time", "segment", *titles), table, found)


def write_beat_table(path: Path, found: Measurements, scale: Scale) -> None:
    """A row for every value of a beat; `frame` and `time` are where the beat, contraction or cycle begins."""
    write_rows(
        path,
        ("segment", "frame", "time", "measurement", "value", "unit"),
        [
            (
                one.segment,
                one.frame,
                "" if one.frame is None else _time(scale, one.frame),
                one.name,
                number_text(one.value),
                unit_text(one.unit),
            )
            for one in found.by_beat
        ],
    )


def write_summary_table(path: Path, found: Measurements) -> None:
    """A row for every value of the whole cine, with the code of DICOM where there is one; doubts as in the other."""
    _write_doubted(
        path,
        ("segment", "measurement", "value", "unit", "code", "scheme", "meaning"),
        [
            (one.segment, one.name, number_text(one.value), unit_text(one.unit), *(one.code or ("", "", "")))
            for one in found.summary
        ],
        found,
    )


def write_edge_table(path: Path, edges: Sequence[LineEdge], scale: Scale) -> None:
    """A row for every edge that the line of an M-mode crosses."""
    unit = unit_text(scale.length_unit)
    write_rows(
        path,
        ("frame", "time", "segment", f"position [{unit}]", "way"),
        [(one.frame, _time(scale, one.frame), one.segment, number_text(one.position), one.way) for one in edges],
    )


def _write_doubted(path: Path, titles: Sequence[str], rows: Sequence[Sequence[object]], found: Measurements) -> None:
    """A table whose last column says in its first row what is to be known of the values, where there is anything."""
    if found.warnings and rows:
        titles = (*titles, NOTES)
        rows = [(*row, "" if number else " ".join(found.warnings)) for number, row in enumerate(rows)]
    write_rows(path, titles, rows)


def write_rows(path: Path, titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table to a file that is not there yet or may be replaced."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(titles)
        table.writerows(rows)


def number_text(value: float, digits: int = 6) -> str:
    """So many digits that count; without a power of ten where the number is large: "9000", not "9e+03"."""
    text = f"{value:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text else text


def _time(scale: Scale, frame: int) -> str:
    return "" if scale.times is None else f"{scale.times[frame]:.6f}"
