"""The kinds of export that front ends offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .ExportLabels import exportLabelSequence, exportPictures
from .ExportOverlay import exportOverlay
from .ExportTable import exportTable
from .SegmentationSequence import SegmentationSequence
from .Translation import tr as _


@dataclass(frozen=True)
class ExportKind:
    """One of them.

    Attributes:
        name: for programs.
        title: for people.
        suffix: of the file; empty where a folder is written.
        write: takes the segmentation and the path, returns what was written.
    """

    name: str
    title: str
    suffix: str
    write: Callable[[SegmentationSequence, str | Path], list[Path]]

    @property
    def isFolder(self) -> bool:
        return not self.suffix


def exportKinds() -> list[ExportKind]:
    """All of them; each writes every frame and every segment."""
    return [
        ExportKind("labels", _("Label sequence"), ".seq.nrrd", exportLabelSequence),
        ExportKind("pictures", _("Label pictures"), "", exportPictures),
        ExportKind("table", _("Table"), ".csv", lambda segmentation, path: [exportTable(segmentation, path)]),
        ExportKind("overlay", _("Overlay video"), ".mp4", exportOverlay),
    ]
