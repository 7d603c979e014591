"""Pixel size and frame time of a cine whose file has none or doubtful ones, as its user says them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rabengine.errors import InputError
from rabengine.io.options import without_doubts_of_size, without_doubts_of_times
from RABSegmentLib.Translation import tr as _

from .CineGeometry import secondsOf
from .CineSequence import CALIBRATED_ATTRIBUTE, SPACING_ATTRIBUTE, TIME_ATTRIBUTE, USER
from .MRMLNodes import modifiedOnce, updateProxies
from .SegmentationSequence import SegmentationSequence
from .SegmentMasks import isOnGridOf, maskOf

_LARGEST_MM = 1000.0
_LONGEST_SECONDS = 3600.0
_FINEST_TOLERANCE = 0.001
_DECIMALS = 9
_ASIDE = 1e6  # index values on the way are far from all others


def canSetSpacing(segmentation: SegmentationSequence) -> bool:
    """Whether the file has no pixel size, or one in doubt, so that the user may say it."""
    cine = segmentation.cine
    isDoubtful = without_doubts_of_size(cine.warnings) != cine.warnings
    return cine.spacing is None or isDoubtful or hasSpacingOfUser(segmentation)


def hasSpacingOfUser(segmentation: SegmentationSequence) -> bool:
    """Whether the pixel size is what the user said."""
    return segmentation.cine.isSpacingOfUser


def canSetFrameTime(segmentation: SegmentationSequence) -> bool:
    """Whether the file has no times, or some in doubt, so that the user may say them."""
    cine = segmentation.cine
    isDoubtful = without_doubts_of_times(cine.warnings) != cine.warnings
    return secondsOf(cine) is None or isDoubtful or cine.isTimeOfUser


def setSpacing(segmentation: SegmentationSequence, x: float, y: float) -> None:
    """Give all frames a pixel size; what is drawn stays on its pixels.

    Args:
        segmentation: of the cine.
        x, y: width and height of a pixel in mm.

    Raises:
        InputError: the file has a pixel size, or these are none.
    """
    if not canSetSpacing(segmentation):
        raise InputError(
            _("The file of {cine} says how large its pixels are.").format(cine=segmentation.cine.name),
            _("Leave it as it is."),
        )
    if not all(math.isfinite(size) and 0 < size <= _LARGEST_MM for size in (x, y)):
        raise InputError(
            _("A pixel is wider and higher than 0 mm, and not larger than a metre."), _("Give its size in mm.")
        )
    for frame in range(segmentation.frameCount):
        _placeFrame(segmentation, frame, x, y)
    node = segmentation.cine.node
    for changed in (node, segmentation.node):
        changed.StorableModified()  # Slicer hears nothing of frames, and would not save them
    node.SetAttribute(CALIBRATED_ATTRIBUTE, "1")
    node.SetAttribute(SPACING_ATTRIBUTE, USER)
    updateProxies(segmentation.browserNode)
    segmentation.proxyNode.SetReferenceImageGeometryParameterFromVolumeNode(segmentation.cineProxyNode)


def setFrameTime(segmentation: SegmentationSequence, seconds: float) -> Mapping[str, str]:
    """Number the frames by time, from 0 on.

    Args:
        segmentation: of the cine.
        seconds: from one frame to the next.

    Returns:
        {index value that a frame had: that it has now}.

    Raises:
        InputError: the file has times, or this is none.
    """
    if not canSetFrameTime(segmentation):
        raise InputError(
            _("The file of {cine} has times.").format(cine=segmentation.cine.name), _("Leave them as they are.")
        )
    if not (math.isfinite(seconds) and 10**-_DECIMALS * 10 <= seconds <= _LONGEST_SECONDS):
        raise InputError(_("From frame to frame is more than 0 seconds, and no hour."), _("Give it in milliseconds."))
    frames = range(segmentation.frameCount)
    before = [segmentation.indexValue(frame) for frame in frames]
    after = [f"{frame * seconds:.{_DECIMALS}f}".rstrip("0").rstrip(".") for frame in frames]
    records = segmentation.records.asDict()
    names = dict(zip(before, after, strict=True))
    # Both at once: a browser makes items anew that one sequence has and the other lacks.
    with modifiedOnce(segmentation.cine.node), modifiedOnce(segmentation.node):
        for node in (segmentation.cine.node, segmentation.node):
            _number(node, before, after, seconds)
        segmentation.records.replaceAll({names.get(value, value): record for value, record in records.items()})
    segmentation.cine.node.SetAttribute(TIME_ATTRIBUTE, USER)
    segmentation.browserNode.SetPlaybackRateFps(1.0 / seconds)
    updateProxies(segmentation.browserNode)
    return names


def _number(node: Any, before: list[str], after: list[str], seconds: float) -> None:
    """Give the items of a sequence other index values, in the order that they have."""
    node.SetNumericIndexValueTolerance(min(_FINEST_TOLERANCE, seconds / 4))
    # By way of values that no item has. The last one goes first and comes back last: the order stays.
    aside = [f"{_ASIDE + frame:.0f}" for frame in range(len(before))]
    for old, new in reversed(list(zip(before, aside, strict=True))):
        node.UpdateIndexValue(old, new)
    for old, new in zip(aside, after, strict=True):
        node.UpdateIndexValue(old, new)
    node.SetIndexName("time")
    node.SetIndexUnit("s")


def _placeFrame(segmentation: SegmentationSequence, frame: int, x: float, y: float) -> None:
    import slicer
    import vtk

    frameNode, item = segmentation.cine.frameNode(frame), segmentation.item(frame)
    core = item.GetSegmentation()
    labelmaps, others = [], {}
    for segmentId in segmentation.segmentIds():
        labelmap = core.GetSegment(segmentId).GetRepresentation("Binary labelmap")
        if labelmap is None:
            continue
        if labelmap.IsEmpty() or isOnGridOf(labelmap, frameNode):
            labelmaps.append(labelmap)
        else:
            others[segmentId] = maskOf(item, segmentId, frameNode)
    frameNode.SetSpacing(x, y, frameNode.GetSpacing()[2])
    matrix = vtk.vtkMatrix4x4()
    frameNode.GetIJKToRASMatrix(matrix)
    for labelmap in labelmaps:
        labelmap.SetGeometryFromImageToWorldMatrix(matrix)
    reference = slicer.vtkOrientedImageData()
    reference.SetExtent(frameNode.GetImageData().GetExtent())
    reference.SetGeometryFromImageToWorldMatrix(matrix)
    converter = slicer.vtkSegmentationConverter
    core.SetConversionParameter(
        converter.GetReferenceImageGeometryParameterName(), converter.SerializeImageGeometry(reference)
    )
    segmentation.setMasks(frame, others)
