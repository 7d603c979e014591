"""Segments of the scene as the engine's measurements take them."""

from __future__ import annotations

import numpy as np

from rabengine.io.table import seconds_of
from rabengine.measurement.scale import Scale
from rabengine.measurement.segment_masks import SegmentMasks
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames


def scaleOf(segmentation: SegmentationSequence) -> Scale:
    """Pixel size and times of the cine of a segmentation."""
    cine = segmentation.cine
    spacing = None if cine.spacing is None else (cine.spacing[1], cine.spacing[0])
    return Scale(spacing, seconds_of(cine.indexName, cine.indexUnit, cine.times()))


def segmentMasks(segmentation: SegmentationSequence, segmentId: str) -> SegmentMasks:
    """The masks of a segment, read from the scene when they are asked for."""

    def maskOf(frame: int) -> np.ndarray | None:
        return segmentation.masks(frame).get(segmentId)

    return SegmentMasks(uniqueNames(segmentation).get(segmentId, segmentId), segmentation.frameCount, maskOf)
