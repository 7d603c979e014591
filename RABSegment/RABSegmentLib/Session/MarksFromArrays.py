"""Arrays as marks: checked first, and put on the frames and segments that they belong to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rabengine.errors import InputError
from RABSegmentLib.Translation import tr as _

from .Session import SegmentVideoSession

Masks = np.ndarray | Mapping[str, np.ndarray]  # labels (H, W), or {segment name: mask (H, W)}


def addMarks(session: SegmentVideoSession, marks: Mapping[int, Masks]) -> None:
    """Mark frames from arrays; segments that are not there are made.

    Raises:
        InputError: a frame, a mask or a label does not fit the cine; nothing is marked then.
    """
    segmentation = session.segmentation
    size = segmentation.cine.frameSize
    checked = {frame: _checked(frame, masks, size, segmentation.frameCount) for frame, masks in marks.items()}
    for frame, masks in checked.items():
        session.mark(frame, {_segmentOf(session, name): mask for name, mask in masks.items()})


def _checked(frame: int, masks: Masks, size: tuple[int, int], count: int) -> dict[str | int, np.ndarray]:
    """{segment name or its number from 1 on: (H, W) bool}."""
    if not 0 <= frame < count:
        message = _("There is no frame {frame}: the cine has frames 0 to {last}.")
        raise InputError(message.format(frame=frame, last=count - 1), _("Count frames from 0."))
    found: dict[str | int, np.ndarray] = {}
    if isinstance(masks, Mapping):
        found.update({str(name): np.asarray(mask) for name, mask in masks.items()})
    else:
        labels = np.asarray(masks)
        found.update({int(value): labels == value for value in np.unique(labels) if value > 0})
        if not found:
            raise InputError(
                _("The mark of frame {frame} is empty.").format(frame=frame),
                _("Name the segment that is absent: {frame: {name: empty mask}}."),
            )
    for mask in found.values():
        if mask.shape != size:
            raise InputError(
                _("The mark of frame {frame} has the shape {shape}, the frames have {size}.").format(
                    frame=frame, shape=mask.shape, size=size
                ),
                _("Draw it at the size of the frames, rows first."),
            )
    return {name: mask.astype(bool) for name, mask in found.items()}


def _segmentOf(session: SegmentVideoSession, name: str | int) -> str:
    """The id of a segment by its name, or by its number in the segments table, from 1 on."""
    segmentation = session.segmentation
    if isinstance(name, int):
        while len(segmentation.segmentIds()) < name:
            segmentation.addSegment(f"Segment {len(segmentation.segmentIds()) + 1}")
        return segmentation.segmentIds()[name - 1]
    for segmentId in segmentation.segmentIds():
        if segmentation.segmentName(segmentId) == name:
            return segmentId
    unused = segmentation.segmentIds()
    if len(unused) == 1 and not session.keeping.markedFrames() and segmentation.segmentName(unused[0]) == "Segment 1":
        segmentation.renameSegment(unused[0], name)  # the one that a new segmentation starts with
        return unused[0]
    return segmentation.addSegment(name)
