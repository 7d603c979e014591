"""What serves other cines: marked frames, and some frames of predictions that somebody found right as a whole."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rabengine.segmentation import Segmentation

from .marks import MarkFile, marks_by_cine, write_mark

EXAMPLES = 3  # frames of a prediction, evenly over the cine


def write_examples(study: Path, cine: int, found: Segmentation) -> list[MarkFile]:
    """Write label images of the frames of a right prediction that may serve others.

    Raises:
        InputError: they cannot be written, such as on a full disk.
    """
    count = len(found.labels)
    places = np.linspace(0, count - 1, min(EXAMPLES, count)).round().astype(int)
    drawn = set(found.marked_frames)  # they serve as what they are
    chosen = [int(frame) for frame in places if frame not in drawn and found.labels[frame].any()]
    return [write_mark(study, cine, frame, found.labels[frame]) for frame in chosen]


def keep_examples(connection: sqlite3.Connection, cine: int, examples: Sequence[MarkFile]) -> None:
    """Let these serve others in place of earlier ones; they do as long as the cine counts as checked."""
    connection.execute("DELETE FROM examples WHERE cine = ?", (cine,))
    connection.executemany(
        "INSERT INTO examples (cine, frame, file, segments) VALUES (?, ?, ?, ?)",
        [(cine, one.frame, one.file, json.dumps(one.segments)) for one in examples],
    )


def undescribed_frames(connection: sqlite3.Connection, describer: str) -> dict[int, tuple[MarkFile, ...]]:
    """{cine: frames that may serve others and have no description yet}."""
    sentence = "SELECT cine, frame, file, segments FROM serving WHERE described_by IS NOT ? ORDER BY cine, frame"
    return marks_by_cine(connection.execute(sentence, (describer,)))


def keep_description(
    connection: sqlite3.Connection, cine: int, mark: MarkFile, description: np.ndarray, describer: str
) -> None:
    """Keep what a frame looks like, unless it was drawn anew meanwhile."""
    for name in ("marks", "examples"):
        connection.execute(
            f"UPDATE {name} SET description = ?, described_by = ? WHERE cine = ? AND frame = ? AND file = ?",
            (description.astype("<f2").tobytes(), describer, cine, mark.frame, mark.file),
        )
