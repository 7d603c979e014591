"""Single-slice volume nodes from arrays."""

from __future__ import annotations

from typing import Any

import numpy as np


def volumeOf(frame: np.ndarray) -> Any:
    """A volume node of one slice, without geometry and not in a scene; the pixels are copied.

    Args:
        frame: (H, W) grey or (H, W, 3) RGB of any real type.
    """
    import slicer

    if frame.ndim == 2:
        node = slicer.vtkMRMLScalarVolumeNode()
    else:
        node = slicer.vtkMRMLVectorVolumeNode()
        node.SetVoxelVectorType(node.VoxelVectorTypeColorRGB)  # not directions in space
    node.SetAndObserveImageData(_imageOf(frame))
    return node


def labelVolumeOf(labels: np.ndarray) -> Any:
    """A label map volume node of one slice, without geometry and not in a scene; the labels are copied.

    Args:
        labels: (H, W) uint8.
    """
    import slicer

    node = slicer.vtkMRMLLabelMapVolumeNode()
    node.SetAndObserveImageData(_imageOf(labels))
    return node


def _imageOf(frame: np.ndarray) -> Any:
    """vtkImageData of one slice."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    rows, columns = frame.shape[:2]
    image.SetDimensions(columns, rows, 1)
    pixels = np.ascontiguousarray(frame, _vtkType(frame.dtype)).reshape(rows * columns, -1)
    scalars = numpy_to_vtk(pixels, deep=True)
    scalars.SetName("pixels")
    image.GetPointData().SetScalars(scalars)
    return image


def _vtkType(dtype: np.dtype) -> np.dtype:
    """The type itself where VTK has it."""
    if dtype.kind != "f" or dtype.itemsize in (4, 8):
        return dtype
    return np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)
