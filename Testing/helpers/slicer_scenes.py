"""Real MRML scenes with cines in them, for the tests of RABSegmentLib."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from RABSegmentLib.Scene.MRMLNodes import updateProxies

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")

SIZE = (48, 64)  # rows, columns


class SlicerScene:
    """A scene with the logics that Slicer itself has, which update proxy nodes and make segments."""

    def __init__(self) -> None:
        self.scene = slicer.vtkMRMLScene()
        self.sequences = slicer.vtkSlicerSequencesLogic()
        self.sequences.SetMRMLScene(self.scene)
        self.segmentations = slicer.vtkSlicerSegmentationsModuleLogic()
        self.segmentations.SetMRMLScene(self.scene)
        self._cache = tempfile.TemporaryDirectory()
        self._files = slicer.vtkMRMLRemoteIOLogic()  # scene bundles are unpacked in its folder
        self._files.SetMRMLScene(self.scene)
        self._files.GetCacheManager().SetRemoteCacheDirectory(self._cache.name)
        self._files.AddDataIOToScene()
        weakref.finalize(self, self.scene.Clear, 1)

    def save(self, path: Path) -> None:
        """Write the scene to an .mrb file."""
        assert self.scene.WriteToMRB(str(path))

    def saveFiles(self, folder: Path) -> None:
        """Write each node into a file of its own, as for a .mrml file."""
        for node in self._storables():
            node.AddDefaultStorageNode()
            storage = node.GetStorageNode()
            storage.SetFileName(str(folder / f"{node.GetID()}.{storage.GetDefaultWriteFileExtension()}"))
            assert storage.WriteData(node)

    def unsaved(self) -> list[Any]:
        """The nodes that Slicer offers to save again."""
        return [node for node in self._storables() if node.GetModifiedSinceRead()]

    def _storables(self) -> list[Any]:
        count = self.scene.GetNumberOfNodesByClass("vtkMRMLStorableNode")
        nodes = [self.scene.GetNthNodeByClass(number, "vtkMRMLStorableNode") for number in range(count)]
        return [node for node in nodes if not node.GetHideFromEditors()]

    def open(self, path: Path) -> None:
        """Read an .mrb file in place of what there is."""
        self.scene.Clear(1)
        messages = slicer.vtkMRMLMessageCollection()
        assert self.scene.ReadFromMRB(str(path), True, messages), messages.GetAllMessagesAsString()

    def cine(self, frames: np.ndarray, name: str = "Heart", spacing: float = 0.5, step: float = 0.04) -> Any:
        """The browser of a new cine (T, H, W) or (T, H, W, 3), with times in seconds, oriented as ultrasound is."""
        sequence = self.scene.AddNewNodeByClass("vtkMRMLSequenceNode", name)
        sequence.SetIndexName("time")
        sequence.SetIndexUnit("s")
        for number, frame in enumerate(frames):
            sequence.SetDataNodeAtValue(volume(frame, spacing), f"{number * step:g}")
        browser = self.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{name} browser")
        browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
        self.show(browser, 0)
        return browser

    def show(self, browser: Any, frame: int) -> None:
        """Select a frame, and wait until the proxies show it."""
        browser.SetSelectedItemNumber(frame)
        self.sequences.UpdateProxyNodesFromSequences(browser)


OBLIQUE = np.array(  # of voxels to RAS: 0.5 x 0.75 mm, slices 8 mm apart, and rows nearer to axial than they are
    [[-0.4, 0.27, 3.84, 10.0], [-0.3, -0.36, -5.12, -20.0], [0.0, -0.6, 4.8, 30.0], [0.0, 0.0, 0.0, 1.0]]
)


def volumesOverTime(scene: Any, pixels: np.ndarray, times: Sequence[str], ijkToRas: np.ndarray = OBLIQUE) -> Any:
    """The browser of volumes (T, slices, H, W) or (T, slices, H, W, 3) over time, named 4D, in a vtkMRMLScene."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "4D")
    sequence.SetIndexName("time")
    sequence.SetIndexUnit("ms")
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(ijkToRas.ravel())
    for frame, time in zip(pixels, times, strict=True):
        image = vtk.vtkImageData()
        image.SetDimensions(frame.shape[2], frame.shape[1], frame.shape[0])
        channels = 1 if frame.ndim == 3 else frame.shape[3]
        image.GetPointData().SetScalars(numpy_to_vtk(frame.reshape(-1, channels), deep=True))
        node = slicer.vtkMRMLScalarVolumeNode() if channels == 1 else slicer.vtkMRMLVectorVolumeNode()
        node.SetAndObserveImageData(image)
        node.SetIJKToRASMatrix(matrix)
        sequence.SetDataNodeAtValue(node, time)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "4D browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    browser.SetSaveChanges(sequence, True)  # as MultiVolumeImporter does
    updateProxies(browser)
    return browser


def volume(frame: np.ndarray, spacing: float = 1.0) -> Any:
    """A single-slice volume node, grey or colour."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    image.SetDimensions(frame.shape[1], frame.shape[0], 1)
    channels = 1 if frame.ndim == 2 else frame.shape[2]
    image.GetPointData().SetScalars(numpy_to_vtk(frame.reshape(-1, channels), deep=True))
    node = slicer.vtkMRMLScalarVolumeNode() if channels == 1 else slicer.vtkMRMLVectorVolumeNode()
    node.SetAndObserveImageData(image)
    node.SetSpacing(spacing, spacing, 1.0)
    node.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
    return node


def paint(segmentation: Any, segment: str, mask: np.ndarray) -> None:
    """As an effect of the segment editor does: on the proxy node, whatever frame is shown."""
    from RABSegmentLib.Scene.SegmentMasks import labelmapOn

    logic = slicer.vtkSlicerSegmentationsModuleLogic
    labelmap = labelmapOn(segmentation.cine.frameNode(segmentation.selectedFrame), mask)
    proxy = segmentation.proxyNode
    assert logic.SetBinaryLabelmapToSegment(labelmap, proxy, segment, logic.MODE_REPLACE, labelmap.GetExtent())


def square(top: int, left: int, side: int = 12, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W) bool."""
    mask = np.zeros(size, bool)
    mask[top : top + side, left : left + side] = True
    return mask
