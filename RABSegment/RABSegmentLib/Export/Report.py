"""Measurements of every segment as a DICOM structured report."""

from __future__ import annotations

from pathlib import Path

from rabengine.exchange.report import WHAT, report_of
from rabengine.io.derived.sources import require_dicom
from rabengine.io.files.atomic import atomic_file
from rabengine.optional import require_installed
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .LabelGroups import segmentLegend
from .Measurements import PairSource, measuring, noPair, whyNoPair
from .Places import FileWriter, Written, checkedFile

REPORT_SUFFIXES = (".dcm",)


def exportReport(segmentation: SegmentationSequence, path: str | Path, pair: PairSource = noPair) -> list[Path]:
    """Write what `exportMeasurements` measures as a DICOM report; a file of this name is replaced.

    Args:
        segmentation: of a cine from DICOM files, which are still there; Segment Video or Slicer opened it.
        path: that ends in .dcm.
        pair: as for `exportMeasurements`.

    Returns:
        What was written.

    Raises:
        InputError: nothing to measure, another ending, a place that cannot be written to, or a cine that is no DICOM;
            then nothing is written. PackageMissingError: highdicom is not installed.
    """
    return reportWriter(segmentation, pair)(path)


def reportWriter(segmentation: SegmentationSequence, pair: PairSource = noPair) -> FileWriter:
    """What `exportReport` writes, gathered from the scene.

    Raises:
        InputError: no segments, or the cine is no DICOM.
    """
    cine = engineCine(segmentation.cine)
    require_dicom(cine, WHAT)
    entries = {entry.name: entry for entry in segmentLegend(segmentation).values()}
    biplane = pair(segmentation)
    measured = measuring(segmentation, biplane)

    def write(path: str | Path) -> list[Path]:
        path = checkedFile(path, REPORT_SUFFIXES)
        require_installed("highdicom", f"Writing {path.name}")
        found = measured()
        made = report_of(cine, found.measured, entries, notes=found.warnings)
        with atomic_file(path) as unfinished:
            made.save_as(unfinished, enforce_file_format=True)
        return Written([path], whyNoPair(biplane))

    return write
