"""What a set says of itself: a file for programs and a page for people, the same in every format that is a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.marks.isolated import check_sums

from .format import ExchangeItem

MANIFEST, PAGE = "rabsegment.json", "README.txt"
_LONGEST = 64 * 2**20  # bytes of a manifest that is read


@dataclass(frozen=True)
class KnownCine:
    """What a manifest says of a cine.

    Attributes:
        size: (rows, columns). count: its frames. sums: of some frames, as `check_sums` has them.
        values: {label value in the set: value that the cine's own labels had}. names: {value in the set: name}.
        doubtful: how many frames no person is known to have marked.
    """

    size: tuple[int, int]
    count: int
    sums: tuple[int, ...]
    values: Mapping[int, int]
    names: Mapping[int, str]
    doubtful: int


def manifest_of(title: str, items: Sequence[ExchangeItem], sums: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """The manifest of a set: names of the set, never of files or patients.

    Args:
        title: of the format.
        items: as they were written. sums: {name of the item: of its frames as they were read}.
    """
    legend = items[0].legend
    return {
        "made_by": "RABSegment",
        "format": title,
        "segments": {str(value): entry.name for value, entry in legend.items()},
        "has_names": items[0].is_named,
        "cines": [_cine(item, sums.get(item.name, ())) for item in items],
    }


def _cine(item: ExchangeItem, sums: Sequence[int]) -> dict[str, Any]:
    rows, columns = item.cine.frame_size
    origins = sorted(set(item.origins.values()))
    return {
        "name": item.name,
        "patient": item.patient or None,
        "split": item.split,
        "frames": item.cine.frame_count,
        "rows": rows,
        "columns": columns,
        "spacing_mm": None if item.cine.spacing is None else list(item.cine.spacing),
        "index": dict(zip(("name", "unit"), index_of(item.cine), strict=True)),
        "labels": {one: [frame for frame, origin in item.origins.items() if origin == one] for one in origins},
        "values": {str(value): own for value, own in item.values.items()},
        "sums": list(sums),
    }


def index_of(cine: Cine) -> tuple[str, str]:
    """Name and unit of a cine's index as others may see them: whoever wrote the file may have called it anything."""
    is_usual = cine.index_name.lower() in ("time", "frame") and cine.index_unit in ("s", "ms", "")
    return (cine.index_name, cine.index_unit) if is_usual else ("index", "")


def sums_of(cine: Cine) -> list[int]:
    """By which the cine is known again."""
    return check_sums(cine.frames)


def read_manifest(folder: Path) -> dict[str, KnownCine]:
    """{name of a cine: what is known of it}; empty where there is no manifest.

    Raises:
        InputError: it is damaged.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        if path.stat().st_size > _LONGEST:
            raise ValueError("too long")
        told = json.loads(path.read_text(encoding="utf-8"))
        names = {int(value): str(name) for value, name in told["segments"].items()} if told["has_names"] else {}
        return {str(cine["name"]): _known(cine, names) for cine in told["cines"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path} is damaged.", "Export the set again, or remove this file.") from error


def _known(told: Mapping[str, Any], names: Mapping[int, str]) -> KnownCine:
    doubtful = sum(len(frames) for origin, frames in told["labels"].items() if origin != "marked")
    return KnownCine(
        size=(int(told["rows"]), int(told["columns"])),
        count=int(told["frames"]),
        sums=tuple(int(number) for number in told["sums"]),
        values={int(value): int(own) for value, own in told["values"].items()},
        names=names,
        doubtful=doubtful,
    )
