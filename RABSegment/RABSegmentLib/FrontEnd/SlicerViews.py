"""What the module shows in the application's slice views, outside its panel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rabengine.errors import InputError
from RABSegmentLib.Scene.CineGeometry import pixelOf, worldOf
from RABSegmentLib.Scene.CineWindow import brightenCine
from RABSegmentLib.Scene.MRMLNodes import nodesOfClass, requiredScene
from RABSegmentLib.Scene.SegmentationSequence import CINE_ROLE, SegmentationSequence
from RABSegmentLib.Translation import tr as _

_FAR = 100.0  # mm in the plane of a view
_PARALLEL = 0.01  # slices by which a view that lies in one may leave it so far away
_EDITOR_TAG = "RABSegmentSegmentEditor"
_CHOSEN = "RABSegment.HasDefaults"  # attribute of the editor's node, gone with what was chosen when a scene is closed


def shownVolume() -> Any:
    """The volume in the background of the red slice view.

    Raises:
        InputError: there is none.
    """
    import slicer

    widget = slicer.app.layoutManager().sliceWidget("Red")
    name = widget.mrmlSliceCompositeNode().GetBackgroundVolumeID()
    volume = slicer.mrmlScene.GetNodeByID(name) if name else None
    if volume is None:
        raise InputError(_("No volume is shown in the red slice view."), _("Show the volume there first."))
    return volume


def showCine(segmentation: SegmentationSequence) -> None:
    """Show a cine and its segmentation alone in the slice views, and turn the red one to its plane."""
    brightenCine(segmentation)
    showSegmentationOnly(segmentation)
    _showVolume(segmentation.cineProxyNode)


def _showVolume(volume: Any) -> None:
    """In the slice views, the red one turned to the plane of its slices."""
    import slicer

    slicer.util.setSliceViewerLayers(background=volume, fit=False)
    widget = slicer.app.layoutManager().sliceWidget("Red")
    if widget is not None:
        node = widget.mrmlSliceNode()
        node.SetOrientationToDefault()  # turning keeps what it can of how the view lies: as another cine turned it
        node.RotateToVolumePlane(_planeOf(volume))
    fitCine()


def shownSlice(volume: Any) -> int | None:
    """The number of the volume's slice in the red view; None where it shows another volume, or no slice of this."""
    import slicer

    widget = slicer.app.layoutManager().sliceWidget("Red")
    if widget is None or widget.mrmlSliceCompositeNode().GetBackgroundVolumeID() != volume.GetID():
        return None
    place = widget.mrmlSliceNode().GetSliceToRAS()
    corners = [place.MultiplyPoint((x, y, 0.0, 1.0))[:3] for x, y in ((0.0, 0.0), (_FAR, 0.0), (0.0, _FAR))]
    depths = [pixelOf(volume, corner)[2] for corner in corners]
    number = round(depths[0])
    isSlice = max(depths) - min(depths) < _PARALLEL and 0 <= number < volume.GetImageData().GetDimensions()[2]
    return number if isSlice else None


def showSlice(volume: Any, number: int) -> None:
    """Show one slice of a volume in the red view."""
    import slicer

    if shownSlice(volume) is None:
        _showVolume(volume)
    widget = slicer.app.layoutManager().sliceWidget("Red")
    if widget is not None:
        widget.mrmlSliceNode().JumpSliceByOffsetting(*worldOf(volume, 0.0, 0.0, number))


def _planeOf(volume: Any) -> Any:
    """A volume of one slice that lies as those of another do in the world, in no scene: by one of several slices Slicer
    turns a view to whichever of its planes is nearest, which for the short axis of a heart is across the slices, and to
    none by one that a transform warps."""
    import slicer
    import vtk

    image, matrix = vtk.vtkImageData(), vtk.vtkMatrix4x4()
    columns, rows, _slices = volume.GetImageData().GetDimensions()
    image.SetDimensions(columns, rows, 1)
    corner = worldOf(volume, 0.0, 0.0)
    for column, step in enumerate(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))):
        for row, value in enumerate(worldOf(volume, *step)):
            matrix.SetElement(row, column, value - corner[row])
    for row, value in enumerate(corner):
        matrix.SetElement(row, 3, value)
    plane = slicer.vtkMRMLScalarVolumeNode()
    plane.SetAndObserveImageData(image)
    plane.SetIJKToRASMatrix(matrix)
    return plane


def fitCine() -> None:
    """Let the red view show the whole picture, such as after it got another size."""
    import slicer

    widget = slicer.app.layoutManager().sliceWidget("Red")
    if widget is not None:
        widget.sliceLogic().FitSliceToAll()


def showSegmentationOnly(segmentation: SegmentationSequence) -> None:
    """Draw the masks of one cine; those of every other cine would lie over its picture. Other segmentations stay."""
    chosen = segmentation.proxyNode
    chosen.CreateDefaultDisplayNodes()
    for proxy in _cineSegmentations(requiredScene(segmentation.node)):
        # None is made for others: one that does not play would be written into the frame where its browser is.
        if proxy.GetDisplayNode() is not None:
            proxy.GetDisplayNode().SetVisibility(proxy is chosen)


def segmentEditorNode() -> Any:
    """The choices of the panel's segment editor, apart from those of the module Segment Editor."""
    import slicer

    node = slicer.mrmlScene.GetSingletonNode(_EDITOR_TAG, "vtkMRMLSegmentEditorNode")
    if node is None:
        node = slicer.vtkMRMLSegmentEditorNode()
        node.SetSingletonTag(_EDITOR_TAG)
        node = slicer.mrmlScene.AddNode(node)
    if not node.GetAttribute(_CHOSEN):
        node.SetAttribute(_CHOSEN, "1")
        # A stroke over another segment must not eat it: what overlaps stays.
        node.SetOverwriteMode(slicer.vtkMRMLSegmentEditorNode.OverwriteNone)
    return node


def _cineSegmentations(scene: Any) -> Iterator[Any]:
    """The segmentation nodes that show a frame of some cine's segmentation."""
    sequences = [node for node in nodesOfClass(scene, "vtkMRMLSequenceNode") if node.GetNodeReferenceID(CINE_ROLE)]
    for browser in nodesOfClass(scene, "vtkMRMLSequenceBrowserNode"):
        for sequence in sequences:
            proxy = browser.GetProxyNode(sequence)
            if proxy is not None:
                yield proxy
