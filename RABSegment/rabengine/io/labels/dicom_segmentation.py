"""DICOM segmentations, for the archive: binary, or as a label map."""

from __future__ import annotations

from pathlib import Path

from rabengine.cine import Cine
from rabengine.io.derived.segmentation import BINARY, LABEL_MAP, WHAT, segmentation_of
from rabengine.io.derived.sources import require_dicom

from .writer import FileWriter, LabelFrames


class DicomSegmentationWriter(FileWriter):
    """One bit a pixel and segment; the form that most viewers take. It names the patient, as its cine does."""

    title = "DICOM segmentation"
    note = "for the archive; names the patient"
    suffixes = (".dcm",)
    needs = ("highdicom",)
    form = BINARY

    def check_cine(self, cine: Cine) -> None:
        require_dicom(cine, WHAT)

    def write(self, path: Path, frames: LabelFrames) -> tuple[str, ...]:
        made = segmentation_of(frames.cine, [dict(enumerate(frames.labels))], frames.legend, self.form)
        made.dataset.save_as(path, enforce_file_format=True)
        return made.notes


class DicomLabelMapWriter(DicomSegmentationWriter):
    """One value a pixel; the newer form (2024), which fewer programs read."""

    title = "DICOM label map"
    note = "newer than DICOM segmentations; names the patient"
    suffixes = (".labelmap.dcm",)
    form = LABEL_MAP
