"""A cine as a new DICOM file without anything that tells whose it is.

Nothing is taken over from the original but what is named here: what is not known to be harmless is not in it. UIDs and
the patient's number are replaced by names that stand for them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.optional import require

from .calibration import DETECTOR_KEYWORDS, OF_DETECTOR
from .files import numbers_of, quiet_pydicom, value_of

# Of the original, as it is: what made the picture, not whose it is. What is no such word is left out.
KEPT = ("Modality", "Manufacturer", "ManufacturerModelName")
_CLASSES = {
    (1, 8): "1.2.840.10008.5.1.4.1.1.7.2",  # Multi-frame Grayscale Byte Secondary Capture
    (1, 16): "1.2.840.10008.5.1.4.1.1.7.3",  # Multi-frame Grayscale Word Secondary Capture
    (3, 8): "1.2.840.10008.5.1.4.1.1.7.4",  # Multi-frame True Color Secondary Capture
}
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_MODALITY = re.compile(r"[A-Z]{2,5}")
_LONGEST_TEXT = 64  # characters of a long string (LO)
_LONGEST_DESCRIPTION = 1024  # of a short text (ST)
_PURPOSE = "Writing DICOM"
# Present and empty, as the standard asks of every file.
_EMPTY = (
    "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName", "AccessionNumber",
    "Laterality", "PatientOrientation",
)  # fmt: skip


def can_be_dicom(frames: np.ndarray) -> bool:
    """Whether frames can be written as secondary capture: grey of 8 or 16 bits, colour of 8, not negative."""
    return _kind(frames) in _CLASSES


def write_deidentified(
    path: Path, cine: Cine, header: Any, uid_for: Callable[[str], str], patient: str, name: str
) -> None:
    """Write a cine as one multi-frame file.

    Args:
        path: of the new file. cine: its frames, as they are to be seen. header: of the original, of pydicom.
        uid_for: the UID that stands for one. patient: name that stands for the patient. name: for the cine.

    Raises:
        PackageMissingError: pydicom is not installed.
        OSError: it cannot be written.
    """
    pydicom = require("pydicom", _PURPOSE)
    meta = require("pydicom.dataset", _PURPOSE).FileMetaDataset()
    samples, bits = _kind(cine.frames)
    new = pydicom.Dataset()
    new.SOPClassUID = _CLASSES[samples, bits]
    new.SpecificCharacterSet = "ISO_IR 192"
    # Several cines may come from one file or series; each is one of its own.
    new.SOPInstanceUID, new.SeriesInstanceUID = uid_for(name), uid_for(f"SeriesInstanceUID {name}")
    new.StudyInstanceUID = uid_for(str(value_of(header, "StudyInstanceUID") or f"StudyInstanceUID {name}"))
    for keyword in _EMPTY:
        setattr(new, keyword, "")
    for keyword in KEPT:
        setattr(new, keyword, _kept(header, keyword))
    new.PatientName, new.PatientID, new.StudyID, new.SeriesDescription = patient, patient, "", name
    new.SeriesNumber, new.InstanceNumber, new.ConversionType = 1, 1, "WSD"
    new.PatientIdentityRemoved = "YES"
    new.DeidentificationMethod = "RABSegment: only pixels, their size and times are kept"
    _add_pixels(new, cine, samples, bits)
    _add_spacing(new, cine, header)
    if cine.doubts:
        new.DerivationDescription = " ".join(cine.doubts)[:_LONGEST_DESCRIPTION]
    meta.TransferSyntaxUID = _EXPLICIT_LITTLE_ENDIAN
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = new.SOPClassUID, new.SOPInstanceUID
    new.file_meta = meta
    with quiet_pydicom():
        new.save_as(path, enforce_file_format=True)


def _kind(frames: np.ndarray) -> tuple[int, int]:
    """Samples a pixel, and bits of each; (0, 0) of what has no class."""
    if frames.dtype not in (np.uint8, np.uint16):
        return 0, 0
    return (3 if frames.ndim == 4 else 1), frames.dtype.itemsize * 8


def _kept(header: Any, keyword: str) -> str:
    """A value of the original that stays; nothing of one that is several, too long, or no modality at all."""
    value = value_of(header, keyword)
    text = value if isinstance(value, str) else ""
    if keyword == "Modality":
        return text if _MODALITY.fullmatch(text) else "OT"
    return text if len(text) <= _LONGEST_TEXT and text.isprintable() and "\\" not in text else ""


def _add_pixels(new: Any, cine: Cine, samples: int, bits: int) -> None:
    new.NumberOfFrames, (new.Rows, new.Columns) = cine.frame_count, cine.frame_size
    new.SamplesPerPixel, new.PhotometricInterpretation = samples, "RGB" if samples == 3 else "MONOCHROME2"
    if samples == 3:
        new.PlanarConfiguration = 0
    else:
        new.PresentationLUTShape, new.RescaleSlope, new.RescaleIntercept, new.RescaleType = "IDENTITY", 1, 0, "US"
    new.BitsAllocated = new.BitsStored = bits
    new.HighBit, new.PixelRepresentation = bits - 1, 0
    times = cine.index_values if cine.index_unit == "s" and len(cine.index_values) > 1 else ()
    if times:
        new.FrameTimeVector = ["0", *(_decimal(1000 * (b - a)) for a, b in itertools.pairwise(times))]
        new.FrameIncrementPointer = 0x00181065
    pixels = np.ascontiguousarray(cine.frames.astype(cine.frames.dtype.newbyteorder("<"))).tobytes()
    new.add_new(0x7FE00010, "OW" if bits == 16 else "OB", pixels + b"\0" * (len(pixels) % 2))


def _add_spacing(new: Any, cine: Cine, header: Any) -> None:
    """The pixel size; what is known at the detector alone is not passed off as more."""
    if any(doubt.startswith(OF_DETECTOR) for doubt in cine.doubts):
        for keyword in DETECTOR_KEYWORDS:
            if numbers := numbers_of(header, keyword):
                setattr(new, keyword, [_decimal(value) for value in numbers])
    elif cine.spacing is not None:
        x, y = cine.spacing
        new.PixelSpacing = [_decimal(y), _decimal(x)]


def _decimal(value: float) -> str:
    """A DICOM decimal string, of at most 16 characters."""
    return f"{value:.10g}"[:16]
