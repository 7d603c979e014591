"""What the module shows in the application's slice views, outside its panel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rabengine.errors import InputError
from RABSegmentLib.Scene.CineWindow import brightenCine
from RABSegmentLib.Scene.MRMLNodes import nodesOfClass, requiredScene
from RABSegmentLib.Scene.SegmentationSequence import CINE_ROLE, SegmentationSequence
from RABSegmentLib.Translation import tr as _

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
    import slicer

    brightenCine(segmentation)
    showSegmentationOnly(segmentation)
    volume = segmentation.cineProxyNode
    slicer.util.setSliceViewerLayers(background=volume, fit=False)
    widget = slicer.app.layoutManager().sliceWidget("Red")
    if widget is not None:
        node = widget.mrmlSliceNode()
        node.SetOrientationToDefault()  # turning keeps what it can of how the view lies: as another cine turned it
        node.RotateToVolumePlane(volume)
    fitCine()


def fitCine() -> None:
    """Let the red view show the whole picture, such as after it got another size."""
    import slicer

    widget = slicer.app.layoutManager().sliceWidget("Red")
    if widget is not None:
        widget.sliceLogic().FitSliceToAll()


def showSegmentationOnly(segmentation: SegmentationSequence) -> None:
    """Draw the masks of one cine; those of every other cine would lie over its picture. Other segmentations stay."""
    chosen = segmentation.proxyNode
    for proxy in _cineSegmentations(requiredScene(segmentation.node)):
        proxy.CreateDefaultDisplayNodes()
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
