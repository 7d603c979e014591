"""Sequences go to Slicer and come from it, with Slicer's own code (pip install slicer-core)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.written import CINE, labels
from rabengine.io.labels.write import write_labels
from rabengine.io.read import load_frames

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")


def sequence_with_storage(path: Path) -> tuple[object, object, object]:
    """An empty sequence, what stores it, and the scene that must outlive both."""
    scene = slicer.vtkMRMLScene()
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Sequence")
    storage = slicer.vtkMRMLVolumeSequenceStorageNode()
    scene.AddNode(storage)
    storage.SetFileName(str(path))
    return sequence, storage, scene


def pixels_of(node: object) -> np.ndarray:
    from vtk.util.numpy_support import vtk_to_numpy

    image = node.GetImageData()
    columns, rows, slices = image.GetDimensions()
    assert slices == 1
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, -1)


def ijk_to_ras(node: object) -> np.ndarray:
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def test_slicer_loads_our_sequence(tmp_path: Path) -> None:
    write_labels(tmp_path / "é 1.seq.nrrd", labels(), CINE, (1, 255))
    sequence, storage, _scene = sequence_with_storage(tmp_path / "é 1.seq.nrrd")
    assert storage.ReadData(sequence) == 1
    assert sequence.GetNumberOfDataNodes() == 5
    assert (sequence.GetIndexName(), sequence.GetIndexUnit()) == ("time", "s")
    assert sequence.GetAttribute("RABSegment.Segments") == "1 255"
    steps = np.array(CINE.direction).reshape(3, 3) * (0.4, 0.6, 2.5)
    to_ras = np.diag([-1, -1, 1])
    for frame in range(5):
        node = sequence.GetNthDataNode(frame)
        assert node.GetClassName() == "vtkMRMLLabelMapVolumeNode"
        assert np.array_equal(pixels_of(node)[..., 0], labels()[frame])
        assert np.allclose(ijk_to_ras(node)[:3, :3], to_ras @ steps)
        assert np.allclose(ijk_to_ras(node)[:3, 3], to_ras @ CINE.origin)
        assert float(sequence.GetNthIndexValue(frame)) == pytest.approx(CINE.index_values[frame])


@pytest.mark.parametrize("name", ["s.seq.nrrd", "s.seq.nhdr"])
@pytest.mark.parametrize("compressed", [0, 1])
@pytest.mark.parametrize(
    ("node_class", "channels", "dtype"),
    [
        ("vtkMRMLScalarVolumeNode", 1, "uint8"),
        ("vtkMRMLScalarVolumeNode", 1, "int16"),
        ("vtkMRMLScalarVolumeNode", 1, "float32"),
        ("vtkMRMLLabelMapVolumeNode", 1, "uint8"),
        ("vtkMRMLVectorVolumeNode", 3, "uint8"),
        ("vtkMRMLVectorVolumeNode", 4, "uint8"),
    ],
)
def test_we_load_slicers_sequence(
    tmp_path: Path, node_class: str, channels: int, dtype: str, compressed: int, name: str
) -> None:
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    frames = (np.random.default_rng(0).random((4, 6, 8, channels)) * 200).astype(dtype)
    sequence, storage, _scene = sequence_with_storage(tmp_path / name)
    sequence.SetIndexName("time")
    sequence.SetIndexUnit("s")
    for number, frame in enumerate(frames):
        image = vtk.vtkImageData()
        image.SetDimensions(8, 6, 1)
        scalars = numpy_to_vtk(frame.reshape(48, channels), deep=1)
        scalars.SetName("pixels")
        image.GetPointData().SetScalars(scalars)
        node = getattr(slicer, node_class)()
        node.SetAndObserveImageData(image)
        matrix = vtk.vtkMatrix4x4()
        for axis, step in enumerate((-0.5, -0.6, 1.0)):  # how Slicer loads ultrasound
            matrix.SetElement(axis, axis, step)
        matrix.SetElement(0, 3, 10)
        node.SetIJKToRASMatrix(matrix)
        sequence.SetDataNodeAtValue(node, str(number * 0.04))
    storage.SetUseCompression(compressed)
    assert storage.WriteData(sequence) == 1

    cine = load_frames(tmp_path / name)
    expected = frames[..., 0] if channels == 1 else frames[..., :3]
    assert np.array_equal(cine.frames, expected) and cine.frames.dtype == dtype
    assert cine.spacing == pytest.approx((0.5, 0.6)) and cine.origin == pytest.approx((-10, 0, 0))
    assert np.allclose(cine.direction, np.eye(3).ravel())
    assert (cine.index_name, cine.index_unit) == ("time", "s")
    assert cine.index_values == pytest.approx((0, 0.04, 0.08, 0.12))
