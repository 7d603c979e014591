"""Whose a cine is, as its DICOM files say."""

from __future__ import annotations

from pathlib import Path

from rabengine.cine import Cine
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


def patient_of_cine(cine: Cine, path: str | Path) -> str | None:
    """As `patient_of`, of the file that the first frame came from: a folder may hold series of several patients.

    Args:
        cine: as it was read. path: where from, for a cine that does not say.
    """
    return patient_of(cine.dicom_frames[0].file if cine.dicom_frames else path)
