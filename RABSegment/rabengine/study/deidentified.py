"""A study's cines and labels for others, without what tells whose they are.

Files are written anew from pixels, sizes and times alone; names and dates are left out or replaced. What is burned into
the pictures goes only where `Blanking` says so.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError, RABSegmentError
from rabengine.exchange.blanking import Blanking
from rabengine.exchange.manifest import index_of
from rabengine.io.dicom.deidentified import can_be_dicom, write_deidentified
from rabengine.io.dicom.files import is_dicom, read_header, value_of
from rabengine.io.files.atomic import atomic_file, written_together
from rabengine.io.files.writable import check_writable, make_folder
from rabengine.io.labels.write import write_labels
from rabengine.io.legend import legend_of
from rabengine.io.table import write_table
from rabengine.io.volume.nrrd_sequence import write_cine_sequence

from .blanking import blanked
from .export import DEFAULT_SUFFIX, Exported, fitting_prediction
from .handed_out import handing_out
from .pseudonyms import Pseudonyms, pseudonyms_of
from .records import StudyCine
from .study import Study

KEY_COLUMNS = ("cine", "name", "patient", "path")


@dataclass(frozen=True)
class Harmless:
    """What becomes of one cine.

    Attributes:
        name: that stands for it. patient: that stands for whose it is. cine: what may be seen.
        header: of its original of pydicom; None of what is no DICOM.
    """

    name: str
    patient: str
    cine: Cine
    header: Any


def export_deidentified(
    study: Study,
    folder: str | Path,
    blanking: Blanking | None = None,
    suffix: str = DEFAULT_SUFFIX,
    chosen: Callable[[StudyCine], bool] = lambda _cine: True,
    key: Path | None = None,
    mask: Path | None = None,
    by: str = "",
) -> Exported:
    """Write cine, labels and areas of each cine that has a prediction, under names that stand for them.

    A cine of DICOM becomes a new DICOM file of secondary capture, any other a `.seq.nrrd`. One that cannot be read, or
    that `blanking` does not fit, is left out.

    Args:
        folder: where. suffix, chosen, by: as of `export_study`.
        blanking, mask: what is made black, see `blanked`.
        key: a table that says which cine is which, to be kept at home; none by default.

    Raises:
        InputError: nothing can be written there, the format is DICOM (whose labels name the cine that they belong
            to), the key would lie in the folder, or the study has no key for the names yet and is read-only.
    """
    if suffix.lower().endswith(".dcm"):
        raise InputError("Labels in DICOM tell whose they are.", "Choose .seq.nrrd, .nrrd, .mha, .nii.gz or folder.")
    target = Path(folder)
    if key is not None and target.resolve() in key.resolve().parents:
        raise InputError(f"The key {key} would leave with the cines.", "Name a file outside of that folder.")
    names, pseudonyms = study.settings().segments, pseudonyms_of(study)
    make_folder(target)
    if key is not None:
        check_writable(key)
    files: dict[int, tuple[Path, ...]] = {}
    problems: dict[int, str] = {}
    doubts: dict[int, str] = {}
    rows = []
    with handing_out(study, target, suffix, is_deidentified=True, by=by) as handed:
        for cine in study.cines():
            if cine.prediction is None or not chosen(cine):
                continue
            made: list[Path] = []
            try:
                frames = study.read(cine.id)
                found = fitting_prediction(study, cine, frames)
                pixels, doubt = blanked(frames, blanking or Blanking(), mask)
                one = harmless(study.cine(cine.id), frames, pseudonyms, pixels)
                labels, table = target / f"{one.name}_labels{suffix}", target / f"{one.name}.csv"
                made.append(_write_cine(target, one, pseudonyms.uid))
                legend = legend_of(found.segments, names) if names else None
                write_labels(labels, found.labels, one.cine, found.segments, legend)
                made.append(labels)
                write_table(table, found, one.cine, travels=True)
                made.append(table)
            except RABSegmentError as error:
                problems[cine.id] = str(error)
                _remove(made)  # a picture that no row of the key names
            else:
                files[cine.id] = tuple(made)
                handed.cines.append(cine.id)
                if doubt:
                    doubts[cine.id] = doubt
                rows.append((cine.id, one.name, one.patient, str(cine.path)))
    if key is not None:
        with atomic_file(key) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([KEY_COLUMNS, *rows])
    return Exported(files, problems, doubts, handed.unlogged)


def harmless(cine: StudyCine, frames: Cine, pseudonyms: Pseudonyms, pixels: np.ndarray) -> Harmless:
    """What of a cine others may see.

    Args:
        cine, frames: the cine. pseudonyms: of its study. pixels: its frames, without what is burned in.
    """
    name = pseudonyms.of("cine", f"{cine.content} {cine.options.series or ''}")
    header = _header(frames, cine.path)
    number = "" if header is None else str(value_of(header, "PatientID") or "").strip()
    patient = pseudonyms.of("patient", number or cine.content)
    times = tuple(value - frames.index_values[0] for value in frames.index_values)
    shown = replace(Cine(pixels, frames.spacing, source=name, warnings=frames.doubts), index_values=times)
    index_name, index_unit = index_of(frames)
    shown = replace(shown, index_name=index_name, index_unit=index_unit)
    return Harmless(name, patient, shown, header)


def _remove(made: Sequence[Path]) -> None:
    for path in made:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _header(frames: Cine, path: Path) -> Any:
    """Of the DICOM file that the first frame came from: a folder may hold series of several patients."""
    file = Path(frames.dicom_frames[0].file) if frames.dicom_frames else path
    return read_header(file) if file.is_file() and is_dicom(file) else None


def _write_cine(folder: Path, one: Harmless, uid_for: Callable[[str], str]) -> Path:
    is_dicom_again = one.header is not None and can_be_dicom(one.cine.frames)
    path = folder / (f"{one.name}.dcm" if is_dicom_again else f"{one.name}{DEFAULT_SUFFIX}")
    check_writable(path)
    with written_together([path]) as (unfinished,):
        if is_dicom_again:
            write_deidentified(unfinished, one.cine, one.header, uid_for, one.patient, one.name)
        else:
            write_cine_sequence(unfinished, one.cine)
    return path
