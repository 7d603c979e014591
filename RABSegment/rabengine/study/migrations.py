"""How the database of a study came to be as it is: changes applied in order, each of them once.

A change that is here stays as it is; what is needed later is added at the end. The version of a database is how many
were applied to it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from .chain import chain_all

_FIRST = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE roots (path TEXT PRIMARY KEY);
CREATE TABLE cines (
    id INTEGER PRIMARY KEY,
    content TEXT NOT NULL,
    series TEXT NOT NULL DEFAULT '',
    path TEXT NOT NULL,
    stamp TEXT NOT NULL,
    options TEXT NOT NULL,
    marked INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    claim TEXT,
    problem TEXT,
    checked_by TEXT,
    minutes REAL NOT NULL DEFAULT 0,
    UNIQUE (content, series)
);
CREATE TABLE marks (
    cine INTEGER NOT NULL REFERENCES cines (id),
    frame INTEGER NOT NULL,
    file TEXT NOT NULL,
    segments TEXT NOT NULL,
    by TEXT NOT NULL,
    at TEXT NOT NULL,
    description BLOB,
    described_by TEXT,
    PRIMARY KEY (cine, frame)
);
CREATE TABLE predictions (
    cine INTEGER PRIMARY KEY REFERENCES cines (id),
    file TEXT NOT NULL,
    preset TEXT NOT NULL,
    frames INTEGER NOT NULL,
    confidence REAL NOT NULL,
    least REAL NOT NULL,
    next_frame INTEGER,
    carried TEXT NOT NULL,
    needs_person INTEGER NOT NULL,
    why TEXT NOT NULL,
    known INTEGER NOT NULL,
    seconds REAL NOT NULL,
    by TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE log (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    computer TEXT NOT NULL,
    what TEXT NOT NULL,
    cine INTEGER,
    details TEXT NOT NULL
);
CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER log_is_not_cut BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
"""

_CHAINED_COLUMN = """
DROP TRIGGER log_is_not_changed;
ALTER TABLE log ADD COLUMN hash TEXT NOT NULL DEFAULT '';
"""
# A row that replaces another fires no trigger for its deletion, so numbers must be new ones.
_CHAINED_TRIGGERS = """
CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER log_is_in_order BEFORE INSERT ON log
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM log) OR length(NEW.hash) <> 64
BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
"""

# What every rater drew, each time; the table `marks` has the one of each frame that is used.
_RATINGS = """
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    entry INTEGER NOT NULL,
    cine INTEGER NOT NULL REFERENCES cines (id),
    frame INTEGER NOT NULL,
    by TEXT NOT NULL,
    reading INTEGER NOT NULL,
    how TEXT NOT NULL,
    file TEXT NOT NULL,
    segments TEXT NOT NULL,
    at TEXT NOT NULL,
    content TEXT NOT NULL DEFAULT '',
    predicted TEXT NOT NULL DEFAULT '',
    spacing TEXT NOT NULL DEFAULT ''
);
CREATE INDEX ratings_by_frame ON ratings (cine, frame);
INSERT INTO ratings (entry, cine, frame, by, reading, how, file, segments, at)
    SELECT 0, cine, frame, by, 1, 'mark', file, segments, at FROM marks;
CREATE TRIGGER ratings_are_not_changed BEFORE UPDATE ON ratings BEGIN SELECT RAISE(ABORT, 'ratings are kept'); END;
CREATE TRIGGER ratings_are_not_cut BEFORE DELETE ON ratings BEGIN SELECT RAISE(ABORT, 'ratings are kept'); END;
CREATE TRIGGER ratings_are_in_order BEFORE INSERT ON ratings
WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM ratings)
BEGIN SELECT RAISE(ABORT, 'ratings are kept'); END;
"""


# What the cines without marks look like, to tell which of them are alike.
_APPEARANCES = """
CREATE TABLE appearances (
    cine INTEGER PRIMARY KEY REFERENCES cines (id),
    description BLOB NOT NULL,
    described_by TEXT NOT NULL
);
"""


# Frames of predictions that somebody found right serve others, too.
_EXAMPLES = """
CREATE TABLE examples (
    cine INTEGER NOT NULL REFERENCES cines (id),
    frame INTEGER NOT NULL,
    file TEXT NOT NULL,
    segments TEXT NOT NULL,
    description BLOB,
    described_by TEXT,
    PRIMARY KEY (cine, frame)
);
CREATE VIEW serving AS
    SELECT cine, frame, file, segments, description, described_by FROM marks WHERE segments <> '[]'
    UNION ALL
    SELECT cine, frame, file, segments, description, described_by FROM examples
    JOIN cines ON cines.id = examples.cine WHERE cines.checked_by IS NOT NULL;
"""


def _first(connection: sqlite3.Connection) -> None:
    _run(connection, _FIRST)


def _chained_log(connection: sqlite3.Connection) -> None:
    _run(connection, _CHAINED_COLUMN)
    chain_all(connection)
    _run(connection, _CHAINED_TRIGGERS)


def _ratings(connection: sqlite3.Connection) -> None:
    _run(connection, _RATINGS)


def _appearances(connection: sqlite3.Connection) -> None:
    _run(connection, _APPEARANCES)


def _examples(connection: sqlite3.Connection) -> None:
    _run(connection, _EXAMPLES)


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _first,
    _chained_log,
    _ratings,
    _appearances,
    _examples,
)
VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database up to date, in the transaction that is open."""
    [version] = connection.execute("PRAGMA user_version").fetchone()
    for change in MIGRATIONS[version:]:
        change(connection)
    connection.execute(f"PRAGMA user_version = {max(version, VERSION)}")


def _run(connection: sqlite3.Connection, script: str) -> None:
    """The sentences of a script, one by one: `executescript` would end the transaction."""
    sentence = ""
    for line in script.splitlines(keepends=True):
        sentence += line
        if sqlite3.complete_statement(sentence):
            connection.execute(sentence)
            sentence = ""
    assert not sentence.strip(), sentence
