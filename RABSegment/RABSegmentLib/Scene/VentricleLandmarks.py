"""Apex and mitral plane that a person moved: in the scene beside the records, so that they are saved with it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from rabengine.measurement.landmarks import GivenLandmarks

from .SegmentationSequence import SegmentationSequence

ATTRIBUTE = "RABSegment.Landmarks"

Given = Mapping[int, GivenLandmarks]
Fields = dict[str, dict[str, dict[str, Any]]]  # {segment: {index value: fields of what a person says}}


def givenLandmarks(segmentation: SegmentationSequence, segmentId: str) -> dict[int, GivenLandmarks]:
    """{frame: what a person says of a segment there}, as `rabengine.measurement` takes it; pixels as it counts them."""
    found = landmarksOfText(segmentation.node.GetAttribute(ATTRIBUTE)).get(segmentId, {})
    frames = {segmentation.indexValue(frame): frame for frame in range(segmentation.frameCount)}
    return {frames[value]: _given(fields) for value, fields in found.items() if value in frames}


def setGivenLandmarks(segmentation: SegmentationSequence, segmentId: str, given: Given) -> None:
    """Replace what a person says of a segment; of frames that are not in it nothing is said any more."""
    told = landmarksOfText(segmentation.node.GetAttribute(ATTRIBUTE))
    told[segmentId] = {
        segmentation.indexValue(frame): _fields(one) for frame, one in sorted(given.items()) if one != GivenLandmarks()
    }
    setLandmarksOfText(segmentation.node, told)


def landmarksOfText(text: str | None) -> Fields:
    """Of the attribute; what is damaged counts as never said."""
    try:
        told = json.loads(text or "{}")
        return {
            str(segment): {str(value): _fields(_given(fields)) for value, fields in frames.items()}
            for segment, frames in told.items()
        }
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        return {}


def setLandmarksOfText(node: Any, told: Fields) -> None:
    """Put all that is said into the attribute of a sequence node."""
    kept = {segment: frames for segment, frames in told.items() if frames}
    node.SetAttribute(ATTRIBUTE, json.dumps(kept, sort_keys=True, separators=(",", ":")) if kept else None)


def renameFrames(node: Any, names: Mapping[str, str]) -> None:
    """Follow index values that changed."""
    told = landmarksOfText(node.GetAttribute(ATTRIBUTE))
    if told:
        renamed = {one: {names.get(value, value): f for value, f in frames.items()} for one, frames in told.items()}
        setLandmarksOfText(node, renamed)


def _given(fields: Mapping[str, Any]) -> GivenLandmarks:
    apex, mitral = fields.get("apex"), fields.get("mitral")
    first, second = (None, None) if mitral is None else mitral
    return GivenLandmarks(
        None if apex is None else _place(apex), None if mitral is None else (_place(first), _place(second))
    )


def _fields(one: GivenLandmarks) -> dict[str, Any]:
    return {
        **({} if one.apex is None else {"apex": list(one.apex)}),
        **({} if one.mitral is None else {"mitral": [list(point) for point in one.mitral]}),
    }


def _place(point: Any) -> tuple[float, float]:
    x, y = (float(value) for value in point)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError("no place")
    return x, y
