"""DICOM files as scanners write them, made with pydicom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

US_MULTIFRAME = "1.2.840.10008.5.1.4.1.1.3.1"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
MR = "1.2.840.10008.5.1.4.1.1.4"


def item(**values: Any) -> Dataset:
    """A data set with these values; lists of data sets are sequences."""
    made = Dataset()
    put(made, values)
    return made


def put(dataset: Dataset, values: dict[str, Any]) -> None:
    for name, value in values.items():
        is_sequence = isinstance(value, list) and value and isinstance(value[0], Dataset)
        setattr(dataset, name, Items(value) if is_sequence else value)


def dicom(frames: np.ndarray, kind: str = US_MULTIFRAME, **values: Any) -> Dataset:
    """A data set of (T, H, W[, 3]) or (H, W) pixels, uncompressed, and whatever else it is to say."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = kind, generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.3", "1.2.3.4"
    data.Modality = "US"
    is_colour = frames.shape[-1] == 3
    data.Rows, data.Columns = frames.shape[-3:-1] if is_colour else frames.shape[-2:]
    data.SamplesPerPixel = 3 if is_colour else 1
    data.PhotometricInterpretation = "RGB" if is_colour else "MONOCHROME2"
    if is_colour:
        data.PlanarConfiguration = 0
    if frames.ndim - is_colour == 3:
        data.NumberOfFrames = len(frames)
    bits = frames.dtype.itemsize * 8
    data.BitsAllocated = data.BitsStored = bits
    data.HighBit = bits - 1
    data.PixelRepresentation = int(frames.dtype.kind == "i")
    data.PixelData = frames.tobytes() + b"\0" * (frames.nbytes % 2)
    put(data, values)
    return data


def save(data: Dataset, path: Path) -> Path:
    """Write it as a DICOM file with a preamble."""
    data["PixelData"].VR = "OB" if data.BitsAllocated == 8 else "OW"
    data.save_as(path, enforce_file_format=True)
    return path


def write_dicom(path: Path, frames: np.ndarray, kind: str = US_MULTIFRAME, **values: Any) -> Path:
    return save(dicom(frames, kind, **values), path)


def compressed(data: Dataset, coded: Sequence[bytes], syntax: str, photometric: str, extended: bool = False) -> Dataset:
    """The same with coded frames, behind a basic or an extended offset table."""
    data.file_meta.TransferSyntaxUID = syntax
    data.PhotometricInterpretation = photometric
    if extended:
        data.PixelData, data.ExtendedOffsetTable, data.ExtendedOffsetTableLengths = encapsulate_extended(list(coded))
    else:
        data.PixelData = encapsulate(list(coded))
    data["PixelData"].is_undefined_length = True
    return data


def write_slices(folder: Path, frames: np.ndarray, names: Sequence[str], values: Sequence[dict[str, Any]]) -> None:
    """One MR file for each frame."""
    folder.mkdir(exist_ok=True)
    for frame, name, own in zip(frames, names, values, strict=True):
        write_dicom(folder / name, frame, MR, **own)


def per_frame(parts: Sequence[dict[str, Any]]) -> list[Dataset]:
    """Items of PerFrameFunctionalGroupsSequence: each a dictionary {sequence: values of its one item}."""
    return [item(**{sequence: [item(**values)] for sequence, values in part.items()}) for part in parts]
