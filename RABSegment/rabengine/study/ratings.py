"""What every rater drew on every frame, each time; and which of it is the mark that the study uses.

The one that is used is what a third person decided, else the latest that was drawn; a frame that somebody marks again
to be compared with himself is for that alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rabengine.errors import InputError
from rabengine.segmentation import Segmentation

from .log import now
from .marks import MarkFile, mark_content, mark_of, write_mark

MARK, VERIFY, ADJUDICATE, UNMARK = "mark", "verify", "adjudicate", "unmark"
DECISION = 0  # in the place of a reading


@dataclass(frozen=True)
class Rating:
    """What a person drew on a frame.

    Attributes:
        cine, frame: where. by, at: who, and when (ISO 8601, UTC).
        reading: 1, or 2 and more where the same person marked the frame again to be compared with himself; 0 for what a
            third person decided.
        how: "mark", "verify" (what was predicted there is right) or "adjudicate".
        mark: its label image. content: SHA-256 of it, "" where it was kept by an older version.
        predicted: file of the labels that were predicted there before anybody had marked it, "" where there were none;
            the same for all who marked the frame, also where they corrected themselves after another prediction.
        spacing: of a pixel in mm, (x, y); None where the cine has none, or an older version kept this.
        entry: number of the log's entry, 0 where it was kept by an older version.
    """

    cine: int
    frame: int
    by: str
    at: str
    reading: int
    how: str
    mark: MarkFile
    content: str
    predicted: str
    spacing: tuple[float, float] | None
    entry: int


@dataclass(frozen=True)
class Drawn:
    """A label image that is to be kept as a rating: see `Rating`. predicted_content: SHA-256 of what was predicted."""

    mark: MarkFile
    content: str
    predicted: str = ""
    predicted_content: str = ""


@dataclass(frozen=True)
class Change:
    """Who changes what: see `Rating`."""

    cine: int
    by: str
    how: str
    entry: int


def written(study: Path, cine: int, marks: Mapping[int, np.ndarray], found: Segmentation | None) -> list[Drawn]:
    """Write label images into the study's folder, and beside them what had been predicted on those frames.

    Args:
        marks: {frame: (H, W) uint8}. found: what is predicted of the cine now, if anything; frames that it was told of
            are no prediction.

    Raises:
        InputError: they cannot be written.
    """
    drawn = []
    for frame, labels in marks.items():
        predicted, content = "", ""
        if found is not None and frame < len(found.labels) and frame not in found.marked_frames:
            predicted = write_mark(study, cine, frame, found.labels[frame]).file
            content = mark_content(found.labels[frame])
        drawn.append(Drawn(write_mark(study, cine, frame, labels), mark_content(labels), predicted, content))
    return drawn


def told_of(drawn: Iterable[Drawn], spacing: tuple[float, float] | None) -> dict[str, object]:
    """What the log tells of label images, so that `verification` finds what is changed of the ratings."""
    kept = list(drawn)
    return {
        "marks": {one.mark.frame: one.mark.file for one in kept},
        "contents": [one.content for one in kept],
        "segments": {one.mark.frame: one.mark.segments for one in kept},
        "predicted": {one.mark.frame: (one.predicted, one.predicted_content) for one in kept if one.predicted},
        "spacing": spacing,
    }


def keep_ratings(
    connection: sqlite3.Connection,
    change: Change,
    drawn: Iterable[Drawn],
    *,
    spacing: tuple[float, float] | None,
    is_repeat: bool = False,
) -> bool:
    """Note what a person drew; True where a mark that the study uses has changed."""
    frames = []
    for one in drawn:
        frames.append(one.mark.frame)
        standing = _standing(_rows(connection, change.cine, one.mark.frame))
        own = [rating.reading for rating in standing if rating.by == change.by]
        reading = max(own, default=0) + 1 if is_repeat else 1
        _add(
            connection,
            change,
            frame=one.mark.frame,
            reading=DECISION if change.how == ADJUDICATE else reading,
            file=one.mark.file,
            segments=json.dumps(one.mark.segments),
            content=one.content,
            predicted=one.predicted,
            spacing="" if spacing is None else json.dumps(list(spacing)),
        )
    return _settle(connection, change.cine, frames)


def withdraw(connection: sqlite3.Connection, change: Change, frame: int) -> bool:
    """Take what a person drew on a frame back; True where a mark that the study uses has changed.

    Raises:
        InputError: this person drew nothing there.
    """
    cine, by = change.cine, change.by
    people = sorted({rating.by for rating in _standing(_rows(connection, cine, frame))})
    if not people:
        raise InputError(f"Frame {frame} of cine {cine} has no mark.", "See: rabsegment study status DIR")
    if by not in people:
        raise InputError(
            f"Frame {frame} of cine {cine} was marked by {', '.join(people)}, not by {by}.",
            "Only who marked it takes it back; say who you are: --by NAME",
        )
    _add(connection, change, frame=frame, reading=DECISION, file="", segments="[]")
    return _settle(connection, cine, [frame])


def standing_ratings(connection: sqlite3.Connection, cine: int | None = None) -> list[Rating]:
    """The last reading of each number of each person of each frame, by cine, frame and time; decisions are among them.

    What was corrected or taken back is not, though it is kept.
    """
    one, values = ("", ()) if cine is None else (" WHERE cine = ?", (cine,))
    return standing_of(connection.execute(f"SELECT * FROM ratings{one} ORDER BY cine, frame, id", values))


def standing_of(ratings: Iterable[sqlite3.Row]) -> list[Rating]:
    """Those of them that stand; the rows of a frame come in the order in which they were drawn."""
    frames: dict[tuple[int, int], list[sqlite3.Row]] = {}
    for row in ratings:
        frames.setdefault((row["cine"], row["frame"]), []).append(row)
    return [rating for rows in frames.values() for rating in _standing(rows)]


def used_rating(ratings: Iterable[Rating]) -> Rating | None:
    """Of the standing ratings of a frame the one that the study uses; None where there is none."""
    decided, drawn = None, None
    for rating in ratings:
        if rating.reading == DECISION:
            decided = rating
        elif rating.reading == 1:
            drawn = rating
    return decided or drawn


def _rows(connection: sqlite3.Connection, cine: int, frame: int) -> list[sqlite3.Row]:
    values = (cine, frame)
    return connection.execute("SELECT * FROM ratings WHERE cine = ? AND frame = ? ORDER BY id", values).fetchall()


def _standing(rows: Iterable[sqlite3.Row]) -> list[Rating]:
    """Of the rows of one frame, in the order in which they were drawn."""
    standing: dict[tuple[str, int], sqlite3.Row] = {}
    predicted = ""
    for row in rows:
        if row["how"] == UNMARK:
            standing = {key: kept for key, kept in standing.items() if key[0] != row["by"]}
            predicted = predicted if standing else ""
        else:
            # Later predictions are told of the marks, and say nothing of their own.
            predicted = predicted or row["predicted"]
            standing.pop((row["by"], row["reading"]), None)
            standing[row["by"], row["reading"]] = row
    return [_of_row(row, predicted) for row in standing.values()]


def _of_row(row: sqlite3.Row, predicted: str) -> Rating:
    spacing = json.loads(row["spacing"]) if row["spacing"] else None
    return Rating(
        cine=row["cine"],
        frame=row["frame"],
        by=row["by"],
        at=row["at"],
        reading=row["reading"],
        how=row["how"],
        mark=mark_of(row),
        content=row["content"],
        predicted=predicted,
        spacing=None if spacing is None else (float(spacing[0]), float(spacing[1])),
        entry=row["entry"],
    )


def _add(connection: sqlite3.Connection, change: Change, **values: object) -> None:
    [last] = connection.execute("SELECT coalesce(max(id), 0) FROM ratings").fetchone()
    values |= {"id": last + 1, "at": now(), **vars(change)}
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(f"INSERT INTO ratings ({names}) VALUES ({places})", values)


def _settle(connection: sqlite3.Connection, cine: int, frames: Iterable[int]) -> bool:
    """Let the table of marks name what is used on these frames; True where another image is used than before."""
    is_changed = False
    for frame in frames:
        used = used_rating(_standing(_rows(connection, cine, frame)))
        before = connection.execute("SELECT file FROM marks WHERE cine = ? AND frame = ?", (cine, frame)).fetchone()
        if used is None:
            connection.execute("DELETE FROM marks WHERE cine = ? AND frame = ?", (cine, frame))
        elif before is not None and before["file"] == used.mark.file:
            # The same image: what describes it stays.
            connection.execute(
                "UPDATE marks SET by = ?, at = ? WHERE cine = ? AND frame = ?", (used.by, used.at, cine, frame)
            )
            continue
        else:
            connection.execute(
                "INSERT OR REPLACE INTO marks (cine, frame, file, segments, by, at) VALUES (?, ?, ?, ?, ?, ?)",
                (cine, frame, used.mark.file, json.dumps(used.mark.segments), used.by, used.at),
            )
        is_changed = is_changed or before is not None or used is not None
    return is_changed
