"""Marks of a study's cines: label images in its folder, and the rows that name them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.atomic import as_input_error, write_whole
from rabengine.io.labels.formats import png_bytes
from rabengine.io.marks.drawn import checked_mark
from rabengine.io.marks.mask_file import read_mark

from .layout import mark_file


@dataclass(frozen=True)
class MarkFile:
    """A mark and where it lies.

    Attributes:
        frame: of the cine, from 0. file: the label image, below the study's folder. segments: labels drawn on it.
    """

    frame: int
    file: str
    segments: tuple[int, ...]


def checked_marks(marks: Mapping[int, np.ndarray], cine: Cine) -> dict[int, np.ndarray]:
    """(H, W) uint8 labels by frame.

    Raises:
        InputError: a frame that the cine does not have, or labels of another size or beyond 0 to 255.
    """
    count, size, name = cine.frame_count, tuple(cine.frame_size), str(cine.source)
    return {int(frame): checked_mark(frame, drawn, count, size, name) for frame, drawn in marks.items()}


def new_labels(known: Collection[int], marks: Mapping[int, np.ndarray]) -> tuple[str, ...]:
    """A sentence where marks have labels that are on no mark yet: most white masks mean 1 by their 255.

    Args:
        known: label values of the marks so far; empty before the first ones, which are asked nothing.
        marks: {frame: (H, W) labels}.
    """
    drawn = {int(value) for labels in marks.values() for value in np.unique(labels)} - {0}
    new = sorted(drawn - set(known))
    if not known or not new:
        return ()
    label, verb = ("Label", "is") if len(new) == 1 else ("Labels", "are")
    return (
        f"{label} {_listed(new)} {verb} on no other mark of the study, which has {_listed(sorted(known))}: another "
        "segment. A mask of a segment that is there already has that segment's number.",
    )


def _listed(values: Iterable[int]) -> str:
    return ", ".join(map(str, values))


def write_mark(study: Path, cine: int, frame: int, labels: np.ndarray) -> MarkFile:
    """Write the label image of a mark; a file that is there is never written over by another content.

    Raises:
        InputError: it cannot be written, such as on a full disk.
    """
    content = png_bytes(labels)
    name = mark_file(cine, frame, mark_content(labels))
    path = study / name
    with as_input_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    return MarkFile(frame, name, tuple(int(value) for value in np.unique(labels) if value > 0))


def read_labels(study: Path, mark: MarkFile, size: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8 labels of a mark, of the size (H, W) that its cine has.

    Raises:
        InputError: its file is missing or damaged.
    """
    return np.asarray(read_mark(study / mark.file, size).labels, np.uint8)


def mark_content(labels: np.ndarray) -> str:
    """SHA-256 of the file of a mark, 64 hexadecimal digits."""
    return hashlib.sha256(png_bytes(labels)).hexdigest()


def kept_marks(connection: sqlite3.Connection, cine: int | None = None) -> dict[int, tuple[MarkFile, ...]]:
    """The marks of each cine that has some, by frame; with a number only those of this one."""
    one, values = ("", ()) if cine is None else (" WHERE cine = ?", (cine,))
    sentence = f"SELECT cine, frame, file, segments FROM marks{one} ORDER BY cine, frame"
    return marks_by_cine(connection.execute(sentence, values))


def marks_by_cine(rows: Iterable[sqlite3.Row]) -> dict[int, tuple[MarkFile, ...]]:
    """The marks that rows with `cine` and those of `mark_of` tell of, in their order."""
    found: dict[int, list[MarkFile]] = {}
    for row in rows:
        found.setdefault(row["cine"], []).append(mark_of(row))
    return {cine: tuple(marks) for cine, marks in found.items()}


def mark_of(row: sqlite3.Row) -> MarkFile:
    """The mark that a row with `frame`, `file` and `segments` tells of."""
    return MarkFile(row["frame"], row["file"], tuple(json.loads(row["segments"])))


def mark_size(study: Path, mark: MarkFile) -> tuple[int, int]:
    """(rows, columns) of the label image of a mark.

    Raises:
        InputError: its file is missing or damaged.
    """
    path = study / mark.file
    try:
        with path.open("rb") as stream:
            head = stream.read(24)
    except OSError as error:
        raise InputError(f"The mark {path} cannot be read ({error.strerror or error}).", "Bring it back.") from error
    if len(head) < 24 or head[12:16] != b"IHDR":
        raise InputError(f"The mark {path} is damaged.", "Bring it back from your backup.")
    columns, rows = struct.unpack(">II", head[16:24])
    return int(rows), int(columns)
