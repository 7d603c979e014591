"""Whose a cine is, as its DICOM files say."""

from __future__ import annotations

from pathlib import Path

from rabengine.errors import RABSegmentError

from .files import is_dicom, quiet_pydicom, read_header, value_of


def patient_of(path: str | Path) -> str | None:
    """The patient's identifier in a DICOM file, or in the first one of a folder; None where nothing says it.

    It is for comparing: it goes into no output.
    """
    place = Path(path)
    try:
        files = sorted(one for one in place.iterdir() if one.is_file()) if place.is_dir() else [place]
        first = next((one for one in files if is_dicom(one)), None)
        if first is None:
            return None
        with quiet_pydicom():
            identifier = str(value_of(read_header(first), "PatientID") or "").strip()
    except (RABSegmentError, OSError):
        return None
    return identifier or None
