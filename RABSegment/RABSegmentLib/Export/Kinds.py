"""The kinds of export that front ends offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

from .Labels import exportLabelSequence, exportPictures, labelSequenceWriter, picturesWriter
from .Overlay import exportOverlay, overlayWriter
from .Places import Writer
from .Table import exportTable, tableWriter


@dataclass(frozen=True)
class ExportKind:
    """One of them.

    Attributes:
        name: for programs.
        title: for people.
        suffix: of the file; empty where a folder is written.
        write: takes the segmentation and the path, returns what was written.
        prepare: takes the segmentation, returns what writes it later, in whatever thread.
    """

    name: str
    title: str
    suffix: str
    write: Callable[[SegmentationSequence, str | Path], list[Path]]
    prepare: Callable[[SegmentationSequence], Writer]

    @property
    def isFolder(self) -> bool:
        return not self.suffix


def exportKinds() -> list[ExportKind]:
    """All of them; each writes every frame and every segment."""
    return [
        ExportKind("labels", _("Label sequence"), ".seq.nrrd", exportLabelSequence, labelSequenceWriter),
        ExportKind("pictures", _("Label pictures"), "", exportPictures, picturesWriter),
        ExportKind("table", _("Table"), ".csv", lambda what, path: [exportTable(what, path)], tableWriter),
        ExportKind("overlay", _("Overlay video"), ".mp4", exportOverlay, overlayWriter),
    ]
