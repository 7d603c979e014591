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

from .chain import entry_hash, last_hash


@dataclass(frozen=True)
class LogEntry:
    """One thing that was done.

    Attributes:
        number: in the order of the log, from 1.
        at: ISO 8601, UTC. by: the person. computer: its name.
        what: "create", "add", "found", "mark", "verify", "check", "predict", "fail", "minutes", "unmark",
            "adjudicate", "learn", "export" or "settings".
        cine: its number; None for the study as a whole.
        details: plain values.
        hash: of this entry and all before it, see `chain`.
    """

    number: int
    at: str
    by: str
    computer: str
    what: str
    cine: int | None
    details: Mapping[str, Any]
    hash: str

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return asdict(self)


def this_person() -> str:
    """The name under which this computer knows its user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have no name for its user
        return "unknown"


def person(name: str) -> str:
    """Whose name this is, the user of this computer where it is none; a blank more is not another person."""
    return " ".join(name.split()) or this_person()


def now() -> str:
    """ISO 8601, UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def write_entry(connection: sqlite3.Connection, by: str, what: str, cine: int | None = None, **details: object) -> int:
    """Add an entry in a transaction; returns its number."""
    entry: dict[str, Any] = {
        "number": last_number(connection) + 1,
        "at": now(),
        "by": by,
        "computer": platform.node(),
        "what": what,
        "cine": cine,
        "details": json.dumps(details, sort_keys=True),
    }
    entry["hash"] = entry_hash(last_hash(connection), entry)
    names, places = ", ".join(entry), ", ".join(f":{name}" for name in entry)
    connection.execute(f"INSERT INTO log ({names}) VALUES ({places})", entry)
    return int(entry["number"])


def read_entries(connection: sqlite3.Connection) -> list[LogEntry]:
    """All entries, the first one first."""
    rows = connection.execute("SELECT * FROM log ORDER BY number")
    return [LogEntry(**{**dict(row), "details": json.loads(row["details"])}) for row in rows]


def last_number(connection: sqlite3.Connection) -> int:
    """Of the last entry, 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM log").fetchone()[0])
