"""What came of a cine, in the database."""

from __future__ import annotations

import json
import sqlite3

from .jobs import CineOutcome
from .log import now, write_entry


def note_failure(connection: sqlite3.Connection, number: int, problem: str, by: str) -> None:
    """Note that a cine is given up."""
    connection.execute("UPDATE cines SET problem = ?, claim = NULL WHERE id = ?", (problem, number))
    write_entry(connection, by, "fail", number, problem=problem)


def keep_prediction(connection: sqlite3.Connection, number: int, outcome: CineOutcome, by: str) -> list[str]:
    """Note a prediction; the files of earlier ones, which nobody needs any more."""
    found = outcome.prediction
    assert found is not None
    old = connection.execute("SELECT file FROM predictions WHERE cine = ?", (number,)).fetchone()
    values = {**vars(found), "cine": number, "carried": json.dumps(found.carried), "by": by, "at": now()}
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(f"INSERT OR REPLACE INTO predictions ({names}) VALUES ({places})", values)
    connection.execute(
        "UPDATE cines SET attempts = 0, problem = NULL, checked_by = NULL, stamp = ? WHERE id = ?",
        (outcome.stamp, number),
    )
    if outcome.appearance is not None:
        connection.execute(
            "INSERT OR REPLACE INTO appearances VALUES (?, ?, ?)",
            (number, outcome.appearance.astype("<f2").tobytes(), outcome.described_by),
        )
    write_entry(
        connection,
        by,
        "predict",
        number,
        preset=found.preset,
        carried=found.carried,
        confidence=round(found.confidence, 4),
        needs_person=found.needs_person,
        seconds=found.seconds,
        file=found.file,
        content=outcome.content,
    )
    return [] if old is None or old["file"] == found.file else [str(old["file"])]
