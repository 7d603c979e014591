"""Whose a cine is, only to keep the cines of one patient together: what tells it is never written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rabengine.errors import InputError
from rabengine.io.dicom.files import is_dicom, quiet_pydicom, value_of
from rabengine.optional import require

_MOST_LOOKED_AT = 50  # entries of a folder until one is DICOM


def patient_of_file(path: Path) -> str:
    """What a DICOM file, or the first one in a folder, calls its patient; "" where nothing does."""
    for file in [path] if path.is_file() else _files_in(path):
        if is_dicom(file):
            return _patient(file)
    return ""


def patient_by_pattern(path: Path, pattern: str) -> str:
    """What a regular expression finds in the path of a cine: its first group, or all that it matches.

    Raises:
        InputError: it is no regular expression, or finds nothing.
    """
    try:
        found = re.search(pattern, path.absolute().as_posix())
    except re.error as error:
        raise InputError(f"--patient-from {pattern} is no regular expression ({error}).", "Mend it.") from error
    text = "" if found is None else (found.group(1) if found.re.groups else found.group(0)) or ""
    if not text:
        raise InputError(
            f"--patient-from {pattern} finds no patient in {path}.",
            "Let it match a part of the path of every cine, such as '/(patient[0-9]+)/'.",
        )
    return text


def pseudonyms(patients: Sequence[str]) -> list[str]:
    """ "patient_001" and so on, in the order in which patients come; "" stays."""
    known: dict[str, str] = {}
    for patient in patients:
        if patient:
            known.setdefault(patient, f"patient_{len(known) + 1:03d}")
    return [known.get(patient, "") for patient in patients]


def _files_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    try:
        return [entry for entry in sorted(folder.iterdir())[:_MOST_LOOKED_AT] if entry.is_file()]
    except OSError:
        return []


def _patient(file: Path) -> str:
    reading = require("pydicom", "Reading DICOM")
    wanted = ["PatientID", "PatientName", "IssuerOfPatientID"]
    try:
        with quiet_pydicom():
            header = reading.dcmread(file, stop_before_pixels=True, specific_tags=wanted, force=True)
            told = [str(value_of(header, name) or "").strip() for name in wanted]
    except Exception:  # of a damaged header nothing is known
        return ""
    return "\0".join(told) if told[0] or told[1] else ""
