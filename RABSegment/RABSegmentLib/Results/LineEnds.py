"""The ends of the line of an M-mode, kept with the segmentation of a cine, whether a markups node shows them or not."""

from __future__ import annotations

import json
import math

from RABSegmentLib.Scene.MRMLNodes import setQuietly
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

LINE_ATTRIBUTE = "RABSegment.LineEnds"  # JSON [x1, y1, x2, y2] in pixels

Ends = tuple[float, float, float, float]


def endTitles() -> tuple[str, str]:
    """What the ends are called."""
    return _("Begin"), _("End")


def endsText(ends: Ends | None) -> str:
    """As the attribute holds them; empty for none."""
    return "" if ends is None else json.dumps([round(value, 3) + 0.0 for value in ends])  # never "-0.0"


def endsFrom(text: str | None) -> Ends | None:
    """None for what is no line."""
    try:
        x1, y1, x2, y2 = (float(value) for value in json.loads(text or "[]"))
    except (ValueError, TypeError):
        return None
    return (x1, y1, x2, y2) if all(map(math.isfinite, (x1, y1, x2, y2))) else None


def keptEnds(segmentation: SegmentationSequence) -> Ends | None:
    """Of the segmentation; None where there are none."""
    return endsFrom(segmentation.node.GetAttribute(LINE_ATTRIBUTE))


def keepEnds(segmentation: SegmentationSequence, ends: Ends | None) -> None:
    """Replace them; no masks change, so nobody hears of a change."""
    setQuietly(segmentation.node, LINE_ATTRIBUTE, endsText(ends))
