"""Names that stand for cines, patients and people of a study, of no use without its key.

Those of cines and patients are the same at each export; people are numbered anew when another joins.

A name is a keyed hash (HMAC-SHA-256): without the key, which stays in the study, nobody can find out whose it is by
trying all numbers of patients.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable

from .study import Study

_SETTING = "pseudonym_key"
_DIGITS = 12


class Pseudonyms:
    """Names under a key.

    Args:
        key: 32 bytes that nobody else knows.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, kind: str, name: str) -> str:
        """A name such as "cine-3f09c41b77aa" for what is called `name` among its kind."""
        return f"{kind}-{self._digest(kind, name).hex()[:_DIGITS]}"

    def uid(self, uid: str) -> str:
        """A DICOM UID that stands for another one, below the root of random UIDs (2.25)."""
        return f"2.25.{int.from_bytes(self._digest('uid', uid)[:16], 'big')}"

    def people(self, names: Iterable[str]) -> dict[str, str]:
        """{name: "rater 1"} of people, in an order that does not follow their names."""
        ordered = sorted(set(names), key=lambda name: self._digest("rater", name))
        return {name: f"rater {number}" for number, name in enumerate(ordered, start=1)}

    def _digest(self, kind: str, name: str) -> bytes:
        return hmac.new(self._key, f"{kind}\0{name}".encode("utf-8", "surrogateescape"), hashlib.sha256).digest()


def pseudonyms_of(study: Study) -> Pseudonyms:
    """Those of a study, whose key is made when it is first asked for.

    Raises:
        InputError: it has no key yet and cannot be written.
    """
    with study.database.reading() as connection:
        row = connection.execute("SELECT value FROM settings WHERE name = ?", (_SETTING,)).fetchone()
    if row is None:
        with study.database.writing() as connection:
            value = json.dumps(secrets.token_hex(32))
            connection.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (_SETTING, value))
            row = connection.execute("SELECT value FROM settings WHERE name = ?", (_SETTING,)).fetchone()
    return Pseudonyms(bytes.fromhex(json.loads(row["value"])))
