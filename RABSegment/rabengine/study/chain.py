"""The chain of the log: each entry carries a hash of itself and of the hash before it, so that tampering shows.

Whoever may write the database can make the whole chain anew. The hash of the last entry, kept elsewhere (it is in the
report), shows that too.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from typing import Any

_HASHED = ("number", "at", "by", "computer", "what", "cine", "details")


def entry_hash(previous: str, row: Mapping[str, Any] | sqlite3.Row) -> str:
    """The hash of an entry, 64 hexadecimal digits.

    Args:
        previous: hash of the entry before it, "" for the first. row: the columns of the entry, the details as a text.
    """
    said = json.dumps([previous, *(row[name] for name in _HASHED)], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def last_hash(connection: sqlite3.Connection) -> str:
    """Of the last entry of the log, "" where there is none."""
    row = connection.execute("SELECT hash FROM log ORDER BY number DESC LIMIT 1").fetchone()
    return "" if row is None else str(row["hash"])


def chain_all(connection: sqlite3.Connection) -> None:
    """Give all entries their hashes, where none has one yet."""
    previous = ""
    for row in connection.execute("SELECT * FROM log ORDER BY number").fetchall():
        previous = entry_hash(previous, row)
        connection.execute("UPDATE log SET hash = ? WHERE number = ?", (previous, row["number"]))
