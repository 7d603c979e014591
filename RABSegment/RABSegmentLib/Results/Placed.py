"""What a person placed over the frames of a cine: moved points of a ventricle, and the line of an M-mode."""

from __future__ import annotations

from dataclasses import dataclass

from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .LineEnds import endsFrom, endsText, keptEnds
from .LineNode import putLine
from .MovedPoints import keepMovedText, movedText


@dataclass(frozen=True)
class Placed:
    """As texts, which are alike while nothing is moved.

    Attributes:
        points: apex and mitral plane where a person moved them, as `MovedPoints` keeps them; empty for none.
        line: of the M-mode, as `LineEnds` keeps it; empty for none.
    """

    points: str = ""
    line: str = ""


def placedOf(segmentation: SegmentationSequence) -> Placed:
    """As it is kept; where nobody watches the node of the line, `LineNode.keepLine` comes first."""
    return Placed(movedText(segmentation), endsText(keptEnds(segmentation)))


def putPlaced(segmentation: SegmentationSequence, placed: Placed) -> None:
    """Have it so; no masks change, so nobody hears of a change."""
    now = placedOf(segmentation)
    if now.points != placed.points:
        keepMovedText(segmentation, placed.points)
    if now.line != placed.line:
        putLine(segmentation, endsFrom(placed.line))
