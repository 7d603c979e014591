"""A study's cines as a set that other programs learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError, RABSegmentError
from rabengine.exchange.format import MARKED, PREDICTED
from rabengine.exchange.items import Labelled, SetChoices, make_items
from rabengine.exchange.late import PackedLabels, Shelf
from rabengine.exchange.write import check_target, write_set

from .handed_out import handing_out
from .records import StudyCine
from .study import Study


@dataclass(frozen=True)
class ExportedSet:
    """What was written.

    Attributes:
        cines: {number of the cine: its name in the set}. frames: how many went in.
        problems: {number: why nothing was written of it}. doubts: what a person must look at.
        unlogged: as of `Exported`.
    """

    cines: dict[int, str]
    frames: int
    problems: dict[int, str]
    doubts: tuple[str, ...] = ()
    unlogged: str = ""


def export_set(
    study: Study,
    path: str | Path,
    name: str,
    choices: SetChoices,
    patient_of: Callable[[Cine, Path, int], str],
    chosen: Callable[[StudyCine], bool] = lambda _cine: True,
    by: str = "",
) -> ExportedSet:
    """Write the marked frames of a study's cines, and by choice the predicted ones, as one set.

    All frames of a cine that somebody checked count as marked. A cine that cannot be read any more is left out.

    Args:
        path: where. name: of the format.
        choices: what goes in.
        patient_of: what tells the patient of a cine from others, of its frames, path and number; "" where nothing does.
        chosen: which cines. by: as of `export_study`.

    Raises:
        InputError: nothing can be written there, there is nothing to write, or a patient must be known and is not.
    """
    wanted = [cine for cine in study.cines() if (cine.marks or cine.prediction is not None) and chosen(cine)]
    check_target(Path(path), name, len(wanted))
    shelf = Shelf()
    found: list[Labelled] = []
    numbers: list[int] = []
    problems: dict[int, str] = {}
    for cine in wanted:
        try:
            labelled = _labelled(study, cine, choices.takes_all, patient_of, shelf)
        except RABSegmentError as error:
            problems[cine.id] = str(error)
            continue
        if labelled is not None:
            found.append(labelled)
            numbers.append(cine.id)
    if not found:
        raise InputError(f"No cine of the study {study.folder} has a frame that would go in.", "Mark one first.")
    made = make_items(found, choices)
    with handing_out(study, Path(path), name, by=by) as handed:
        write_set(Path(path), name, made.items, made.sums, made.sentences)
        handed.cines += numbers
    frames = sum(len(item.labels) for item in made.items)
    called = dict(zip(numbers, (item.name for item in made.items), strict=True))
    return ExportedSet(called, frames, problems, made.doubts, handed.unlogged)


def _labelled(
    study: Study, cine: StudyCine, takes_all: bool, patient_of: Callable[[Cine, Path, int], str], shelf: Shelf
) -> Labelled | None:
    frames = study.read(cine.id)
    patient = patient_of(frames, cine.path, cine.id)
    labels: dict[int, np.ndarray] = {}
    origins: dict[int, str] = {}
    is_checked = bool(cine.checked_by) and not cine.is_stale
    if cine.prediction is not None and (takes_all or is_checked):
        predicted = study.prediction(cine.id).labels
        if predicted.shape[:3] != (frames.frame_count, *frames.frame_size):
            raise InputError(f"{cine.path} is not the cine that was segmented.", "Run the study again with --all.")
        labels = dict(enumerate(predicted))
        origins = dict.fromkeys(labels, MARKED if is_checked else PREDICTED)
    marked = study.marked_labels(cine.id, frames.frame_size)
    labels.update(marked)
    origins.update(dict.fromkeys(marked, MARKED))
    if not labels:
        return None
    packed = PackedLabels({frame: labels[frame] for frame in sorted(labels)})
    names = study.settings().segments
    kept = shelf.keep(frames, partial(study.read, cine.id))
    return Labelled(kept, packed, origins, names, patient, cine.path.stem)
