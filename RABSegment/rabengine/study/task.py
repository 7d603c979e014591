"""What is done for one cine: one call, wherever it is done, with all that it needs in its argument."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import Cancelled, InputError, as_known_error
from rabengine.propagation.input_view import grey_window
from rabengine.segmentation import Segmentation
from rabengine.session.session import Session

from .carry_over import as_picture
from .descriptors import CELLS, describer_name, describer_on
from .jobs import CineOutcome, CineTask, DescribeOutcome, DescribeTask, Job, Outcome
from .judged import WitnessAgreement, judged
from .likeness import in_brief
from .marks import read_labels
from .predictions import write_prediction
from .records import GIVEN
from .storage import Store, StoreError, store_of
from .structured import learned_at, segment_learned
from .supports import choose_supports, choose_witnesses, described_frames
from .witnesses import FRAMES, carry_over_asking


def perform(job: Job, cancel: threading.Event | None = None) -> Outcome:
    """Do a job; one that fails is an outcome, too.

    Raises:
        Cancelled: `cancel` was set; nothing is written.
    """
    return segment_cine(job, cancel) if isinstance(job, CineTask) else describe_marks(job, cancel)


def segment_cine(task: CineTask, cancel: threading.Event | None = None) -> CineOutcome:
    """Segment a cine and write the prediction; a cine that fails is an outcome, too.

    Raises:
        Cancelled: `cancel` was set; nothing is written.
    """
    path, stamp = "", ""
    start = time.monotonic()
    try:
        store = _checked_store(task)  # before the long job
        cine, place, now = task.place.read(cancel)
        path, stamp = str(place), str(now)
        made = _segmented(task, cine, cancel)
        if cancel is not None and cancel.is_set():
            raise Cancelled
        content = write_prediction(store, task.file, made.found)
        if cancel is not None and cancel.is_set():
            store.remove(task.file)  # nobody waits for it any more
            raise Cancelled
    except Cancelled:
        raise
    except Exception as error:  # whatever it was, it costs this cine alone
        known = as_known_error(error)
        of_store = isinstance(known, StoreError)
        lasting = isinstance(known, InputError) and not of_store
        return CineOutcome(path, stamp, problem=str(known), is_lasting=lasting, is_of_store=of_store)
    prediction = judged(
        made.found,
        file=task.file,
        certain=task.certain,
        known=task.known,
        seconds=time.monotonic() - start,
        carried=made.carried,
        agreed=made.agreed,
    )
    warnings = (*cine.warnings, *made.found.warnings, *made.warnings)
    return CineOutcome(
        path,
        stamp,
        prediction,
        content=content,
        warnings=warnings,
        appearance=made.appearance,
        described_by=made.described_by,
    )


def describe_marks(task: DescribeTask, cancel: threading.Event | None = None) -> DescribeOutcome:
    """Describe marked frames of a cine; one that cannot be read is an outcome, too: it is said where it is segmented.

    Raises:
        Cancelled: `cancel` was set.
    """
    try:
        cine, _, _ = task.place.read(cancel)
        window = grey_window(cine.frames)
        pictures = [as_picture(cine.frames[mark.frame], window) for mark in task.marks]
        return DescribeOutcome(describer_on(task.device).describe(pictures).astype(np.float16))
    except Cancelled:
        raise
    except Exception as error:
        return DescribeOutcome(is_lasting=isinstance(as_known_error(error), InputError))


def _checked_store(task: CineTask) -> Store:
    store = store_of(task.study, task.store)
    store.check(task.file)
    return store


@dataclass(frozen=True)
class _Made:
    """A result.

    Attributes:
        found: itself. carried: the other cines that it was made from. warnings: sentences for the user.
        appearance, described_by: as of `CineOutcome`. agreed: how far other cines agree on it, where they were asked.
    """

    found: Segmentation
    carried: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    appearance: np.ndarray | None = None
    described_by: str = ""
    agreed: WitnessAgreement | None = None


def as_absent(found: Segmentation, marks: Mapping[int, np.ndarray]) -> Segmentation:
    """A result with nothing on the frames whose marks say that all is absent."""
    labels, confidence = found.labels.copy(), found.confidence.copy()
    for frame in marks:
        labels[frame], confidence[frame] = 0, 1
    return replace(found, labels=labels, confidence=confidence, marked_frames=tuple(sorted(marks)))


def _segmented(task: CineTask, cine: Cine, cancel: threading.Event | None) -> _Made:
    learned = learned_at(Path(task.structure), task.device) if task.structure else None
    marks = {mark.frame: read_labels(task.study, mark, cine.frame_size) for mark in task.marks}
    if not task.candidates:
        session = Session(cine.frames, device=task.device, seed=task.seed)
        session.begin_with(learned.networks if learned is not None else {})
        return _Made(session.segment(marks, preset=task.preset, cancel=cancel))
    warnings: list[str] = []
    own = described_frames(task, cine)
    seen = in_brief(own, CELLS), describer_name()
    chosen = choose_supports(task, own, warnings, cancel)
    if not chosen and learned is not None and learned.networks:
        found = segment_learned(
            cine.frames,
            learned,
            examples=[],
            preset=task.preset,
            device=task.device,
            seed=task.seed,
            cancel=cancel,
        )
        return _Made(as_absent(found, marks), (GIVEN,), tuple(warnings), *seen)
    if not chosen:
        raise InputError(
            "None of the marked frames of other cines can be read.", "Bring one of those cines back, or mark this one."
        )
    found, agreed = carry_over_asking(
        cine.frames,
        chosen,
        choose_witnesses(task, own, cancel, task.witnesses, FRAMES),
        marks=marks,
        learned=learned.networks if learned is not None else None,
        preset=task.preset,
        device=task.device,
        seed=task.seed,
        cancel=cancel,
    )
    return _Made(found, tuple(sorted({one.cine for one in chosen})), tuple(warnings), *seen, agreed)
