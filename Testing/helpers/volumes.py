"""Volume nodes for the tests of cines, and where they lie."""

from __future__ import annotations

import numpy as np

from .slicer_scenes import SlicerScene

TO_RAS = np.diag([-1.0, -1.0, 1.0])
TURNED = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0)  # row-major


def ramp(count: int = 4, rows: int = 10, columns: int = 12, dtype: str = "uint8") -> np.ndarray:
    """(T, H, W) in which all frames differ."""
    return (np.arange(count * rows * columns).reshape(count, rows, columns) % 251).astype(dtype)


def ijk_to_ras(node: object) -> np.ndarray:
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def stack(scene: SlicerScene, pixels: np.ndarray, name: str = "Stack") -> object:
    """A volume node (slices, H, W[, 3]) that lies askew in the scene."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    channels = 1 if pixels.ndim == 3 else pixels.shape[3]
    kind = "vtkMRMLScalarVolumeNode" if channels == 1 else "vtkMRMLVectorVolumeNode"
    node = scene.scene.AddNewNodeByClass(kind, name)
    image = vtk.vtkImageData()
    image.SetDimensions(pixels.shape[2], pixels.shape[1], pixels.shape[0])
    image.GetPointData().SetScalars(numpy_to_vtk(pixels.reshape(-1, channels), deep=True))
    node.SetAndObserveImageData(image)
    node.SetSpacing(0.4, 0.6, 7.0)
    node.SetOrigin(10, -20, 30)
    node.SetIJKToRASDirections(*(TO_RAS @ np.reshape(TURNED, (3, 3))).ravel())
    return node
