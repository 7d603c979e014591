"""Volumes over time as Slicer's MultiVolumeImporter has them: components of one image, or a sequence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .MRMLNodes import FrameIndex

_COUNT = "MultiVolume.NumberOfFrames"  # attributes
_LABELS = "MultiVolume.FrameLabels"
_TAG = "MultiVolume.FrameIdentifyingDICOMTagName"
_UNIT = "MultiVolume.FrameIdentifyingDICOMTagUnits"
_UNITS = {"ms": "ms", "s": "s", "sec": "s"}  # of time, as a sequence calls them
_NO_TIMES = ("EchoTime", "RepetitionTime", "InversionTime")  # DICOM's that are no time of a frame
_COLOURS = 4  # components, at most


def frameIndexOf(node: Any, count: int) -> FrameIndex | None:
    """What the importer says of the frames of a volume or sequence; None where it says nothing that orders them.

    Args:
        node: vtkMRMLNode.
        count: of its frames.
    """
    try:
        values = tuple(float(label) for label in (node.GetAttribute(_LABELS) or "").split(","))
    except ValueError:
        return None
    isOrdered = all(map(math.isfinite, values)) and bool(np.all(np.diff(values) > 0))
    if len(values) != count or not isOrdered:
        return None
    tag, unit = node.GetAttribute(_TAG) or "", node.GetAttribute(_UNIT) or ""
    if unit in _UNITS and "Time" in tag and tag not in _NO_TIMES:
        return FrameIndex("time", _UNITS[unit], values)
    return FrameIndex(tag or "frame", unit, values)


def isMultiVolume(volumeNode: Any) -> bool:
    """Whether a volume has a frame in each component of its image, and no colours."""
    image = volumeNode.GetImageData()
    count = 0 if image is None else image.GetNumberOfScalarComponents()
    return count > 1 and (volumeNode.GetAttribute(_COUNT) == str(count) or count > _COLOURS)


def componentsOf(volumeNode: Any) -> Iterator[np.ndarray]:
    """(slices, H, W) of each frame, a view of a multivolume's voxels."""
    from vtk.util.numpy_support import vtk_to_numpy

    image = volumeNode.GetImageData()
    columns, rows, slices = image.GetDimensions()
    voxels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(slices, rows, columns, -1)
    return (voxels[..., frame] for frame in range(voxels.shape[3]))
