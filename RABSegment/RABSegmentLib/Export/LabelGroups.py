"""Segments as label images: values, names and colours, overlapping ones apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rabengine.errors import InputError
from rabengine.io.files.label_array import new_labels
from rabengine.io.legend import Legend, LegendEntry
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentCodes import terminologyOfText
from RABSegmentLib.Scene.SegmentNames import uniqueNames
from RABSegmentLib.Translation import tr as _

_MOST_SEGMENTS = 255  # a label is one byte, 0 is background


@dataclass(frozen=True)
class LabelGroup:
    """Segments that overlap on no frame, as one label image a frame.

    Attributes:
        values: {segment: label value}.
        labels: (T, H, W) uint8, 0 background; a memory map when it is large.
        legend: names and colours by label value; each name is there once.
        marked: frames all of whose segments in this group a person drew, verified or declared absent.
    """

    values: Mapping[str, int]
    labels: np.ndarray
    legend: Legend
    marked: tuple[int, ...] = ()


def segmentValues(segmentation: SegmentationSequence) -> dict[str, int]:
    """{segment: label value} from 1, in the order of the segments table; the same in all files.

    Raises:
        InputError: there are no segments, or more than a label image can tell apart.
    """
    segmentIds = segmentation.segmentIds()
    if not segmentIds:
        raise InputError(
            _("{segmentation} has no segments to export.").format(segmentation=segmentation.node.GetName()),
            _("Add a segment and paint it."),
        )
    if len(segmentIds) > _MOST_SEGMENTS:
        raise InputError(
            _("{segmentation} has {count} segments, but label images hold {most}.").format(
                segmentation=segmentation.node.GetName(), count=len(segmentIds), most=_MOST_SEGMENTS
            ),
            _("Remove segments that you do not need."),
        )
    return {segmentId: number + 1 for number, segmentId in enumerate(segmentIds)}


def segmentLegend(segmentation: SegmentationSequence) -> dict[int, LegendEntry]:
    """{label value: name, colour and codes} of all segments.

    Raises:
        InputError: as `segmentValues`.
    """
    names = uniqueNames(segmentation)
    return {
        value: LegendEntry(
            names[segmentId],
            _bytes(segmentation.segmentColor(segmentId)),
            terminologyOfText(segmentation.segmentTerminology(segmentId)),
        )
        for segmentId, value in segmentValues(segmentation).items()
    }


def labelGroups(segmentation: SegmentationSequence) -> list[LabelGroup]:
    """All frames and segments, in as few groups as keep overlapping segments apart: one where none overlap.

    Raises:
        InputError: as `segmentValues`.
    """
    groups = _valueGroups(segmentation)
    shape = (segmentation.frameCount, *segmentation.cine.frameSize)
    legend = segmentLegend(segmentation)
    filled = [
        LabelGroup(values, new_labels(shape), {value: legend[value] for value in values.values()}) for values in groups
    ]
    for frame in range(segmentation.frameCount):
        masks = segmentation.masks(frame)
        for group in filled:
            for segmentId, value in group.values.items():
                if segmentId in masks:
                    group.labels[frame][masks[segmentId]] = value
    return [replace(group, marked=_marked(segmentation, group)) for group in filled]


def _marked(segmentation: SegmentationSequence, group: LabelGroup) -> tuple[int, ...]:
    found = []
    for frame in range(segmentation.frameCount):
        record = segmentation.record(frame)
        shown = {segmentId for segmentId, value in group.values.items() if (group.labels[frame] == value).any()}
        if record.isMark and shown <= set(record.known):
            found.append(frame)
    return tuple(found)


def _valueGroups(segmentation: SegmentationSequence) -> list[dict[str, int]]:
    """The segments and values of each group; each segment is in the first group none of whose segments it overlaps."""
    values = segmentValues(segmentation)
    overlapping = _overlappingPairs(segmentation)
    groups: list[dict[str, int]] = []
    for segmentId, value in values.items():
        for group in groups:
            if not any(frozenset((segmentId, other)) in overlapping for other in group):
                group[segmentId] = value
                break
        else:
            groups.append({segmentId: value})
    return groups


def _overlappingPairs(segmentation: SegmentationSequence) -> set[frozenset[str]]:
    """Pairs of segments that share a pixel on some frame."""
    pairs: set[frozenset[str]] = set()
    for frame in range(segmentation.frameCount):
        drawn = [(segmentId, mask) for segmentId, mask in segmentation.masks(frame).items() if mask.any()]
        for number, (segmentId, mask) in enumerate(drawn):
            for other, otherMask in drawn[number + 1 :]:
                pair = frozenset((segmentId, other))
                if pair not in pairs and bool((mask & otherMask).any()):
                    pairs.add(pair)
    return pairs


def _bytes(color: tuple[float, float, float]) -> tuple[int, int, int]:
    """From 0 to 1 to 0 to 255."""
    red, green, blue = (round(255 * share) for share in color)
    return red, green, blue
