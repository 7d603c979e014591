"""Whether the log of a study, and the marks that it names, are as they were written."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .chain import entry_hash
from .ratings import UNMARK
from .study import Study

_MOST = 20  # sentences: a log that was changed at its beginning would give one for each entry


@dataclass(frozen=True)
class Verified:
    """What came of looking.

    Attributes:
        entries: of the log. head: hash of the last one, which stands for all of them.
        problems: sentences; none where everything is as it was written.
    """

    entries: int
    head: str
    problems: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return {"entries": self.entries, "head": self.head, "problems": list(self.problems)}


def verify_log(study: Study, expected: str = "") -> Verified:
    """Look whether an entry was changed, removed or slipped in, and a mark changed that the log names.

    Args:
        expected: hash of an entry that was kept elsewhere, such as in a report; it must be in the log, for whoever may
            write the database can make the whole chain anew.

    Raises:
        InputError: the database cannot be read.
    """
    with study.database.reading() as connection:
        rows = connection.execute("SELECT * FROM log ORDER BY number").fetchall()
        ratings = connection.execute("SELECT * FROM ratings ORDER BY id").fetchall()
        marks = connection.execute("SELECT * FROM marks ORDER BY cine, frame").fetchall()
        sequence = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
    problems = [*_chain_problems(rows), *_end_problems(rows, sequence)]
    if expected and expected.lower() not in {row["hash"] for row in rows}:
        problems.append("No entry of the log has the hash that is expected.")
    problems += [*_rating_problems(rows, ratings), *_mark_problems(ratings, marks), *_file_problems(study, ratings)]
    left = len(problems) - _MOST
    if left > 0:
        problems[_MOST:] = [f"{left} more."]
    return Verified(len(rows), rows[-1]["hash"] if rows else "", tuple(problems))


def _chain_problems(rows: list[sqlite3.Row]) -> Iterator[str]:
    previous = ""
    for place, row in enumerate(rows, start=1):
        if row["number"] != place:
            yield f"Entry {place} of the log is missing."
            return
        if row["hash"] != entry_hash(previous, row):
            yield f"Entry {place} of the log, or one before it, is not as it was written."
            return
        previous = row["hash"]


def _end_problems(rows: list[sqlite3.Row], sequence: sqlite3.Row | None) -> Iterator[str]:
    written = 0 if sequence is None else sequence["seq"]
    if written != len(rows):
        yield f"The log has {len(rows)} entries, and {written} were written."


def _rating_problems(rows: list[sqlite3.Row], ratings: list[sqlite3.Row]) -> Iterator[str]:
    """Whether every rating is one that the log tells of, and the other way round."""
    entries = {row["number"]: row for row in rows}
    kept = set()
    for rating in ratings:
        if not rating["entry"]:
            continue  # of an older version, which kept but the last ones
        kept.add((rating["entry"], rating["frame"]))
        entry = entries.get(rating["entry"])
        if entry is None or not _tells_of(entry, rating):
            where = f"frame {rating['frame']} of cine {rating['cine']}"
            yield f"The log does not tell of what {rating['by']} did on {where}."
    for row in rows:
        told = json.loads(row["details"]) if row["what"] in ("mark", "verify", "adjudicate") else {}
        if "contents" in told:
            gone = sorted(int(frame) for frame in told["marks"] if (row["number"], int(frame)) not in kept)
            yield from (f"The mark of frame {frame} of entry {row['number']} of the log is missing." for frame in gone)


def _tells_of(entry: sqlite3.Row, rating: sqlite3.Row) -> bool:
    told = json.loads(entry["details"])
    if (entry["by"], entry["cine"], entry["what"]) != (rating["by"], rating["cine"], rating["how"]):
        return False
    if rating["how"] == UNMARK:
        return bool(told.get("frame") == rating["frame"])
    file = told.get("marks", {}).get(str(rating["frame"]))
    return bool(file == rating["file"] and rating["content"] in told.get("contents", ()))


def _mark_problems(ratings: list[sqlite3.Row], marks: list[sqlite3.Row]) -> Iterator[str]:
    drawn = {(rating["cine"], rating["frame"], rating["file"], rating["by"]) for rating in ratings}
    for mark in marks:
        if (mark["cine"], mark["frame"], mark["file"], mark["by"]) not in drawn:
            yield f"The mark that is used on frame {mark['frame']} of cine {mark['cine']} was drawn by nobody."


def _file_problems(study: Study, ratings: list[sqlite3.Row]) -> Iterator[str]:
    looked: set[str] = set()
    for rating in ratings:
        if not rating["content"] or rating["file"] in looked:
            continue
        looked.add(rating["file"])
        try:
            content = (study.folder / rating["file"]).read_bytes()
        except OSError as error:
            yield f"The mark {rating['file']} cannot be read ({error.strerror or error})."
        else:
            if hashlib.sha256(content).hexdigest() != rating["content"]:
                yield f"The mark {rating['file']} is not as it was drawn."
