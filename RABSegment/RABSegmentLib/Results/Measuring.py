"""Segments of the scene, measured by the engine's measurements."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from rabengine.measurement.by_frame import measure_shapes
from rabengine.measurement.concepts import (
    AREA,
    BRIGHTNESS,
    EQUIVALENT,
    LONGEST,
    MAJOR,
    MINOR,
    PERIMETER,
    X,
    Y,
)
from rabengine.measurement.measured import Measured
from rabengine.measurement.names import is_of_cavity
from rabengine.measurement.scale import Scale
from rabengine.measurement.segment_masks import SegmentMasks
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames

# What a segment measures on a frame by itself, and the engine's word for it.
CURVES = {
    AREA: "area",
    PERIMETER: "perimeter",
    EQUIVALENT: "diameter",
    MAJOR: "diameter",
    MINOR: "diameter",
    LONGEST: "diameter",
    X: "centroid",
    Y: "centroid",
    BRIGHTNESS: "brightness",
}
_VENTRICLE = re.compile(r"\b(lv|left[\s_-]+ventric\w*)\b", re.IGNORECASE)


def scaleOf(segmentation: SegmentationSequence) -> Scale:
    """Pixel size and times of the cine of a segmentation."""
    return Scale.of(engineCine(segmentation.cine))


def segmentMasks(segmentation: SegmentationSequence, segmentId: str) -> SegmentMasks:
    """The masks of a segment, read from the scene when they are asked for."""

    def maskOf(frame: int) -> np.ndarray | None:
        return segmentation.masks(frame).get(segmentId)

    return SegmentMasks(uniqueNames(segmentation).get(segmentId, segmentId), segmentation.frameCount, maskOf)


def isNamedAsVentricle(name: str) -> bool:
    """Whether a segment is named as a left ventricle's cavity."""
    return is_of_cavity(name) and _VENTRICLE.search(name) is not None


class ShapeCurves:
    """What segments measure on each frame; a mask that did not change is not measured again.

    Args:
        segmentation: whose segments.
    """

    def __init__(self, segmentation: SegmentationSequence) -> None:
        self._segmentation = segmentation
        self._known: dict[tuple[str, int], tuple[str, Scale, dict[str, float]]] = {}

    def curve(self, segmentId: str, name: str) -> list[float | None]:
        """One value a frame, None where the segment is not.

        Args:
            name: one of `CURVES`.
        """
        scale = scaleOf(self._segmentation)
        return [self._value(segmentId, frame, name, scale) for frame in range(self._segmentation.frameCount)]

    def _value(self, segmentId: str, frame: int, name: str, scale: Scale) -> float | None:
        mark = self._segmentation.fingerprints(frame).get(segmentId)
        if mark is None:
            return None
        key = (segmentId, frame)
        known = self._known.get(key)
        if known is None or known[:2] != (mark, scale):
            known = (mark, scale, {})
        if name not in known[2]:
            known[2].update(self._measured(segmentId, frame, name, scale))
        self._known[key] = known
        return known[2].get(name)

    def _measured(self, segmentId: str, frame: int, name: str, scale: Scale) -> dict[str, float]:
        """All that the word of a measurement gives on one frame."""
        mask = self._segmentation.masks(frame)[segmentId]
        pixels = self._segmentation.cine.frame(frame)[None] if name == BRIGHTNESS else None
        one = SegmentMasks("", 1, lambda _frame: mask)
        found: Sequence[Measured] = measure_shapes(one, Scale(scale.spacing), (CURVES[name],), pixels).by_frame
        return {measurement.name: measurement.value for measurement in found}


def unitOf(name: str, scale: Scale) -> str:
    """The unit of one of `CURVES`, for people; empty for none."""
    if name == BRIGHTNESS:
        return ""
    if scale.spacing is None:
        return "px"
    return "mm2" if name == AREA else "mm"
