"""The kinds of export that front ends offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rabengine.io.labels.writer import Writer
from rabengine.io.labels.writers import all_writers
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

from .Dicom import FORMS, dicomWriter, exportDicom
from .Labels import exportLabels, labelsWriter
from .LineOverTime import exportMMode, mmodeWriter
from .Measurements import PairSource, exportMeasurements, measurementsWriter, noPair
from .Overlay import exportOverlay, overlayWriter
from .Places import FileWriter
from .Report import exportReport, reportWriter
from .Table import exportTable, tableWriter


@dataclass(frozen=True)
class ExportKind:
    """One of them.

    Attributes:
        name: for programs.
        title: for people.
        note: more about it in a few words; may be empty.
        word: what the names of its files say.
        suffix: of the file; empty where a folder is written.
        write: takes the segmentation and the path, returns what was written.
        prepare: takes the segmentation, returns what writes it later, in whatever thread.
    """

    name: str
    title: str
    note: str
    word: str
    suffix: str
    write: Callable[[SegmentationSequence, str | Path], list[Path]]
    prepare: Callable[[SegmentationSequence], FileWriter]

    @property
    def isFolder(self) -> bool:
        return not self.suffix


def exportKinds(pair: PairSource = noPair) -> list[ExportKind]:
    """All of them, those that other packages add included; each writes every frame and every segment.

    Args:
        pair: gives what two views of a ventricle say, for measurements and report.
    """
    return [
        *(_labelKind(name, writer) for name, writer in all_writers().items()),
        ExportKind(
            "table",
            _("Table"),
            _("areas on each frame"),
            "table",
            ".csv",
            lambda what, path: [exportTable(what, path)],
            tableWriter,
        ),
        ExportKind(
            "measurements",
            _("Measurements"),
            _("shapes, beats, volumes"),
            "measurements",
            ".csv",
            lambda what, path: exportMeasurements(what, path, pair),
            lambda what: measurementsWriter(what, pair),
        ),
        ExportKind(
            "dicom-sr",
            _("DICOM report"),
            _("measurements for the archive; names the patient"),
            "report",
            ".dcm",
            lambda what, path: exportReport(what, path, pair),
            lambda what: reportWriter(what, pair),
        ),
        ExportKind("overlay", _("Overlay video"), _("to show"), "overlay", ".mp4", exportOverlay, overlayWriter),
        ExportKind(
            "mmode",
            _("M-mode"),
            _("the line over time, with a table of edges"),
            "mmode",
            ".png",
            exportMMode,
            mmodeWriter,
        ),
    ]


def labelWords() -> dict[str, tuple[str, str]]:
    """{format of labels: title and note}; one of another package has those that it brings."""
    return {
        "labels": (_("Label sequence"), _("opens in Slicer")),
        "nrrd": (_("NRRD volume"), _("time as third axis")),
        "metaimage": (_("MetaImage volume"), _("time as third axis")),
        "nifti": (_("NIfTI volume"), _("time as third axis")),
        "pictures": (_("Label pictures"), _("PNG for each frame")),
        "dicom-seg": (_("DICOM segmentation"), _("for the archive; names the patient")),
        "dicom-labelmap": (_("DICOM label map"), _("newer than DICOM segmentations; names the patient")),
    }


def _labelKind(name: str, writer: Writer) -> ExportKind:
    """A writer of labels; those of DICOM write one file, which has room for segments that overlap."""
    title, note = labelWords().get(name, (writer.title, writer.note))
    export, prepare = (exportDicom, dicomWriter) if name in FORMS else (exportLabels, labelsWriter)
    return ExportKind(
        name,
        title,
        note,
        "labels" if writer.suffixes else name,
        writer.suffixes[0] if writer.suffixes else "",
        lambda what, path: export(what, path, name),
        lambda what: prepare(what, name),
    )
