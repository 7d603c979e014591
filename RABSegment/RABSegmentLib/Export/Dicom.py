"""All frames and segments as one DICOM segmentation, also where segments overlap."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from rabengine.io.derived.segmentation import BINARY, LABEL_MAP, WHAT
from rabengine.io.derived.sources import require_dicom
from rabengine.io.files.atomic import atomic_file
from rabengine.io.labels.writers import WRITERS
from rabengine.optional import require_installed
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .LabelGroups import LabelGroup, labelGroups, segmentLegend
from .Places import FileWriter, Written, aboutPlaces, checkedFile

FORMS: Mapping[str, str] = {"dicom-seg": BINARY, "dicom-labelmap": LABEL_MAP}


def exportDicom(segmentation: SegmentationSequence, path: str | Path, name: str = "dicom-seg") -> list[Path]:
    """Write a DICOM segmentation; a file of this name is replaced.

    A frame on which nobody looked for any segment is not in it; one that was looked at and shows none is, empty.

    Args:
        segmentation: of a cine from DICOM files, which are still there; Segment Video or Slicer opened it.
        path: with an ending of the writer.
        name: of the form: "dicom-seg" is binary, "dicom-labelmap" a label map.

    Returns:
        What was written, with notes such as which segment was left out.

    Raises:
        InputError: no segments, or none with pixels, another ending, a place that cannot be written to, a cine that is
            no DICOM, or segments that overlap in a label map; then nothing is written.
        PackageMissingError: highdicom is not installed.
    """
    return dicomWriter(segmentation, name)(path)


def dicomWriter(segmentation: SegmentationSequence, name: str = "dicom-seg") -> FileWriter:
    """What `exportDicom` writes, gathered from the scene.

    Raises:
        InputError: no segments, or the cine is no DICOM.
    """
    cine = engineCine(segmentation.cine)
    require_dicom(cine, WHAT)
    legend = segmentLegend(segmentation)
    frames = [frame for frame in range(segmentation.frameCount) if _isSegmented(segmentation, frame)]
    groups = [_onFrames(group, frames) for group in labelGroups(segmentation)]
    writer = WRITERS.get(name)

    def write(path: str | Path) -> Written:
        from rabengine.io.derived.segmentation import segmentation_of

        path = checkedFile(path, writer.suffixes)
        for module in writer.needs:
            require_installed(module, f"Writing {path.name}")
        with atomic_file(path) as unfinished, aboutPlaces([unfinished], [path]):
            made = segmentation_of(cine, groups, legend, FORMS[name])
            made.dataset.save_as(unfinished, enforce_file_format=True)
        return Written([path], made.notes)

    return write


def _isSegmented(segmentation: SegmentationSequence, frame: int) -> bool:
    """Whether anybody looked for any segment there."""
    record = segmentation.record(frame)
    return bool(record.known or record.confidence) or any(mask.any() for mask in segmentation.masks(frame).values())


def _onFrames(group: LabelGroup, frames: list[int]) -> dict[int, np.ndarray]:
    return {frame: group.labels[frame] for frame in frames}
