"""Whether the log of a study, and the marks and figures that it tells of, are as they were written."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rabengine.errors import reason_of

from .chain import entry_hash
from .ratings import standing_of
from .study import Study
from .told_by_log import (
    cine_problems,
    entries_of,
    file_contents,
    mark_problems,
    name_problems,
    prediction_contents,
    rating_problems,
)

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
    """Look whether an entry was changed, removed or slipped in, and a mark or figure changed that the log tells of.

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
        cines = connection.execute("SELECT * FROM cines ORDER BY id").fetchall()
        predictions = connection.execute("SELECT * FROM predictions ORDER BY cine").fetchall()
        names = connection.execute("SELECT value FROM settings WHERE name = 'segments'").fetchone()
        sequence = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
    problems = [*_chain_problems(rows), *_end_problems(rows, sequence)]
    if expected and expected.lower() not in {row["hash"] for row in rows}:
        problems.append("No entry of the log has the hash that is expected.")
    try:
        log = entries_of(rows)
        problems += [
            *rating_problems(log, ratings),
            *mark_problems(standing_of(ratings), marks),
            *name_problems(log, names),
        ]
        marked, predicted = file_contents(log, ratings), prediction_contents(log, predictions)
        problems += [
            *cine_problems(log, cines, predictions),
            *_file_problems("mark", "drawn", marked, lambda file: (study.folder / file).read_bytes()).values(),
            *_prediction_problems(study, predicted),
        ]
    except (ValueError, KeyError, TypeError, AttributeError):  # so it is never written
        problems.append("An entry of the log, or a rating, does not say what its kind says.")
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


def _prediction_problems(study: Study, contents: Mapping[str, str]) -> Iterator[str]:
    problems = _file_problems("prediction", "made", contents, study.store().read)
    if not problems:
        return
    standing = {cine.prediction.file for cine in study.cines() if cine.prediction is not None}
    # One that a run has replaced in the meantime is gone, and nobody misses it.
    yield from (problem for file, problem in problems.items() if file in standing)


def _file_problems(what: str, made: str, contents: Mapping[str, str], read: Callable[[str], bytes]) -> dict[str, str]:
    """{file: what is wrong with it}."""
    problems = {}
    for file, expected in contents.items():
        try:
            content = read(file)
        except OSError as error:
            problems[file] = f"The {what} {file} cannot be read ({error.strerror or reason_of(error)})."
        else:
            if hashlib.sha256(content).hexdigest() != expected:
                problems[file] = f"The {what} {file} is not as it was {made}."
    return problems
