"""The marks of a segmentation sequence as the engine takes them: label images without overlaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rabengine.errors import InputError
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _


@dataclass(frozen=True)
class MarkGroup:
    """Segments that nowhere overlap on marked frames; one engine run segments them together.

    Attributes:
        segments: {label value: segment}.
        marks: {frame: (H, W) uint8 labels}.
        absent: {frame: labels that are known not to be there}.
    """

    segments: dict[int, str]
    marks: dict[int, np.ndarray]
    absent: dict[int, list[int]]


def markGroups(segmentation: SegmentationSequence, frames: list[int]) -> list[MarkGroup]:
    """The marks of some frames, in as few groups as keep overlapping segments apart.

    Args:
        segmentation: where they are drawn.
        frames: marked and verified frames.

    Raises:
        InputError: nothing is drawn on any of them.
    """
    masks = {frame: _knownMasks(segmentation, frame) for frame in frames}
    drawn = [
        name for name in segmentation.segmentIds() if any(mask[name].any() for mask in masks.values() if name in mask)
    ]
    if not drawn:
        raise InputError(
            _("Nothing is marked: no segment is drawn on any frame."),
            _("Mark a segment on one frame or more, then segment."),
        )
    return [_group(names, masks) for names in _withoutOverlaps(drawn, masks)]


def _knownMasks(segmentation: SegmentationSequence, frame: int) -> dict[str, np.ndarray]:
    """{segment: (H, W) bool} of what the user marked or verified on a frame."""
    known = segmentation.record(frame).known
    return {name: mask for name, mask in segmentation.masks(frame).items() if name in known}


def _withoutOverlaps(names: list[str], masks: dict[int, dict[str, np.ndarray]]) -> list[list[str]]:
    """Each segment goes to the first group none of whose segments it overlaps."""
    groups: list[list[str]] = []
    for name in names:
        for group in groups:
            if not any(_overlap(name, other, masks) for other in group):
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def _overlap(one: str, other: str, masks: dict[int, dict[str, np.ndarray]]) -> bool:
    return any(one in drawn and other in drawn and bool((drawn[one] & drawn[other]).any()) for drawn in masks.values())


def _group(names: list[str], masks: dict[int, dict[str, np.ndarray]]) -> MarkGroup:
    labels = {name: number + 1 for number, name in enumerate(names)}
    marks: dict[int, np.ndarray] = {}
    absent: dict[int, list[int]] = {}
    for frame, drawn in masks.items():
        known = [name for name in names if name in drawn]
        if not known:
            continue  # a frame on which nothing was said of these segments
        image = np.zeros(drawn[known[0]].shape, np.uint8)
        for name in known:
            image[drawn[name]] = labels[name]
        marks[frame] = image
        missing = [labels[name] for name in known if not drawn[name].any()]
        if missing:
            absent[frame] = missing
    return MarkGroup({number: name for name, number in labels.items()}, marks, absent)
