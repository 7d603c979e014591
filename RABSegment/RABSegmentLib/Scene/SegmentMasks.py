"""The masks of one frame: a segmentation node's binary labelmaps as arrays of the frame's size, and back."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

_LABELMAP = "Binary labelmap"
_TOLERANCE = 1e-4  # mm; the editor's labelmaps lie on the frame's own grid


def segmentIdsOf(segmentationNode: Any) -> list[str]:
    """In the order of the segments table."""
    segmentation = segmentationNode.GetSegmentation()
    return [segmentation.GetNthSegmentID(number) for number in range(segmentation.GetNumberOfSegments())]


def labelmapTimes(segmentationNode: Any) -> tuple[tuple[str, int, int], ...]:
    """(segment, its label value, when its labelmap was modified last) of all segments; alike only while no mask
    changed."""
    segmentation = segmentationNode.GetSegmentation()
    found = []
    for number in range(segmentation.GetNumberOfSegments()):
        segment = segmentation.GetNthSegment(number)
        labelmap = segment.GetRepresentation(_LABELMAP)
        time = 0 if labelmap is None else int(labelmap.GetMTime())
        found.append((str(segmentation.GetNthSegmentID(number)), int(segment.GetLabelValue()), time))
    return tuple(found)


def keepLabelmaps(segmentationNode: Any) -> None:
    """Make labelmaps the source again where somebody made closed surfaces that, which took the labelmaps away."""
    core = segmentationNode.GetSegmentation()
    if core.GetSourceRepresentationName() != _LABELMAP and core.CreateRepresentation(_LABELMAP):
        core.SetSourceRepresentationName(_LABELMAP)


def masksOf(segmentationNode: Any, frameNode: Any) -> dict[str, np.ndarray]:
    """{segment: (H, W) bool} of all segments of a frame.

    Args:
        segmentationNode: item of the segmentation sequence, or its proxy.
        frameNode: the single-slice volume that it was drawn on.
    """
    return {name: maskOf(segmentationNode, name, frameNode) for name in segmentIdsOf(segmentationNode)}


def maskOf(segmentationNode: Any, segmentId: str, frameNode: Any) -> np.ndarray:
    """(H, W) bool of one segment; empty when it has nothing on this frame."""
    columns, rows, _slices = frameNode.GetImageData().GetDimensions()
    mask = np.zeros((rows, columns), bool)
    segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
    labelmap = None if segment is None else segment.GetRepresentation(_LABELMAP)
    if labelmap is None or labelmap.IsEmpty() or labelmap.GetPointData().GetScalars() is None:
        return mask
    if not isOnGridOf(labelmap, frameNode):
        labelmap = _resampled(labelmap, frameNode)
    x0, x1, y0, y1, z0, z1 = labelmap.GetExtent()
    if x0 > x1 or y0 > y1 or z0 > 0 or z1 < 0:
        return mask
    from vtk.util.numpy_support import vtk_to_numpy

    labels = vtk_to_numpy(labelmap.GetPointData().GetScalars()).reshape(z1 - z0 + 1, y1 - y0 + 1, x1 - x0 + 1)[-z0]
    top, bottom, left, right = max(y0, 0), min(y1 + 1, rows), max(x0, 0), min(x1 + 1, columns)
    if top < bottom and left < right:
        drawn = labels[top - y0 : bottom - y0, left - x0 : right - x0]
        mask[top:bottom, left:right] = drawn == segment.GetLabelValue()
    return mask


def setMasks(segmentationNode: Any, masks: Mapping[str, np.ndarray], frameNode: Any) -> None:
    """Replace the masks of some segments of a frame; the others keep every pixel, also where they overlap.

    Args:
        segmentationNode: item of the segmentation sequence that has these segments.
        masks: {segment: (H, W) bool}.
        frameNode: the single-slice volume that they belong to.
    """
    import slicer

    logic = slicer.vtkSlicerSegmentationsModuleLogic
    for segmentId, mask in masks.items():
        labelmap = labelmapOn(frameNode, mask)
        logic.SetBinaryLabelmapToSegment(
            labelmap, segmentationNode, segmentId, logic.MODE_REPLACE, labelmap.GetExtent()
        )


def labelmapOn(frameNode: Any, mask: np.ndarray) -> Any:
    """vtkOrientedImageData of a mask (H, W) with the geometry of a frame."""
    import slicer
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    labelmap = slicer.vtkOrientedImageData()
    labelmap.SetDimensions(mask.shape[1], mask.shape[0], 1)
    scalars = numpy_to_vtk(np.ascontiguousarray(mask, np.uint8).ravel(), deep=True)
    labelmap.GetPointData().SetScalars(scalars)
    matrix = vtk.vtkMatrix4x4()
    frameNode.GetIJKToRASMatrix(matrix)
    labelmap.SetGeometryFromImageToWorldMatrix(matrix)
    return labelmap


def fingerprint(mask: np.ndarray) -> str:
    """Tells whether a mask was changed; the same text for an empty mask of any size."""
    return f"{zlib.crc32(np.packbits(mask).tobytes()):08x}" if mask.any() else ""


def isOnGridOf(labelmap: Any, frameNode: Any) -> bool:
    """Whether the pixels of a labelmap are those of a frame."""
    import vtk

    own, other = vtk.vtkMatrix4x4(), vtk.vtkMatrix4x4()
    labelmap.GetImageToWorldMatrix(own)
    frameNode.GetIJKToRASMatrix(other)
    places = [(row, column) for row in range(3) for column in range(4)]
    return all(abs(own.GetElement(*place) - other.GetElement(*place)) <= _TOLERANCE for place in places)


def _resampled(labelmap: Any, frameNode: Any) -> Any:
    """The labelmap on the frame's grid, nearest neighbour."""
    import slicer

    columns, rows, _slices = frameNode.GetImageData().GetDimensions()
    reference = labelmapOn(frameNode, np.zeros((rows, columns), bool))
    result = slicer.vtkOrientedImageData()
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
        labelmap, reference, result, False
    )
    return result


