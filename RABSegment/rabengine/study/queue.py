"""The queue of a study: who takes which cine next, and what came of it. Every step is one transaction.

What there is to take is looked up for all cines only when the log says that somebody changed something; a cine is
looked at again, by itself, as it is taken. So a cine costs the same in a large study as in a small one.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .candidate_files import CandidateFiles, place_of
from .claims import living, own_presences
from .content import Stamp
from .examples import keep_description, undescribed_frames
from .handed_out import EXPORT
from .jobs import CineOutcome, CineTask, DescribeTask
from .layout import STRUCTURE, prediction_file, prediction_files
from .log import last_number
from .marks import MarkFile, kept_marks
from .outcomes import keep_prediction, note_failure
from .settings import StudySettings, read_settings
from .storage import store_of
from .study import Study, note_place

KEPT, FAILED, RETRIED, LOST = "kept", "failed", "retried", "lost"
# Entries of the log after which no cine is due that was not due before.
_MAKES_NOTHING_DUE = ("predict", "fail", "found", "minutes", EXPORT)

_ROWS = (
    "SELECT cines.*, predictions.known, predictions.needs_person, predictions.file AS predicted, "
    "(SELECT count(*) FROM marks WHERE marks.cine = cines.id AND marks.segments <> '[]') AS own "
    "FROM cines LEFT JOIN predictions ON predictions.cine = cines.id WHERE problem IS NULL"
)


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


@dataclass(frozen=True)
class _Taught:
    """What the study knows at a moment.

    Attributes:
        last: entry of the log of the last change of marks, or of the file of what was learned, or of what was found
            right.
        has_objects: whether anything serves unmarked cines.
    """

    last: int
    has_objects: bool


def give_back_all(study: Study) -> None:
    """Leave what this process has claimed to others, for it is about to end; see `Queue.give_back`.

    Raises:
        InputError: the database cannot be written.
    """
    for presence in own_presences():
        with study.database.writing() as connection:
            connection.execute("UPDATE cines SET attempts = MAX(attempts - 1, 0) WHERE claim = ?", (presence.name,))
        presence.end()


class Queue:
    """The queue as one process sees it.

    Args:
        study: whose.
        claim: under which this process takes cines, see `claims.Presence`. folder: of the claim.
        options: what it takes.
    """

    def __init__(self, study: Study, claim: str, folder: Path, options: QueueOptions) -> None:
        self._study, self._claim, self._options = study, claim, options
        self._files = CandidateFiles(folder)
        self._marked: deque[int] = deque()
        self._carried: deque[int] = deque()
        self._seen = -1  # of the log
        self._taught = _Taught(0, False)
        self._undescribed: list[DescribeTask] | None = None  # until it is looked up

    def left(self) -> int:
        """How many cines there were to take when it was looked last, without those taken since."""
        return len(self._marked) + len(self._carried)

    def look(self) -> None:
        """Look up what there is to take, whatever has changed.

        Raises:
            InputError: the database cannot be read.
        """
        alive = living(self._study.folder)
        with self._study.database.reading() as connection:
            self._look(connection, alive)

    def take(self, count: int, may_carry: bool = True) -> list[CineTask]:
        """Claim the next cines, at most so many.

        Cines with marks of their own come first, for others learn from them; those that failed before come last.

        Args:
            may_carry: also those that need the marks of others; not while those are being described.

        Raises:
            InputError: the database cannot be written.
        """
        taken: list[CineTask] = []
        alive = living(self._study.folder)
        with self._study.database.writing() as connection:
            if self._has_changed(connection):
                self._look(connection, alive)
            settings = read_settings(connection)
            for ahead in (self._marked, self._carried) if may_carry else (self._marked,):
                while ahead and len(taken) < count:
                    row = connection.execute(f"{_ROWS} AND cines.id = ?", (ahead.popleft(),)).fetchone()
                    if row is None or row["claim"] in alive or not self._is_due(row):
                        continue
                    self._clear(row, settings)
                    if row["attempts"] <= self._options.retries:
                        taken.append(self._claimed(connection, row, settings))
                        continue
                    problem = f"The process that segmented it ended before it was done, {row['attempts']} times."
                    note_failure(connection, row["id"], problem, self._options.by)
        return taken

    def settle(self, done: Sequence[tuple[CineTask, CineOutcome]]) -> list[str]:
        """Note what came of tasks: KEPT, FAILED, RETRIED, or LOST where another process has the cine meanwhile.

        Raises:
            InputError: the database cannot be written.
        """
        if not done:
            return []
        gone: list[str] = []
        ends: list[str] = []
        with self._study.database.writing() as connection:
            for task, outcome in done:
                end, old = self._settled(connection, task, outcome)
                ends.append(end)
                gone += old
        for (task, _), end in zip(done, ends, strict=True):
            if end == RETRIED:
                (self._carried if task.candidates else self._marked).append(task.place.id)
        store = store_of(self._study.folder, done[0][0].store)
        for name in gone:
            store.remove(name)
        return ends

    def give_back(self, tasks: Iterable[CineTask]) -> None:
        """Leave cines to others once this run is over, as if they had not been taken.

        The claim stays: its workers may write as long as they are there, and by it who takes the cine next finds what
        they left.
        """
        values = [(task.place.id, self._claim) for task in tasks]
        with self._study.database.writing() as connection:
            connection.executemany(
                "UPDATE cines SET attempts = MAX(attempts - 1, 0) WHERE id = ? AND claim = ?", values
            )

    def forgive(self) -> None:
        """Let cines that failed be tried again."""
        with self._study.database.writing() as connection:
            connection.execute("UPDATE cines SET problem = NULL, attempts = 0 WHERE problem IS NOT NULL")

    def undescribed(self) -> list[DescribeTask]:
        """The frames that may serve others and have no description yet; none where nobody needs them."""
        if not self._carried:
            return []
        if self._undescribed is None:
            self._undescribed = self._find_undescribed()
        return self._undescribed

    def _find_undescribed(self) -> list[DescribeTask]:
        from .descriptors import describer_name

        with self._study.database.reading() as connection:
            found = []
            for number, wanted in undescribed_frames(connection, describer_name()).items():
                row = connection.execute("SELECT * FROM cines WHERE id = ?", (number,)).fetchone()
                place = place_of(row, self._study.folder)
                found.append(DescribeTask(self._study.folder, place, wanted, self._options.device))
        return found

    def describe(self, cine: int, marks: Sequence[MarkFile], descriptions: np.ndarray) -> None:
        """Keep descriptions (len(marks), D) of marks, unless they were drawn anew meanwhile."""
        from .descriptors import describer_name

        with self._study.database.writing() as connection:
            for mark, description in zip(marks, descriptions, strict=True):
                keep_description(connection, cine, mark, description, describer_name())
        self._files.forget()
        self._undescribed = [task for task in self._undescribed or () if task.place.id != cine]

    def _has_changed(self, connection: sqlite3.Connection) -> bool:
        """Whether something was done since the last look after which other cines may be due."""
        places = ", ".join("?" for _ in _MAKES_NOTHING_DUE)
        sentence = f"SELECT 1 FROM log WHERE number > ? AND what NOT IN ({places}) LIMIT 1"
        if connection.execute(sentence, (self._seen, *_MAKES_NOTHING_DUE)).fetchone() is not None:
            return True
        self._seen = last_number(connection)
        return False

    def _look(self, connection: sqlite3.Connection, alive: set[str]) -> None:
        self._seen = last_number(connection)
        [last] = connection.execute(
            "SELECT max((SELECT coalesce(max(marked), 0) FROM cines), "
            "(SELECT coalesce(max(number), 0) FROM log WHERE what IN ('learn', 'check')))"
        ).fetchone()
        objects = connection.execute("SELECT 1 FROM serving LIMIT 1").fetchone()
        has_structure = (self._study.folder / STRUCTURE).is_file()
        self._taught = _Taught(last, objects is not None or has_structure)
        self._files.forget()
        self._undescribed = None
        self._marked.clear()
        self._carried.clear()
        for row in connection.execute(f"{_ROWS} ORDER BY attempts > 0, cines.id"):
            if row["claim"] not in alive and self._is_due(row):
                (self._marked if row["own"] else self._carried).append(row["id"])

    def _is_due(self, row: sqlite3.Row) -> bool:
        if not row["own"] and not self._taught.has_objects:
            return False  # nothing to carry over
        if row["known"] is None or row["known"] < row["marked"]:
            return True
        if row["checked_by"]:
            return False
        if self._options.since is not None and row["known"] < self._options.since:
            return True
        return bool(not row["own"] and row["needs_person"] and row["known"] < self._taught.last)

    def _claimed(self, connection: sqlite3.Connection, row: sqlite3.Row, settings: StudySettings) -> CineTask:
        number, known = row["id"], last_number(connection)
        connection.execute("UPDATE cines SET claim = ?, attempts = attempts + 1 WHERE id = ?", (self._claim, number))
        own = kept_marks(connection, number).get(number, ())
        # Marks which only say that it is absent need others that say what it is.
        has_object = any(mark.segments for mark in own)
        folder = self._study.folder
        return CineTask(
            study=folder,
            place=place_of(row, folder),
            marks=own,
            candidates="" if has_object else self._files.current(connection, folder),
            structure=str(folder / STRUCTURE) if (folder / STRUCTURE).is_file() else "",
            store=settings.store,
            file=prediction_file(number, self._claim, known, row["attempts"] + 1),
            known=known,
            preset=settings.preset,
            device=self._options.device,
            seed=self._options.seed,
            supports=settings.supports,
            witnesses=settings.witnesses,
            certain=settings.certain,
        )

    def _settled(self, connection: sqlite3.Connection, task: CineTask, outcome: CineOutcome) -> tuple[str, list[str]]:
        """How a task ended, and files that nobody needs any more."""
        number = task.place.id
        row = connection.execute("SELECT * FROM cines WHERE id = ?", (number,)).fetchone()
        if row["claim"] != self._claim:
            return LOST, [task.file]
        if outcome.path and outcome.path != row["path"]:
            note_place(connection, number, Path(outcome.path), Stamp.read(outcome.stamp), self._options.by)
        connection.execute("UPDATE cines SET claim = NULL WHERE id = ?", (number,))
        if outcome.prediction is not None:
            return KEPT, keep_prediction(connection, number, outcome, self._options.by)
        if outcome.is_lasting or row["attempts"] > self._options.retries:
            note_failure(connection, number, outcome.problem, self._options.by)
            return FAILED, [task.file]
        return RETRIED, [task.file]

    def _clear(self, row: sqlite3.Row, settings: StudySettings) -> None:
        """Remove what a process wrote that had a cine before and ended before it said so."""
        if row["claim"] is None:
            return
        store = store_of(self._study.folder, settings.store)
        for name in store.names(prediction_files(row["id"], row["claim"])):
            if name != row["predicted"]:
                store.remove(name)
