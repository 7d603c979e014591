"""Where the frames of a cine lie: Slicer's RAS on one side, the engine's LPS on the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.io.options import without_doubts_of_size, without_doubts_of_times
from rabengine.io.table import frame_times

from .CineSequence import CineSequence

_FLIP = np.diag([-1.0, -1.0, 1.0])  # LPS to RAS, and back


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
    node.SetAndObserveImageData(_imageOf(frame[np.newaxis]))
    return node


def stackOf(slices: np.ndarray) -> Any:
    """A grey volume node of slices (S, H, W) of any real type, as `volumeOf`."""
    import slicer

    node = slicer.vtkMRMLScalarVolumeNode()
    node.SetAndObserveImageData(_imageOf(slices))
    return node


def _imageOf(slices: np.ndarray) -> Any:
    """vtkImageData of slices (S, H, W) or (S, H, W, 3)."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    depth, rows, columns = slices.shape[:3]
    image.SetDimensions(columns, rows, depth)
    pixels = np.ascontiguousarray(slices, _vtkType(slices.dtype)).reshape(depth * rows * columns, -1)
    scalars = numpy_to_vtk(pixels, deep=True)
    scalars.SetName("pixels")
    image.GetPointData().SetScalars(scalars)
    return image


def _vtkType(dtype: np.dtype) -> np.dtype:
    """The type itself where VTK has it."""
    if dtype.kind != "f" or dtype.itemsize in (4, 8):
        return dtype
    return np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)


def engineCine(cine: CineSequence, frames: np.ndarray | None = None) -> Cine:
    """A cine of the scene as the engine's writers take it, in the place of its first frame.

    An index of texts becomes frame numbers, for the engine's index is of numbers.

    Args:
        cine: of the scene.
        frames: (T, H, W) or (T, H, W, 3) pixels; without them the frames are black and take no memory, for writers
            that ask for the geometry and the times alone.
    """
    volume = cine.frameNode(0)
    isNumeric = hasNumericIndex(cine)
    return Cine(
        frames=np.broadcast_to(np.uint8(0), (cine.frameCount, *cine.frameSize)) if frames is None else frames,
        spacing=cine.spacing,
        origin=_point(_FLIP @ volume.GetOrigin()),
        direction=tuple((_FLIP @ _directions(volume)).ravel().tolist()),
        index_name=cine.indexName if isNumeric else "frame",
        index_unit=cine.indexUnit if isNumeric else "",
        index_values=tuple(cine.times()),
        source=cine.name,
        slice_spacing=float(volume.GetSpacing()[2]),
        warnings=_doubtsLeft(cine),
        dicom_frames=cine.dicomFrames,
        name_sums=cine.nameSums,
    )


def secondsOf(cine: CineSequence) -> tuple[float, ...] | None:
    """Of each frame; None where the index is no time, such as DICOM's instance numbers."""
    if not hasNumericIndex(cine):
        return None
    values, none = tuple(cine.times()), np.empty((0, 0, 0))
    return frame_times(Cine(none, index_name=cine.indexName, index_unit=cine.indexUnit, index_values=values))


def _doubtsLeft(cine: CineSequence) -> tuple[str, ...]:
    """What its reader had to say, without what the user has said since."""
    left = without_doubts_of_size(cine.warnings) if cine.isSpacingOfUser else cine.warnings
    return without_doubts_of_times(left) if cine.isTimeOfUser else left


def hasNumericIndex(cine: CineSequence) -> bool:
    """Whether the cine's index values are numbers, such as times."""
    try:
        return all(np.isfinite(float(value)) for value in cine.indexValues)
    except ValueError:
        return False


def placeLikeCine(volumeNode: Any, cine: Cine) -> None:
    """Give a single-slice volume node the geometry of the engine's cine; without a spacing a pixel is 1 mm."""
    import vtk

    x, y = cine.spacing or (1.0, 1.0)
    volumeNode.SetSpacing(x, y, cine.slice_spacing)
    volumeNode.SetOrigin(*_point(_FLIP @ cine.origin))
    turned = _FLIP @ np.reshape(cine.direction, (3, 3))
    matrix = vtk.vtkMatrix4x4()
    for row in range(3):
        for column in range(3):
            matrix.SetElement(row, column, float(turned[row, column]))
    volumeNode.SetIJKToRASDirectionMatrix(matrix)


def placeLikeVolume(volumeNode: Any, other: Any) -> None:
    """Give a volume node the geometry of another one."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    other.GetIJKToRASMatrix(matrix)
    volumeNode.SetIJKToRASMatrix(matrix)


def _directions(volumeNode: Any) -> np.ndarray:
    """(3, 3) direction cosines in RAS, a column for each of the axes columns, rows and slices."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volumeNode.GetIJKToRASDirectionMatrix(matrix)
    return np.array([[matrix.GetElement(row, column) for column in range(3)] for row in range(3)])


def _point(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (values + 0.0).tolist()  # never "-0"
    return x, y, z


def pixelOf(frameNode: Any, ras: Sequence[float]) -> tuple[float, float, float]:
    """(column, row, slice) of a place in the world, in parts of voxels; the frame itself is slice 0.

    Args:
        frameNode: volume of a frame, which a transform may move.
        ras: millimetres.
    """
    import slicer
    import vtk

    toLocal, toPixel = vtk.vtkGeneralTransform(), vtk.vtkMatrix4x4()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(None, frameNode.GetParentTransformNode(), toLocal)
    frameNode.GetRASToIJKMatrix(toPixel)
    column, row, depth, _one = toPixel.MultiplyPoint((*toLocal.TransformPoint(*ras), 1.0))
    return column, row, depth


def worldOf(frameNode: Any, x: float, y: float, depth: float = 0.0) -> tuple[float, float, float]:
    """RAS in millimetres of the pixel in column x and row y of a frame's volume, and in a slice of several."""
    import slicer
    import vtk

    toWorld, toLocal = vtk.vtkGeneralTransform(), vtk.vtkMatrix4x4()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(frameNode.GetParentTransformNode(), None, toWorld)
    frameNode.GetIJKToRASMatrix(toLocal)
    right, anterior, superior = toWorld.TransformPoint(*toLocal.MultiplyPoint((x, y, depth, 1.0))[:3])
    return right, anterior, superior
