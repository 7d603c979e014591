"""Names that tell the segments of a cine apart."""

from __future__ import annotations

from rabengine.io.legend import told_apart

from .SegmentationSequence import SegmentationSequence


def uniqueNames(segmentation: SegmentationSequence) -> dict[str, str]:
    """{segment: its name}, with a number where a name was given before: files and columns tell segments by it."""
    return told_apart({segmentId: segmentation.segmentName(segmentId) for segmentId in segmentation.segmentIds()})
