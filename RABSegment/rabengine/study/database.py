"""The database of a study: one SQLite file, whose transactions are whole also when a process is killed in one.

It keeps a rollback journal and no write-ahead log: the log needs memory that all its users share, which there is not
between computers on a network share, and no one could read it on a share that is read-only. Transactions are short,
and whoever finds the file busy waits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rabengine.errors import InputError

from .layout import DATABASE
from .migrations import VERSION, migrate

APPLICATION = 0x52414253  # "RABS", by which a file is known to be ours
BUSY_SECONDS = 30.0


class Database:
    """Opened for each transaction and closed after it: no lock outlives the work, no thread shares a connection.

    Args:
        folder: of the study.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / DATABASE

    def create(self) -> None:
        """Make a new one; where there is one, this fails.

        Raises:
            InputError: it cannot be written.
        """
        with _sentences(self.path), closing(self._connect("rwc")) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            # One transaction: a process that is killed here leaves an empty file, which `check` knows.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            migrate(connection)
            connection.execute("COMMIT")

    def check(self) -> None:
        """Make sure that this is a study's database which this version can use; an older one is brought up to date.

        Raises:
            InputError: it is missing, damaged, of another program or of a newer version, or older and read-only.
        """
        if not self.path.is_file():
            raise InputError(
                f"{self.path.parent} is no study: it has no file {DATABASE}.", "Make one: rabsegment study create DIR"
            )
        with self.reading() as connection:
            [application] = connection.execute("PRAGMA application_id").fetchone()
            [version] = connection.execute("PRAGMA user_version").fetchone()
        if application != APPLICATION:
            raise InputError(
                f"{self.path} is not the database of a study.", "Give the folder that `rabsegment study create` made."
            )
        if version > VERSION:
            raise InputError(
                f"{self.path} was made by a newer RABSegment (its database has version {version}, not {VERSION}).",
                "Update RABSegment on this computer.",
            )
        if version < VERSION:
            with self.writing() as connection:
                migrate(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """What is known at one moment; also on a share that is read-only.

        Raises:
            InputError: it cannot be read.
        """
        with _sentences(self.path), closing(self._connect("rw")) as connection:
            # Not "ro": where a process was killed in a transaction, whoever comes next undoes it. SQLite falls back
            # to reading by itself where it may not write.
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A change, which is kept when the block ends without an error, all or nothing.

        Raises:
            InputError: it cannot be written, such as on a full disk or a read-only share.
        """
        with _sentences(self.path), closing(self._connect("rw")) as connection:
            # At once, so that two who read first and write later do not wait for each other for ever.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _connect(self, mode: str) -> sqlite3.Connection:
        # as_uri asks for an absolute path, and writes what could be mistaken for a question mark in another way.
        place = f"{self.path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(place, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """Say in one sentence what SQLite complains of."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        raise _sentence(path, str(error)) from error


def _sentence(path: Path, said: str) -> InputError:
    if "locked" in said or "busy" in said:
        return InputError(f"{path} is being written by another program.", "Try again when that is done.")
    if "readonly" in said:
        return InputError(f"{path} cannot be written: it is read-only.", "Copy the study to a place you may write to.")
    if "full" in said:
        return InputError(f"{path} cannot be written: the disk is full.", "Make room and run the command again.")
    if "unable to open" in said:
        return InputError(f"{path} cannot be opened.", "Check that you may read and write the folder of the study.")
    if "not a database" in said or "malformed" in said:
        return InputError(f"{path} is damaged, or no database.", "Bring it back from your backup.")
    return InputError(f"{path} cannot be used ({said}).", "Check the disk that the study lies on.")
