"""What is done for one cine: one call, which can be sent to another process with all that it needs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import Cancelled, InputError, RABSegmentError, as_known_error
from rabengine.io.files.writable import check_writable, make_folder
from rabengine.io.isolated import read_cine_isolated
from rabengine.io.options import ReadOptions
from rabengine.propagation.input_view import grey_window
from rabengine.segmentation import Segmentation
from rabengine.session.session import Session

from .carry_over import MarkedFrame, as_picture, carry_over
from .content import Stamp, located
from .descriptors import best_matching, describer_on, sampled
from .marks import MarkFile, read_labels
from .predictions import write_prediction
from .records import Prediction


@dataclass(frozen=True)
class CinePlace:
    """Where a cine is to be found, see `StudyCine`."""

    id: int
    path: Path
    content: str
    stamp: str
    options: ReadOptions
    roots: tuple[Path, ...]

    def read(self, cancel: threading.Event | None = None) -> tuple[Cine, Path, Stamp]:
        """Its frames, where they are now, and their stamp.

        Raises:
            InputError: it has vanished, changed or cannot be read.
        """
        path, stamp = located(self.path, self.content, Stamp.read(self.stamp), self.roots)
        return read_cine_isolated(path, options=self.options, cancel=cancel), path, stamp


@dataclass(frozen=True)
class Candidate:
    """A marked frame that may serve other cines.

    Attributes:
        place: of its cine. mark: its label image. description: (D,) of `Describer`.
    """

    place: CinePlace
    mark: MarkFile
    description: np.ndarray


@dataclass(frozen=True)
class CineTask:
    """A cine to segment.

    Attributes:
        study: its folder. place: of the cine. marks: its own. candidates: marked frames of others, where it has none.
        file: for the prediction, below the study's folder. known: last entry of the log that is heeded.
        preset, device, seed: as of `Session`. supports, certain: as of `StudySettings`.
    """

    study: Path
    place: CinePlace
    marks: tuple[MarkFile, ...]
    candidates: tuple[Candidate, ...]
    file: str
    known: int
    preset: str
    device: str
    seed: int
    supports: int
    certain: float


@dataclass(frozen=True)
class CineOutcome:
    """What came of a task.

    Attributes:
        path, stamp: where the cine is now, "" where that is not known.
        prediction: None where it failed.
        problem: why it failed, a sentence; else empty.
        is_lasting: whether trying again is in vain until somebody mends something.
        warnings: sentences for the user.
    """

    path: str = ""
    stamp: str = ""
    prediction: Prediction | None = None
    problem: str = ""
    is_lasting: bool = False
    warnings: tuple[str, ...] = ()


def segment_cine(task: CineTask, cancel: threading.Event | None = None) -> CineOutcome:
    """Segment a cine and write the prediction; a cine that fails is an outcome, too.

    Raises:
        Cancelled: `cancel` was set; nothing is written.
    """
    path, stamp = "", ""
    start = time.monotonic()
    try:
        target = task.study / task.file
        make_folder(target.parent)
        check_writable(target)  # before the long job
        cine, place, now = task.place.read(cancel)
        path, stamp = str(place), str(now)
        found, carried, warnings = _segmented(task, cine, cancel)
        write_prediction(target, found)
    except Cancelled:
        raise
    except Exception as error:  # whatever it was, it costs this cine alone
        known = as_known_error(error)
        return CineOutcome(path, stamp, problem=str(known), is_lasting=isinstance(known, InputError))
    prediction = _prediction(task, found, carried, time.monotonic() - start)
    return CineOutcome(path, stamp, prediction, warnings=(*cine.warnings, *found.warnings, *warnings))


def describe_marks(
    place: CinePlace, marks: Sequence[MarkFile], device: str, cancel: threading.Event | None = None
) -> np.ndarray:
    """(len(marks), D) descriptions of marked frames of a cine.

    Raises:
        InputError: the cine has vanished, changed or cannot be read.
    """
    cine, _, _ = place.read(cancel)
    window = grey_window(cine.frames)
    return describer_on(device).describe([as_picture(cine.frames[mark.frame], window) for mark in marks])


def _segmented(
    task: CineTask, cine: Cine, cancel: threading.Event | None
) -> tuple[Segmentation, tuple[int, ...], tuple[str, ...]]:
    """The result, the other cines that it was made from, and warnings."""
    if task.marks:
        marks = {mark.frame: read_labels(task.study, mark, cine.frame_size) for mark in task.marks}
        session = Session(cine.frames, device=task.device, seed=task.seed)
        return session.segment(marks, preset=task.preset, cancel=cancel), (), ()
    warnings: list[str] = []
    chosen = list(_supports(task, cine, warnings, cancel))
    if not chosen:
        raise InputError(
            "None of the marked frames of other cines can be read.", "Bring one of those cines back, or mark this one."
        )
    found = carry_over(
        cine.frames,
        [frame for _, frame in chosen],
        preset=task.preset,
        device=task.device,
        seed=task.seed,
        cancel=cancel,
    )
    return found, tuple(sorted({number for number, _ in chosen})), tuple(warnings)


def _supports(
    task: CineTask, cine: Cine, warnings: list[str], cancel: threading.Event | None
) -> Iterator[tuple[int, MarkedFrame]]:
    """The marked frames that match best, each with the number of its cine; one that cannot be read gives way."""
    window = grey_window(cine.frames)
    own = describer_on(task.device).describe([as_picture(cine.frames[i], window) for i in sampled(cine.frame_count)])
    left = list(task.candidates)
    read: dict[int, Cine] = {}
    while left:
        places = best_matching(own, np.stack([one.description for one in left]), task.supports)
        chosen = [left[place] for place in places]
        gone: set[int] = set()
        for number in sorted({one.place.id for one in chosen} - read.keys()):
            try:
                read[number] = next(one for one in chosen if one.place.id == number).place.read(cancel)[0]
            except Cancelled:
                raise
            except RABSegmentError as error:
                warnings.append(f"Its marks do not serve others: {error.message}")
                gone.add(number)
        if not gone:
            yield from ((one.place.id, _marked_frame(task.study, one, read[one.place.id])) for one in chosen)
            return
        left = [one for one in left if one.place.id not in gone]


def _marked_frame(study: Path, one: Candidate, cine: Cine) -> MarkedFrame:
    picture = as_picture(cine.frames[one.mark.frame], grey_window(cine.frames))
    return MarkedFrame(picture, read_labels(study, one.mark, cine.frame_size))


def _prediction(task: CineTask, found: Segmentation, carried: tuple[int, ...], seconds: float) -> Prediction:
    sure = found.confidence.min(axis=1)
    mean, least = float(sure.mean()), float(sure.min())
    is_empty = not found.labels.any()
    if is_empty:
        why = "nothing was found on any frame"
    elif mean < task.certain:
        why = f"the mean confidence is {mean:.2f}, below {task.certain:.2f}"
    else:
        why = f"the mean confidence is {mean:.2f}"
    return Prediction(
        file=task.file,
        preset=task.preset,
        frames=len(found.labels),
        confidence=mean,
        least=least,
        next_frame=found.next_frame,
        carried=carried,
        needs_person=is_empty or mean < task.certain,
        why=why,
        known=task.known,
        seconds=round(seconds, 3),
    )
