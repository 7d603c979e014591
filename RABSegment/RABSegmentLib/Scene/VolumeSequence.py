"""Volumes over time in the scene, such as all slices of a cine MR: each slice of them can become a cine."""

from __future__ import annotations

from typing import Any

from rabengine.errors import InputError
from RABSegmentLib.Translation import tr as _

from .CineGeometry import volumeOf
from .CineSequence import CALIBRATED_ATTRIBUTE, checkedSize, imagesOfBrowser, slicesOf
from .DicomInstances import keepInstance
from .MRMLNodes import decimal, sequenceLike, setIndex
from .MultiVolume import frameIndexOf
from .SegmentationSequence import requireRest


class VolumeSequence:
    """The volumes of several slices that a browser plays.

    Args:
        browserNode: vtkMRMLSequenceBrowserNode.

    Attributes:
        node: their vtkMRMLSequenceNode.
        sliceCount: of each of them.

    Raises:
        InputError: it plays no images, single slices, or volumes of several sizes, or is recording.
    """

    def __init__(self, browserNode: Any) -> None:
        requireRest(browserNode)
        self.browserNode = browserNode
        self.node = imagesOfBrowser(browserNode)
        self.sliceCount = checkedSize(self.node)[0]
        if self.sliceCount == 1:
            raise InputError(
                _("The frames of {cine} are single slices.").format(cine=self.name), _("Use it as it is: it is a cine.")
            )

    @property
    def name(self) -> str:
        return str(self.node.GetName())

    @property
    def proxyNode(self) -> Any:
        """The volume node that shows them; None where the browser has none."""
        return self.browserNode.GetProxyNode(self.node)

    @property
    def middle(self) -> int:
        """The number of the slice in the middle."""
        return self.sliceCount // 2

    def sliceSequence(self, number: int) -> Any:
        """A sequence, in no scene, of one slice in its place in the world, at the same index values; it is copied.

        Args:
            number: of the slice, from 0.

        Raises:
            InputError: there is no such slice, or a transform warps the volumes.
        """
        if number not in range(self.sliceCount):
            raise InputError(
                _("{volumes} has no slice {number}.").format(volumes=self.name, number=number),
                _("Its slices are 0 to {last}.").format(last=self.sliceCount - 1),
            )
        toWorld = self._toWorld()
        sequence = sequenceLike(self.node)
        values = self._numberFrames(sequence)
        for frame, value in enumerate(values):
            volume = self.node.GetNthDataNode(frame)
            sliceNode = volumeOf(slicesOf(volume)[int(number)])
            _placeSlice(sliceNode, volume, number, toWorld)
            keepInstance(sliceNode, volume, number)
            sequence.SetDataNodeAtValue(sliceNode, value)
        if self.node.GetNthDataNode(0).GetSpacing() != (1.0, 1.0, 1.0):
            sequence.SetAttribute(CALIBRATED_ATTRIBUTE, "1")  # pixels of 1 mm between slices of 8 mm are meant
        return sequence

    def _numberFrames(self, sequence: Any) -> list[str]:
        """The index values that a sequence of slices gets: those of the volumes, or the times that Slicer's importer
        of cine MR knows, which numbers the volumes and keeps times beside them."""
        count = self.node.GetNumberOfDataNodes()
        told = None if self.node.GetIndexName() else frameIndexOf(self.node, count)
        if told is None:
            return [str(self.node.GetNthIndexValue(frame)) for frame in range(count)]
        setIndex(sequence, told)
        return [decimal(value) for value in told.values]

    def _toWorld(self) -> Any:
        """vtkMatrix4x4 of the transform that moves the node which shows them: masks are drawn without one."""
        import slicer
        import vtk

        parent = None if self.proxyNode is None else self.proxyNode.GetParentTransformNode()
        if parent is not None and not parent.IsTransformToWorldLinear():
            raise InputError(
                _("A transform that is not linear moves {volumes}.").format(volumes=self.name),
                _("Harden it in the module Transforms, or take it away."),
            )
        matrix = vtk.vtkMatrix4x4()
        slicer.vtkMRMLTransformNode.GetMatrixTransformBetweenNodes(parent, None, matrix)
        return matrix


def _placeSlice(sliceNode: Any, volume: Any, number: int, toWorld: Any) -> None:
    """Give the node of one slice the geometry that it has in its volume."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    for row, value in enumerate(matrix.MultiplyPoint((0.0, 0.0, number, 1.0))[:3]):
        matrix.SetElement(row, 3, value)
    vtk.vtkMatrix4x4.Multiply4x4(toWorld, matrix, matrix)
    sliceNode.SetIJKToRASMatrix(matrix)
