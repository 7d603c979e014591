"""The files of candidates that a run writes for its tasks, each time the marks have changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

from .candidates import Candidate, Candidates, spread, write_candidates
from .marks import mark_of
from .place import CinePlace
from .records import options_of

KEPT_FILES = 8  # a task that names an earlier one is done again


def place_of(row: sqlite3.Row, study: Path) -> CinePlace:
    """Of a row of `cines`."""
    return CinePlace(row["id"], Path(row["path"]), row["content"], row["stamp"], options_of(row["options"]), study)


class CandidateFiles:
    """Writes them.

    Args:
        folder: of the run, which goes with it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._current = ""

    def forget(self) -> None:
        """Marks or their descriptions have changed."""
        self._current = ""

    def current(self, connection: sqlite3.Connection, study: Path) -> str:
        """The file of what there is now.

        Raises:
            InputError: it cannot be written.
        """
        from .descriptors import describer_name

        if self._current:
            return self._current
        keys = connection.execute(
            "SELECT cine, frame FROM serving WHERE described_by = ? ORDER BY cine, frame", (describer_name(),)
        ).fetchall()
        frames: list[Candidate] = []
        described: list[np.ndarray] = []
        for key in spread(keys):
            row = connection.execute(
                "SELECT cines.*, serving.* FROM serving JOIN cines ON cines.id = serving.cine "
                "WHERE serving.cine = ? AND serving.frame = ?",
                tuple(key),
            ).fetchone()
            frames.append(Candidate(place_of(row, study), mark_of(row)))
            described.append(np.frombuffer(row["description"], "<f2"))
        self._count += 1
        path = self._folder / f"candidates-{self._count}.npz"
        descriptions = np.stack(described) if described else np.zeros((0, 1), "<f2")
        write_candidates(path, Candidates(tuple(frames), descriptions))
        (self._folder / f"candidates-{self._count - KEPT_FILES}.npz").unlink(missing_ok=True)
        self._current = str(path)
        return self._current
