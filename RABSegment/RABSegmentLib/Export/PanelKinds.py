"""What the panel can write: the kinds of both front ends, a figure, and training sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

from .Figure import exportFigure
from .Kinds import ExportKind, exportKinds
from .Measurements import PairSource, noPair
from .Places import FileWriter
from .TrainingSets import exportSet, setFormats, textDoubt

Export = Callable[[SegmentationSequence, str | Path], list[Path]]


def panelKinds(pair: PairSource = noPair) -> list[ExportKind]:
    """All of them, in the order in which they are offered; of two with one name the first.

    Args:
        pair: as for `exportKinds`.
    """
    kinds = [
        *exportKinds(pair),
        _kind("figure", _("Figure for a publication"), ".pdf", exportFigure),
    ]
    for name, one in setFormats().items():
        kinds.append(_kind(name, _("{title} (training set)").format(title=one.title), "", _setExport(name, False)))
    return list({kind.name: kind for kind in reversed(kinds)}.values())[::-1]


def isSet(kind: ExportKind) -> bool:
    """Whether a kind is a training set, for which somebody must have looked for text in the pixels."""
    return kind.name in setFormats()


def exportOf(kind: ExportKind, hasLooked: bool) -> Export:
    """What writes a kind.

    Args:
        hasLooked: the user looked for text that is burned into the pixels; see `TrainingSets.exportSet`.
    """
    return _setExport(kind.name, hasLooked) if isSet(kind) else kind.write


def questionOf(kind: ExportKind, segmentation: SegmentationSequence) -> str:
    """What the user must be asked before a kind is written; empty for nothing."""
    return textDoubt(segmentation) if isSet(kind) else ""


def _setExport(name: str, hasLooked: bool) -> Export:
    return lambda what, path: exportSet(what, path, name, hasLooked)


def _kind(name: str, title: str, suffix: str, write: Export) -> ExportKind:
    def prepare(what: SegmentationSequence) -> FileWriter:
        return lambda path: write(what, path)

    return ExportKind(name, title, "", name, suffix, write, prepare)
