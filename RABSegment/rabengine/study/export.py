"""A study's results as files that other programs open."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rabengine.cine import Cine
from rabengine.errors import InputError, RABSegmentError
from rabengine.io.files.writable import make_folder
from rabengine.io.labels.write import check_output, write_labels
from rabengine.io.legend import legend_of
from rabengine.io.table import write_table
from rabengine.segmentation import Segmentation

from .handed_out import handing_out
from .records import StudyCine
from .study import Study

DEFAULT_SUFFIX = ".seq.nrrd"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        files: {number of the cine: its files}. problems: {number: why nothing was written of it}.
        doubts: {number: what of it a person must look at}.
        unlogged: why the study's log does not tell of it, a sentence; "" where it does.
    """

    files: dict[int, tuple[Path, ...]]
    problems: dict[int, str]
    doubts: dict[int, str] = field(default_factory=dict)
    unlogged: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return {
            "files": {str(number): [str(path) for path in paths] for number, paths in self.files.items()},
            "problems": {str(number): why for number, why in self.problems.items()},
        }


def export_study(
    study: Study,
    folder: str | Path,
    suffix: str = DEFAULT_SUFFIX,
    chosen: Callable[[StudyCine], bool] = lambda _cine: True,
    by: str = "",
) -> Exported:
    """Write labels and a table of areas of each cine that has a prediction, `NUMBER_NAME` in a folder.

    A cine that cannot be read any more is left out, and the others are written.

    Args:
        folder: where; it is made where it is not there.
        suffix: of the label files, one that `write_labels` knows; "" for folders of label images.
        chosen: which cines. by: who has them written, for the log; the user of this computer by default.

    Raises:
        InputError: nothing can be written there, or not in this format.
    """
    target = Path(folder)
    make_folder(target)
    names = study.settings().segments
    files: dict[int, tuple[Path, ...]] = {}
    problems: dict[int, str] = {}
    with handing_out(study, target, suffix, by=by) as handed:
        for cine in study.cines():
            if cine.prediction is None or not chosen(cine):
                continue
            labels = target / f"{stem_of(cine)}{suffix}"
            table = target / f"{stem_of(cine)}.csv"
            check_output(labels)
            try:
                frames = study.read(cine.id)
                found = fitting_prediction(study, cine, frames)
                legend = legend_of(found.segments, names)
                write_labels(labels, found.labels, frames, found.segments, legend if names else None, known_marks(cine))
                write_table(table, found, frames, travels=True)
            except RABSegmentError as error:
                problems[cine.id] = str(error)
            else:
                files[cine.id] = (labels, table)
                handed.cines.append(cine.id)
    return Exported(files, problems, unlogged=handed.unlogged)


def known_marks(cine: StudyCine) -> tuple[int, ...] | None:
    """The frames of its prediction that a person marked or checked; None where its marks have changed since."""
    if cine.prediction is None or cine.is_stale:
        return None
    return tuple(range(cine.prediction.frames)) if cine.checked_by else cine.marks


def fitting_prediction(study: Study, cine: StudyCine, frames: Cine) -> Segmentation:
    """What was found of a cine.

    Raises:
        InputError: it is of other frames, missing or damaged.
    """
    found = study.prediction(cine.id)
    if found.labels.shape[:3] != (frames.frame_count, *frames.frame_size):
        raise InputError(f"{cine.path} is not the cine that was segmented.", "Run the study again with --all.")
    return found


def stem_of(cine: StudyCine) -> str:
    """A name for files of a cine, which no other cine of the study has."""
    plain = re.sub(r"[^\w-]+", "_", cine.name.split(".")[0]).strip("_")
    return f"{cine.id:05d}_{plain[:80]}" if plain else f"{cine.id:05d}"