def hasSameSegmentTable(source: Any, target: Any) -> bool:
    """Whether two segmentation nodes show the same segments table."""
    if source.GetSegmentation() is target.GetSegmentation():
        return True
    if segmentIdsOf(source) != segmentIdsOf(target):
        return False
    return all(_entry(source, name) == _entry(target, name) for name in segmentIdsOf(source))


def copySegmentTable(source: Any, target: Any) -> None:
    """Give `target` the segments table of `source`; segments that both have keep their masks in `target`."""
    wanted = segmentIdsOf(source)
    core = target.GetSegmentation()
    for segmentId in segmentIdsOf(target):
        if segmentId not in wanted:
            core.RemoveSegment(segmentId)
    for position, segmentId in enumerate(wanted):
        original = source.GetSegmentation().GetSegment(segmentId)
        if core.GetSegment(segmentId) is None:
            core.AddEmptySegment(segmentId, original.GetName(), original.GetColor())
        _copyEntry(original, core.GetSegment(segmentId))
        if core.GetSegmentIndex(segmentId) != position:
            core.SetSegmentIndex(segmentId, position)


def _copyEntry(original: Any, segment: Any) -> None:
    label = segment.GetLabelValue()  # belongs to the labelmap that holds this frame's mask
    segment.DeepCopyMetadata(original)
    segment.SetLabelValue(label)
    segment.SetNameAutoGenerated(original.GetNameAutoGenerated())
    segment.SetColorAutoGenerated(original.GetColorAutoGenerated())


def _entry(node: Any, segmentId: str) -> tuple[Any, ...]:
    segment = node.GetSegmentation().GetSegment(segmentId)
    return segment.GetName(), tuple(segment.GetColor()), terminologyOf(segment)


def terminologyOf(segment: Any) -> str:
    """Of a vtkSegment; empty where this Slicer keeps none."""
    import slicer

    return str(segment.GetTerminology() or "") if hasattr(slicer.vtkSegment, "GetTerminology") else ""
