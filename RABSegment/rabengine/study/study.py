"""A study: cines by reference, their marks and predictions, and who did what when, in one folder."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.atomic import as_input_error, check_has_name, write_whole
from rabengine.io.files.file_names import check_folder_name
from rabengine.io.isolated import read_cine_isolated
from rabengine.io.options import DEFAULT_OPTIONS, ReadOptions
from rabengine.io.read import require_file
from rabengine.io.readers import reader_of
from rabengine.segmentation import Segmentation

from .claims import living
from .content import Stamp, content_of, located, stamp_of
from .database import Database
from .examples import keep_examples, write_examples
from .layout import FOLDERS, STRUCTURE
from .log import LogEntry, person, read_entries, this_person, write_entry
from .marks import MarkFile, checked_marks, kept_marks, read_labels
from .predictions import read_prediction
from .ratings import MARK, UNMARK, VERIFY, Change, Rating, keep_ratings, standing_ratings, told_of, withdraw, written
from .records import StudyCine, cine_of_row, options_text
from .settings import StudySettings, read_settings, write_settings
from .storage import Store, store_of


@dataclass(frozen=True)
class Added:
    """What came of adding a cine.

    Attributes:
        cine: its number in the study.
        is_new: it was not in the study. was_moved: it was, under another path.
    """

    cine: int
    is_new: bool
    was_moved: bool


class Study:
    """An open study. Several processes may use one at a time.

    Args:
        folder: of the study, which is there (see `Study.create`).

    Raises:
        InputError: it is no study, is damaged, or was made by a newer version.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).absolute()
        self.database = Database(self.folder)
        self.database.check()

    @classmethod
    def create(
        cls,
        folder: str | Path,
        settings: StudySettings | None = None,
        by: str = "",
        structure: str | Path | None = None,
    ) -> Study:
        """Make a study in a folder that is new or empty.

        Args:
            folder: where; those around it are made too.
            settings: what holds for its cines.
            by: who makes it; the user of this computer by default.
            structure: a file of what another study has learned, which is copied; needs PyTorch.

        Raises:
            InputError: there is something in the folder, or it cannot be written, or the structure file cannot be used.
        """
        if structure is not None:
            from .structure import load_structure

            given = load_structure(structure)
            settings = settings or StudySettings()
            settings = replace(settings, segments={**given.names, **settings.segments})
        path = Path(folder).absolute()
        check_has_name(path)
        check_folder_name(path)
        with as_input_error(path):
            path.mkdir(parents=True, exist_ok=True)
            database = Database(path)
            if database.path.exists() and database.path.stat().st_size:
                raise InputError(f"There is a study in {path} already.", "Use it, or give a new folder.")
            # What a process left that was killed here may stay.
            ours = {*FOLDERS, database.path.name, STRUCTURE}
            others = sorted(entry.name for entry in path.iterdir() if entry.name not in ours)
            if others:
                raise InputError(f"The folder {path} is not empty ({others[0]}).", "Give a new or an empty folder.")
            for name in FOLDERS:
                (path / name).mkdir(exist_ok=True)
            (path / STRUCTURE).unlink(missing_ok=True)
            if structure is not None:
                write_whole(path / STRUCTURE, Path(structure).read_bytes())
        database.create()
        with database.writing() as connection:
            made = settings or StudySettings()
            write_settings(connection, made)
            write_entry(connection, person(by), "create", segments=made.segments)
        return cls(path)

    def settings(self) -> StudySettings:
        """What holds for all cines."""
        with self.database.reading() as connection:
            return read_settings(connection)

    def change_settings(self, by: str = "", **changes: object) -> StudySettings:
        """Change some settings, by the names of `StudySettings`; returns all.

        Raises:
            InputError: a value cannot be used.
        """
        with self.database.writing() as connection:
            settings = replace(read_settings(connection), **changes)  # type: ignore[arg-type]
            write_settings(connection, settings)
            write_entry(connection, person(by), "settings", None, changed=changes)
        return settings

    def add(self, path: str | Path, options: ReadOptions = DEFAULT_OPTIONS, by: str = "") -> Added:
        """Add a cine by reference; the file is neither copied nor changed.

        One that is known by its content is not added again; where its earlier path is gone, it is noted under the new.

        Args:
            path: of the file or folder. options: how it is read. by: who adds it.

        Raises:
            InputError: there is no such file, nobody reads its kind, or it cannot be read.
        """
        path = Path(path).absolute()
        try:
            require_file(path)
            if reader_of(path) is None:
                raise InputError(f"{path} is of a type that is not supported.", "Give a cine that `segment` reads.")
            content, stamp = content_of(path), stamp_of(path)
        except OSError as error:
            raise InputError(
                f"{path} cannot be read ({error.strerror or error}).", "Check that you may read it."
            ) from error
        by = person(by)
        with self.database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO roots VALUES (?)", (str(path.parent),))
            known = connection.execute(
                "SELECT id, path FROM cines WHERE content = ? AND series = ?", (content, options.series or "")
            ).fetchone()
            if known is None:
                values = (content, options.series or "", str(path), str(stamp), options_text(options))
                sentence = "INSERT INTO cines (content, series, path, stamp, options) VALUES (?, ?, ?, ?, ?)"
                cine = connection.execute(sentence, values).lastrowid
                assert cine is not None
                write_entry(connection, by, "add", cine, path=str(path), content=content)
                return Added(cine, True, False)
            was_moved = known["path"] != str(path) and not Path(known["path"]).exists()
            if was_moved:
                note_place(connection, known["id"], path, stamp, by)
            return Added(known["id"], False, was_moved)

    def cines(self) -> list[StudyCine]:
        """All cines, by number."""
        return self._cines()

    def cine(self, number: int) -> StudyCine:
        """One cine.

        Raises:
            InputError: there is none of this number.
        """
        found = self._cines(number)
        if not found:
            raise InputError(f"The study {self.folder} has no cine {number}.", "See: rabsegment study status DIR")
        return found[0]

    def find(self, text: str) -> StudyCine:
        """The cine that a person means: its number, its path, or its name where no other has it.

        Raises:
            InputError: there is none, or there are several.
        """
        cines = self.cines()
        path = Path(text).absolute()
        for wanted in (
            [cine for cine in cines if str(cine.id) == text],
            [cine for cine in cines if cine.path == path],
            [cine for cine in cines if text in (cine.name, cine.path.name, cine.path.stem)],
        ):
            if len(wanted) == 1:
                return wanted[0]
            if wanted:
                numbers = ", ".join(str(cine.id) for cine in wanted[:5])
                raise InputError(f"Several cines of the study are called {text} ({numbers}).", "Give the number.")
        raise InputError(f"The study {self.folder} has no cine {text}.", "See: rabsegment study status DIR")

    def roots(self) -> tuple[Path, ...]:
        """Folders in which a cine that is not at its path is looked for."""
        with self.database.reading() as connection:
            return tuple(Path(row["path"]) for row in connection.execute("SELECT path FROM roots ORDER BY path"))

    def _roots_if_asked(self) -> Iterator[Path]:
        """As `roots`, read only where the cine is not at its path: there may be as many as there are cines."""
        yield from self.roots()

    def read(self, number: int, python: Sequence[str] = (), cancel: threading.Event | None = None) -> Cine:
        """The frames of a cine, found again by its content where it was moved.

        Args:
            number: of the cine.
            python: command that starts Python, for formats whose reader gets a process of its own; by default the
                interpreter that runs this.
            cancel: ends that process when it is set.

        Raises:
            InputError: it has vanished, changed or cannot be read.
            Cancelled: `cancel` was set.
        """
        cine = self.cine(number)
        path, stamp = located(cine.path, cine.content, Stamp.read(cine.stamp), self._roots_if_asked())
        if path != cine.path:
            with self.database.writing() as connection:
                note_place(connection, number, path, stamp, this_person())
        return read_cine_isolated(path, options=cine.options, cancel=cancel, python=python)

    def mark(
        self,
        number: int,
        marks: Mapping[int, np.ndarray],
        names: Mapping[int, str] | None = None,
        by: str = "",
        cine: Cine | None = None,
        what: str = MARK,
        is_repeat: bool = False,
    ) -> None:
        """Keep what a person drew on frames of a cine, in place of earlier marks of these frames.

        What others drew there is kept apart, and what a third person decided stays in use (see `ratings`).

        Args:
            number: of the cine.
            marks: {frame: (H, W) labels}, 0 background, 1..255 segments.
            names: {label value: name} of segments; those that the study knows stay.
            by: who drew them.
            cine: the frames, where they were read already.
            what: "mark", or "verify" or "adjudicate".
            is_repeat: drawn once more, to be compared with what the same person drew there before; it is not used.

        Raises:
            InputError: the marks do not fit the cine, which then stays as it is, or hold no object at all.
        """
        cine = cine or self.read(number)
        checked = checked_marks(marks, cine)
        earlier = {mark.frame: mark for mark in self.marks(number)}
        has_object = any(labels.any() for labels in checked.values())
        by = person(by)
        is_first = not any(one.by != by for one in self.ratings(number))  # who comes later may say that it is absent
        if is_first and not has_object and not any(m.segments for f, m in earlier.items() if f not in checked):
            raise InputError("No object is marked: every mask is empty.", "Mark it on at least one frame.")
        drawn = written(self.folder, number, checked, self._predicted(number))
        with self.database.writing() as connection:
            settings = read_settings(connection)
            new = {value: name for value, name in (names or {}).items() if value not in settings.segments}
            told = told_of(drawn, cine.spacing)
            entry = write_entry(connection, by, what, number, **told, repeat=is_repeat, names=new)
            change = Change(number, by, what, entry)
            if keep_ratings(connection, change, drawn, spacing=cine.spacing, is_repeat=is_repeat):
                self._marks_changed(connection, number, entry)
            write_settings(connection, replace(settings, segments={**new, **settings.segments}))

    def _predicted(self, number: int) -> Segmentation | None:
        """What was found of a cine, None where nothing was or its file is damaged."""
        if self.cine(number).prediction is None:
            return None
        try:
            return self.prediction(number)
        except InputError:
            return None

    def unmark(self, number: int, frame: int, by: str = "") -> None:
        """Take back what a person drew on a frame; its file stays, for the log names it.

        Raises:
            InputError: this person drew nothing there.
        """
        by = person(by)
        with self.database.writing() as connection:
            entry = write_entry(connection, by, UNMARK, number, frame=frame)
            if withdraw(connection, Change(number, by, UNMARK, entry), frame):
                self._marks_changed(connection, number, entry)

    def verify(self, number: int, frame: int, by: str = "") -> None:
        """Make a mark of what was predicted on a frame, for a person found it right.

        Raises:
            InputError: there is no prediction, or no such frame in it.
        """
        found = self.prediction(number)
        if not 0 <= frame < len(found.labels):
            raise InputError(f"Cine {number} has frames 0 to {len(found.labels) - 1}.", "Count frames from 0.")
        self.mark(number, {frame: found.labels[frame]}, by=by, what=VERIFY)

    def check(self, number: int, by: str = "") -> None:
        """Note that a person found the whole prediction right; some of its frames serve other cines from now on.

        Raises:
            InputError: there is no prediction of its marks as they are, or the disk is full.
        """
        cine = self.cine(number)
        if cine.prediction is None or cine.is_stale:
            raise InputError(
                f"There is no prediction of cine {number} as it is marked.", "Run: rabsegment study run DIR"
            )
        by, found = person(by), self._predicted(number)
        examples = [] if found is None else write_examples(self.folder, number, found)
        with self.database.writing() as connection:
            connection.execute("UPDATE cines SET checked_by = ? WHERE id = ?", (by, number))
            keep_examples(connection, number, examples)
            write_entry(connection, by, "check", number)

    def add_minutes(self, number: int, minutes: float, by: str = "") -> None:
        """Add what a person says to have spent on a cine."""
        with self.database.writing() as connection:
            connection.execute("UPDATE cines SET minutes = minutes + ? WHERE id = ?", (minutes, number))
            write_entry(connection, person(by), "minutes", number, minutes=minutes)

    def note_learning(self, taught: Mapping[str, object], by: str = "") -> None:
        """Note that there is a new file of what the study has learned; cines that need a person are due again."""
        with self.database.writing() as connection:
            write_entry(connection, person(by), "learn", None, frames=taught.get("frames"))

    def marks(self, number: int) -> tuple[MarkFile, ...]:
        """The marks of a cine, by frame."""
        with self.database.reading() as connection:
            return kept_marks(connection, number).get(number, ())

    def ratings(self, number: int | None = None) -> list[Rating]:
        """What everybody drew, of one cine or of all: the last of each reading, by cine, frame and time."""
        with self.database.reading() as connection:
            return standing_ratings(connection, number)

    def marked_labels(self, number: int, size: tuple[int, int]) -> dict[int, np.ndarray]:
        """{frame: (H, W) labels} of a cine whose frames are of a size.

        Raises:
            InputError: a file is missing or damaged.
        """
        return {mark.frame: read_labels(self.folder, mark, size) for mark in self.marks(number)}

    def labels_of(self, mark: MarkFile, size: tuple[int, int]) -> np.ndarray:
        """(H, W) labels of a mark, such as one of `ratings`, of a cine whose frames are of a size.

        Raises:
            InputError: its file is missing or damaged.
        """
        return read_labels(self.folder, mark, size)

    def prediction(self, number: int) -> Segmentation:
        """What was found of a cine.

        Raises:
            InputError: nothing was, or its file is damaged.
        """
        found = self.cine(number).prediction
        if found is None:
            raise InputError(f"There is no prediction of cine {number}.", "Run: rabsegment study run DIR")
        return read_prediction(self.store(), found.file)

    def appearances(self) -> dict[int, np.ndarray]:
        """{cine: (C,) float16} of those that were described, all by the same describer, see `likeness.in_brief`."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT cine, description FROM appearances WHERE described_by = "
                "(SELECT described_by FROM appearances GROUP BY described_by ORDER BY count(*) DESC LIMIT 1)"
            )
            return {row["cine"]: np.frombuffer(row["description"], "<f2") for row in rows}

    def store(self) -> Store:
        """Where predictions lie.

        Raises:
            InputError: a package is missing that reaches it.
        """
        return store_of(self.folder, self.settings().store)

    def log(self) -> list[LogEntry]:
        """Who did what when, the first entry first."""
        with self.database.reading() as connection:
            return read_entries(connection)

    def _cines(self, number: int | None = None) -> list[StudyCine]:
        alive = living(self.folder)
        one, of_one, values = ("", "", ()) if number is None else (" WHERE id = ?", " WHERE cine = ?", (number,))
        with self.database.reading() as connection:
            marks = kept_marks(connection, number)
            found = {row["cine"]: row for row in connection.execute(f"SELECT * FROM predictions{of_one}", values)}
            rows = connection.execute(f"SELECT * FROM cines{one} ORDER BY id", values).fetchall()
        return [
            cine_of_row(
                row,
                tuple(mark.frame for mark in marks.get(row["id"], ())),
                found.get(row["id"]),
                row["claim"] in alive,
            )
            for row in rows
        ]

    @staticmethod
    def _marks_changed(connection: sqlite3.Connection, number: int, entry: int) -> None:
        """What was found of other marks is to be found anew, and was checked by nobody."""
        connection.execute(
            "UPDATE cines SET marked = ?, checked_by = NULL, problem = NULL, attempts = 0 WHERE id = ?",
            (entry, number),
        )


def note_place(connection: sqlite3.Connection, cine: int, path: Path, stamp: Stamp, by: str) -> None:
    """Note where a cine was found again; where it failed for that, it may be tried again."""
    connection.execute(
        "UPDATE cines SET path = ?, stamp = ?, problem = NULL, attempts = 0 WHERE id = ?",
        (str(path), str(stamp), cine),
    )
    write_entry(connection, by, "found", cine, path=str(path))
