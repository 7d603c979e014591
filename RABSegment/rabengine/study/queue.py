"""The queue of a study: who takes which cine next, and what came of it. Every step is one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rabengine.errors import InputError

from .claims import living, own_claims
from .content import Stamp
from .layout import leftover_predictions, prediction_file
from .log import last_number, now, write_entry
from .marks import MarkFile, kept_marks
from .records import options_of
from .settings import read_settings
from .study import Study, note_place

if TYPE_CHECKING:
    from .task import Candidate, CineOutcome, CinePlace, CineTask


@dataclass(frozen=True)
class QueueOptions:
    """What is taken from the queue.

    Attributes:
        by: who runs it. device, seed: as of `Session`.
        retries: how often a cine is tried again whose process ended or whose engine failed.
        since: number of the log's entry; predictions that were begun before it are made again. None for none.
    """

    by: str
    device: str = "auto"
    seed: int = 0
    retries: int = 2
    since: int | None = None


def give_back_all(study: Study) -> None:
    """Leave what this process has claimed to others, for it is about to end; see `Queue.give_back`.

    Raises:
        InputError: the database cannot be written.
    """
    for claim in own_claims():
        with study.database.writing() as connection:
            connection.execute("UPDATE cines SET claim = NULL, attempts = attempts - 1 WHERE claim = ?", (claim,))


class Queue:
    """The queue as one process sees it.

    Args:
        study: whose.
        claim: under which this process takes cines, see `claims.Presence`.
        options: what it takes.
    """

    def __init__(self, study: Study, claim: str, options: QueueOptions) -> None:
        self._study, self._claim, self._options = study, claim, options

    def length(self) -> int:
        """How many cines there are to take."""
        alive = living(self._study.folder)
        with self._study.database.reading() as connection:
            return len(self._takeable(connection, alive))

    def take(self) -> CineTask | None:
        """Claim the next cine; None where there is none left.

        Cines with marks of their own come first, for others learn from them; those that failed before come last.

        Raises:
            InputError: the database cannot be written.
        """
        alive = living(self._study.folder)
        with self._study.database.writing() as connection:
            while rows := self._takeable(connection, alive):
                row = rows[0]
                self._clear(row)
                if row["attempts"] <= self._options.retries:
                    return self._claimed(connection, row)
                times = f"{row['attempts']} times"
                self._fail(connection, row["id"], f"The process that segmented it ended before it was done, {times}.")
        return None

    def settle(self, task: CineTask, outcome: CineOutcome) -> bool:
        """Note what came of a task; False where the claim had been given to another process meanwhile.

        Raises:
            InputError: the database cannot be written.
        """
        number, old = task.place.id, None
        with self._study.database.writing() as connection:
            row = connection.execute("SELECT * FROM cines WHERE id = ?", (number,)).fetchone()
            is_ours = row["claim"] == self._claim
            if is_ours:
                if outcome.path and outcome.path != row["path"]:
                    note_place(connection, number, Path(outcome.path), Stamp.read(outcome.stamp), self._options.by)
                if outcome.prediction is not None:
                    old = self._keep(connection, number, outcome)
                elif outcome.is_lasting or row["attempts"] > self._options.retries:
                    self._fail(connection, number, outcome.problem)
                connection.execute("UPDATE cines SET claim = NULL WHERE id = ?", (number,))
        gone = old if is_ours else task.file
        if gone is not None:
            with suppress(OSError):
                (self._study.folder / gone).unlink()
        return is_ours

    def give_back(self, task: CineTask) -> None:
        """Leave a cine to others, as if it had not been taken."""
        with self._study.database.writing() as connection:
            connection.execute(
                "UPDATE cines SET claim = NULL, attempts = attempts - 1 WHERE id = ? AND claim = ?",
                (task.place.id, self._claim),
            )

    def forgive(self) -> None:
        """Let cines that failed be tried again."""
        with self._study.database.writing() as connection:
            connection.execute("UPDATE cines SET problem = NULL, attempts = 0 WHERE problem IS NOT NULL")

    def undescribed(self) -> dict[int, tuple[CinePlace, tuple[MarkFile, ...]]]:
        """The marks that may serve others and have no description yet, by cine; none where nobody needs them."""
        from .descriptors import describer_name

        with self._study.database.reading() as connection:
            marks = kept_marks(connection)
            if not any(row["id"] not in marks for row in self._takeable(connection, living(self._study.folder))):
                return {}
            known = connection.execute("SELECT cine, frame FROM marks WHERE described_by = ?", (describer_name(),))
            described = {(row["cine"], row["frame"]) for row in known}
            found = {}
            for row in connection.execute("SELECT * FROM cines ORDER BY id"):
                missing = tuple(
                    mark
                    for mark in marks.get(row["id"], ())
                    if mark.segments and (row["id"], mark.frame) not in described
                )
                if missing:
                    found[row["id"]] = (self._place(connection, row), missing)
            return found

    def describe(self, cine: int, marks: Sequence[MarkFile], descriptions: np.ndarray) -> None:
        """Keep descriptions (len(marks), D) of marks, unless they were drawn anew meanwhile."""
        from .descriptors import describer_name

        with self._study.database.writing() as connection:
            for mark, description in zip(marks, descriptions, strict=True):
                connection.execute(
                    "UPDATE marks SET description = ?, described_by = ? WHERE cine = ? AND frame = ? AND file = ?",
                    (description.astype("<f2").tobytes(), describer_name(), cine, mark.frame, mark.file),
                )

    def _takeable(self, connection: sqlite3.Connection, alive: set[str]) -> list[sqlite3.Row]:
        """Rows of the cines that are to be segmented and that nobody has claimed, in the order of the queue."""
        rows = connection.execute(
            "SELECT cines.*, predictions.known, predictions.needs_person, "
            "(SELECT count(*) FROM marks WHERE marks.cine = cines.id) AS own, "
            "(SELECT max(marked) FROM cines AS other) AS last_mark, "
            "(SELECT count(*) FROM marks WHERE marks.segments <> '[]') AS objects "
            "FROM cines LEFT JOIN predictions ON predictions.cine = cines.id "
            "WHERE problem IS NULL ORDER BY attempts > 0, own = 0, cines.id"
        )
        return [row for row in rows if row["claim"] not in alive and self._is_due(row)]

    def _is_due(self, row: sqlite3.Row) -> bool:
        if not row["own"] and not row["objects"]:
            return False  # nothing to carry over
        if row["known"] is None or row["known"] < row["marked"]:
            return True
        if row["checked_by"]:
            return False
        if self._options.since is not None and row["known"] < self._options.since:
            return True
        return bool(not row["own"] and row["needs_person"] and row["known"] < row["last_mark"])

    def _claimed(self, connection: sqlite3.Connection, row: sqlite3.Row) -> CineTask:
        from .task import CineTask

        connection.execute("UPDATE cines SET claim = ?, attempts = attempts + 1 WHERE id = ?", (self._claim, row["id"]))
        settings, marks, known = read_settings(connection), kept_marks(connection), last_number(connection)
        own = marks.get(row["id"], ())
        return CineTask(
            study=self._study.folder,
            place=self._place(connection, row),
            marks=own,
            candidates=() if own else self._candidates(connection, marks),
            file=prediction_file(row["id"], self._claim, known),
            known=known,
            preset=settings.preset,
            device=self._options.device,
            seed=self._options.seed,
            supports=settings.supports,
            certain=settings.certain,
        )

    def _candidates(
        self, connection: sqlite3.Connection, marks: Mapping[int, Sequence[MarkFile]]
    ) -> tuple[Candidate, ...]:
        from .descriptors import describer_name
        from .task import Candidate

        rows = connection.execute(
            "SELECT cines.*, marks.frame, marks.description FROM marks JOIN cines ON cines.id = marks.cine "
            "WHERE described_by = ? ORDER BY cines.id, marks.frame",
            (describer_name(),),
        )
        by_frame = {(cine, mark.frame): mark for cine, some in marks.items() for mark in some}
        places: dict[int, CinePlace] = {}
        found = []
        for row in rows:
            place = places.setdefault(row["id"], self._place(connection, row))
            described = np.frombuffer(row["description"], "<f2").astype(np.float32)
            found.append(Candidate(place, by_frame[row["id"], row["frame"]], described))
        return tuple(found)

    def _place(self, connection: sqlite3.Connection, row: sqlite3.Row) -> CinePlace:
        from .task import CinePlace

        roots = tuple(Path(one["path"]) for one in connection.execute("SELECT path FROM roots ORDER BY path"))
        options = options_of(row["options"])
        return CinePlace(row["id"], Path(row["path"]), row["content"], row["stamp"], options, roots)

    def _clear(self, row: sqlite3.Row) -> None:
        """Remove what a process wrote that had a cine before and ended before it said so."""
        if row["claim"] is None:
            return
        with suppress(OSError, InputError):
            named = {one.prediction.file for one in [self._study.cine(row["id"])] if one.prediction is not None}
            for path in leftover_predictions(self._study.folder, row["id"], row["claim"]):
                if path.relative_to(self._study.folder).as_posix() not in named:
                    path.unlink()

    def _fail(self, connection: sqlite3.Connection, number: int, problem: str) -> None:
        connection.execute("UPDATE cines SET problem = ?, claim = NULL WHERE id = ?", (problem, number))
        write_entry(connection, self._options.by, "fail", number, problem=problem)

    def _keep(self, connection: sqlite3.Connection, number: int, outcome: CineOutcome) -> str | None:
        """Note a prediction; the file of the earlier one, which nobody needs any more."""
        found = outcome.prediction
        assert found is not None
        old = connection.execute("SELECT file FROM predictions WHERE cine = ?", (number,)).fetchone()
        values = {
            **vars(found),
            "cine": number,
            "carried": json.dumps(found.carried),
            "by": self._options.by,
            "at": now(),
        }
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        connection.execute(f"INSERT OR REPLACE INTO predictions ({names}) VALUES ({places})", values)
        connection.execute(
            "UPDATE cines SET attempts = 0, problem = NULL, checked_by = NULL, stamp = ? WHERE id = ?",
            (outcome.stamp, number),
        )
        write_entry(
            connection,
            self._options.by,
            "predict",
            number,
            preset=found.preset,
            carried=found.carried,
            confidence=round(found.confidence, 4),
            needs_person=found.needs_person,
            seconds=found.seconds,
        )
        return None if old is None or old["file"] == found.file else str(old["file"])
