"""Names and colours of segments, in the headers of NRRD files and in the table beside label pictures."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from rabengine.io.labels.pictures import LEGEND_FILE
from rabengine.io.legend import Colour, LegendEntry, segment_colour
from rabengine.io.volume.nrrd_header import parse_header

from .types import is_number

_LARGEST_LABEL = 255
_LARGEST_TABLE = 1 << 20


def header_keys(path: Path) -> Mapping[str, str]:
    """Those of a NRRD file; empty for any other.

    Raises:
        InputError: it has a name of NRRD files and is none.
    """
    if not path.name.lower().endswith((".nrrd", ".nhdr")):
        return {}
    with path.open("rb") as stream:
        return parse_header(stream, str(path)).keys


def legend_of_header(path: Path) -> dict[int, LegendEntry]:
    """{label: name and colour} of a NRRD file whose header names its segments; empty for others.

    Raises:
        InputError: it has a name of NRRD files and is none.
    """
    keys = header_keys(path)
    found = {}
    for number in range(_LARGEST_LABEL):
        value, name, colour = (keys.get(f"Segment{number}_{key}", "") for key in ("LabelValue", "Name", "Color"))
        if is_number(value) and name:
            found[int(value)] = LegendEntry(name, colour_of_shares(colour) or segment_colour(int(value)))
    return found


def colour_of_shares(text: str) -> Colour | None:
    """From red, green and blue between 0 and 1, as Slicer writes them; None where it is none."""
    try:
        red, green, blue = (round(255 * min(max(float(part), 0.0), 1.0)) for part in text.split())
    except (ValueError, OverflowError):
        return None
    return red, green, blue


def legend_of_folder(folder: Path) -> dict[int, LegendEntry]:
    """{label: name and colour} of the table that we write beside label pictures; empty where there is none."""
    table = folder / LEGEND_FILE
    if not table.is_file() or table.stat().st_size > _LARGEST_TABLE:
        return {}
    found = {}
    with table.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        for row in csv.DictReader(stream):
            value, name = row.get("LabelValue") or "", row.get("Name") or ""
            if is_number(value) and 0 < int(value) <= _LARGEST_LABEL and name:
                parts = [row.get(f"Color_{part}") or "" for part in "RGB"]
                are_colours = all(is_number(part) and int(part) <= 255 for part in parts)
                red, green, blue = map(int, parts) if are_colours else segment_colour(int(value))
                found[int(value)] = LegendEntry(name, (red, green, blue))
    return found
