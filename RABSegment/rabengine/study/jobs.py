"""What is done for a study elsewhere than in the command's own thread, and what comes of it: plain values alone.

Whoever does a job needs the study's folder and the cines; only the command's process writes to the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .marks import MarkFile
from .place import CinePlace
from .records import StudyPrediction


@dataclass(frozen=True)
class CineTask:
    """A cine to segment.

    Attributes:
        study: its folder. place: of the cine. marks: its own.
        candidates: the file of marked frames of others (`candidates.Candidates`), "" where its own show an object.
        structure: the file of what the study has learned, "" where there is none.
        store: see `StudySettings`. file: for the prediction, below the store.
        known: last entry of the log that is heeded.
        preset, device, seed: as of `Session`. supports, witnesses, certain: as of `StudySettings`.
    """

    study: Path
    place: CinePlace
    marks: tuple[MarkFile, ...]
    candidates: str
    structure: str
    store: str
    file: str
    known: int
    preset: str
    device: str
    seed: int
    supports: int
    witnesses: int
    certain: float


@dataclass(frozen=True)
class CineOutcome:
    """What came of a task.

    Attributes:
        path, stamp: where the cine is now, "" where that is not known.
        prediction: None where it failed. content: SHA-256 of its file.
        problem: why it failed, a sentence; else empty.
        is_lasting: whether trying again is in vain until somebody mends something.
        is_of_store: whether it failed of the place where predictions lie, and not of itself.
        warnings: sentences for the user.
        appearance: of a cine without marks, see `likeness.in_brief`; None where it was not described.
        described_by: see `describer_name`.
    """

    path: str = ""
    stamp: str = ""
    prediction: StudyPrediction | None = None
    problem: str = ""
    is_lasting: bool = False
    warnings: tuple[str, ...] = ()
    appearance: np.ndarray | None = None
    described_by: str = ""
    is_of_store: bool = False
    content: str = ""


@dataclass(frozen=True)
class DescribeTask:
    """Marked frames of a cine to describe, so that they can serve others.

    Attributes:
        study: its folder. place: of the cine. marks: of it. device: as of `Session`.
    """

    study: Path
    place: CinePlace
    marks: tuple[MarkFile, ...]
    device: str


@dataclass(frozen=True)
class DescribeOutcome:
    """What came of it.

    Attributes:
        descriptions: (len(marks), D); None where the cine cannot be read.
        is_lasting: as of `CineOutcome`.
    """

    descriptions: np.ndarray | None = None
    is_lasting: bool = False


Job = CineTask | DescribeTask
Outcome = CineOutcome | DescribeOutcome

PROCESS_ENDED = "The process that segmented it ended before it was done."


def lost(job: Job) -> Outcome:
    """What is known of a job whose process ended amid it."""
    return CineOutcome(problem=PROCESS_ENDED) if isinstance(job, CineTask) else DescribeOutcome()
