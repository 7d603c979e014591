"""Apex and mitral plane where a person moved them, kept with the segmentation of a cine."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from rabengine.measurement.landmarks import GivenLandmarks
from RABSegmentLib.Scene.MRMLNodes import setQuietly
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

MOVED_ATTRIBUTE = "RABSegment.MovedPoints"  # JSON {segment: {frame: {"apex": [x, y], "mitral": [[x, y], [x, y]]}}}
_APEX, _MITRAL = "apex", "mitral"


def pointTitles() -> tuple[str, str, str]:
    """What the points are called, apex first."""
    return _("Apex"), _("Mitral 1"), _("Mitral 2")


def movedPoints(segmentation: SegmentationSequence, segmentId: str) -> dict[int, GivenLandmarks]:
    """{frame: what a person says of it}; empty where nobody moved a point of the segment."""
    found = {}
    for frame, said in _all(segmentation).get(segmentId, {}).items():
        given = _givenOf(said)
        if given is not None and frame.isdecimal() and int(frame) < segmentation.frameCount:
            found[int(frame)] = given
    return found


def keepMovedPoints(segmentation: SegmentationSequence, segmentId: str, points: Mapping[int, GivenLandmarks]) -> None:
    """Replace what a person said of a segment; no masks change, so nobody hears of a change."""
    told = _all(segmentation)
    told.pop(segmentId, None)
    if points:
        told[segmentId] = {str(frame): _told(given) for frame, given in sorted(points.items())}
    keepMovedText(segmentation, json.dumps(told) if told else "")


def movedText(segmentation: SegmentationSequence) -> str:
    """What a person said of all segments; empty for nothing."""
    return segmentation.node.GetAttribute(MOVED_ATTRIBUTE) or ""


def keepMovedText(segmentation: SegmentationSequence, text: str) -> None:
    """As `keepMovedPoints`, of all segments, with what `movedText` gave."""
    setQuietly(segmentation.node, MOVED_ATTRIBUTE, text)


def _all(segmentation: SegmentationSequence) -> dict[str, Any]:
    try:
        told = json.loads(movedText(segmentation) or "{}")
    except ValueError:
        return {}
    return {str(name): said for name, said in told.items() if isinstance(said, dict)} if isinstance(told, dict) else {}


def _told(given: GivenLandmarks) -> dict[str, Any]:
    told = {_APEX: given.apex, _MITRAL: given.mitral}
    return {word: place for word, place in told.items() if place is not None}


def _givenOf(said: Any) -> GivenLandmarks | None:
    """None for what nobody said, or what another program wrote there."""
    try:
        apex, mitral = said.get(_APEX), said.get(_MITRAL)
        given = GivenLandmarks(
            None if apex is None else _place(apex),
            None if mitral is None else (_place(mitral[0]), _place(mitral[1])),
        )
    except (AttributeError, TypeError, ValueError, LookupError):
        return None
    return None if given == GivenLandmarks() else given


def _place(said: Any) -> tuple[float, float]:
    x, y = (float(part) for part in said)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError
    return x, y
