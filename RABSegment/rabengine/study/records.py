"""What a study knows of a cine, its marks and its prediction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rabengine.io.options import ReadOptions

WAITING, RUNNING, FAILED, PREDICTED, CHECKED = "waiting", "running", "failed", "predicted", "checked"
GIVEN = 0  # among the cines that one was carried over from: the study's structure file
STATUSES = (WAITING, RUNNING, FAILED, PREDICTED, CHECKED)


TELLING_NOTHING = ("images", "frames")  # what folders of frames are called in most data sets


@dataclass(frozen=True)
class StudyPrediction:
    """What was found of a cine.

    Attributes:
        file: with labels and confidence, below the study's folder.
        preset: that made it. frames: how many the cine has.
        confidence: mean over the frames of the least sure segment, in [0, 1]. least: of the least sure frame.
        next_frame: whose marking would help most; None where every frame is marked.
        carried: the cines whose marked frames it was made from, GIVEN for the structure file; empty where it was the
            cine's own.
        needs_person: whether somebody should look at it. why: in a few words.
        known: number of the last entry of the log when it was begun; later marks are not in it.
        seconds: it took. by, at: who ran it, and when (ISO 8601, UTC).
    """

    file: str
    preset: str
    frames: int
    confidence: float
    least: float
    next_frame: int | None
    carried: tuple[int, ...]
    needs_person: bool
    why: str
    known: int
    seconds: float
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class StudyCine:
    """A cine of a study.

    Attributes:
        id: its number in the study, from 1.
        path: where it was last found. content: hash of what is in it. stamp: see `content.Stamp`.
        options: how it is read.
        status: one of STATUSES.
        marked: number of the log's entry of its last change of marks, 0 where it has none.
        marks: frames that are marked, ascending.
        problem: why it failed, a sentence; empty where it did not.
        checked_by: who said that it is right; empty where nobody did.
        minutes: that people say they spent on it.
        prediction: None where there is none.
    """

    id: int
    path: Path
    content: str
    stamp: str
    options: ReadOptions
    status: str
    marked: int
    marks: tuple[int, ...]
    problem: str
    checked_by: str
    minutes: float
    prediction: StudyPrediction | None

    @property
    def name(self) -> str:
        """Of the file or folder, of the one above where its own says nothing, with the series where it has several."""
        own = self.path.parent.name or self.path.name if self.path.name in TELLING_NOTHING else self.path.name
        return own if self.options.series is None else f"{own} [{self.options.series}]"

    @property
    def is_stale(self) -> bool:
        """Whether its own marks have changed since it was predicted."""
        return self.prediction is not None and self.prediction.known < self.marked

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        found = self.prediction
        return {
            "cine": self.id,
            "name": self.name,
            "path": str(self.path),
            "status": self.status,
            "marks": list(self.marks),
            "confidence": None if found is None else round(found.confidence, 4),
            "least_confidence": None if found is None else round(found.least, 4),
            "frame": None if found is None else found.next_frame,
            "needs_person": None if found is None else found.needs_person,
            "why": "" if found is None else found.why,
            "carried_from": [] if found is None else list(found.carried),
            "is_stale": self.is_stale,
            "problem": self.problem,
            "checked_by": self.checked_by,
            "minutes": self.minutes,
        }


def options_text(options: ReadOptions) -> str:
    """How a cine is read, as a text."""
    spacing = None if options.spacing is None else list(options.spacing)
    return json.dumps({"series": options.series, "spacing": spacing, "frame_time": options.frame_time})


def options_of(text: str) -> ReadOptions:
    """How a cine is read, of `options_text`."""
    told = json.loads(text)
    spacing = None if told["spacing"] is None else (told["spacing"][0], told["spacing"][1])
    return ReadOptions(series=told["series"], spacing=spacing, frame_time=told["frame_time"])


def cine_of_row(row: sqlite3.Row, marks: tuple[int, ...], found: sqlite3.Row | None, is_claimed: bool) -> StudyCine:
    """A cine of its row in the database.

    Args:
        row: of `cines`. marks: frames of its rows in `marks`. found: its row in `predictions`.
        is_claimed: whether a process segments it now.
    """
    prediction = None if found is None else _prediction(found)
    if is_claimed:
        status = RUNNING
    elif row["problem"]:
        status = FAILED
    elif prediction is None or prediction.known < row["marked"]:
        status = WAITING
    else:
        status = CHECKED if row["checked_by"] else PREDICTED
    return StudyCine(
        id=row["id"],
        path=Path(row["path"]),
        content=row["content"],
        stamp=row["stamp"],
        options=options_of(row["options"]),
        status=status,
        marked=row["marked"],
        marks=marks,
        problem=row["problem"] or "",
        checked_by=row["checked_by"] or "",
        minutes=row["minutes"],
        prediction=prediction,
    )


def _prediction(row: Mapping[str, Any] | sqlite3.Row) -> StudyPrediction:
    return StudyPrediction(
        file=row["file"],
        preset=row["preset"],
        frames=row["frames"],
        confidence=row["confidence"],
        least=row["least"],
        next_frame=row["next_frame"],
        carried=tuple(json.loads(row["carried"])),
        needs_person=bool(row["needs_person"]),
        why=row["why"],
        known=row["known"],
        seconds=row["seconds"],
        by=row["by"],
        at=row["at"],
    )
