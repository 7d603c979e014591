"""The log of a study: who did what when. It only grows; the database refuses anything else."""

from __future__ import annotations

import getpass
import json
import platform
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any


@dataclass(frozen=True)
class LogEntry:
    """One thing that was done.

    Attributes:
        number: in the order of the log, from 1.
        at: ISO 8601, UTC. by: the person. computer: its name.
        what: "create", "add", "found", "mark", "verify", "check", "predict", "fail", "minutes", "learn" or "settings".
        cine: its number; None for the study as a whole.
        details: plain values.
    """

    number: int
    at: str
    by: str
    computer: str
    what: str
    cine: int | None
    details: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return asdict(self)


def this_person() -> str:
    """The name under which this computer knows its user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have no name for its user
        return "unknown"


def now() -> str:
    """ISO 8601, UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def write_entry(connection: sqlite3.Connection, by: str, what: str, cine: int | None = None, **details: object) -> int:
    """Add an entry in a transaction; returns its number."""
    values = (now(), by, platform.node(), what, cine, json.dumps(details, sort_keys=True))
    added = connection.execute(
        "INSERT INTO log (at, by, computer, what, cine, details) VALUES (?, ?, ?, ?, ?, ?)", values
    )
    assert added.lastrowid is not None
    return added.lastrowid


def read_entries(connection: sqlite3.Connection) -> list[LogEntry]:
    """All entries, the first one first."""
    rows = connection.execute("SELECT * FROM log ORDER BY number")
    return [LogEntry(**{**dict(row), "details": json.loads(row["details"])}) for row in rows]


def last_number(connection: sqlite3.Connection) -> int:
    """Of the last entry, 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM log").fetchone()[0])
