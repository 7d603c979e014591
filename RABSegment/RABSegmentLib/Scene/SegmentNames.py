"""Names that tell the segments of a cine apart."""

from __future__ import annotations

from .SegmentationSequence import SegmentationSequence


def uniqueNames(segmentation: SegmentationSequence) -> dict[str, str]:
    """{segment: its name}, with a number where a name was given before: files and columns tell segments by it."""
    names: dict[str, str] = {}
    for segmentId in segmentation.segmentIds():
        name = given = segmentation.segmentName(segmentId)
        count = 1
        while name in names.values():
            count += 1
            name = f"{given} ({count})"
        names[segmentId] = name
    return names
