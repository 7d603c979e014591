"""What the module shows in the application's views, outside its panel."""

from __future__ import annotations

from typing import Any

from rabengine.errors import InputError

from .SegmentationSequence import SegmentationSequence
from .Statistics import writeAreaChart, writeAreaTableNode
from .Translation import tr as _

_EDITOR_TAG = "RABSegmentSegmentEditor"


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
    """Show a cine in the slice views, and turn the red one to its plane."""
    import slicer

    volume = segmentation.cineProxyNode
    slicer.util.setSliceViewerLayers(background=volume, fit=False)
    widget = slicer.app.layoutManager().sliceWidget("Red")
    if widget is not None:
        widget.mrmlSliceNode().RotateToVolumePlane(volume)
        widget.sliceLogic().FitSliceToAll()


def segmentEditorNode() -> Any:
    """The choices of the panel's segment editor, apart from those of the module Segment Editor."""
    import slicer

    node = slicer.mrmlScene.GetSingletonNode(_EDITOR_TAG, "vtkMRMLSegmentEditorNode")
    if node is not None:
        return node
    node = slicer.vtkMRMLSegmentEditorNode()
    node.SetSingletonTag(_EDITOR_TAG)
    # A stroke over another segment must not eat it: what overlaps stays.
    node.SetOverwriteMode(slicer.vtkMRMLSegmentEditorNode.OverwriteNone)
    return slicer.mrmlScene.AddNode(node)


def showAreas(segmentation: SegmentationSequence) -> None:
    """Write areas over time into a table and a chart, and show both."""
    import slicer

    table = writeAreaTableNode(segmentation)
    chart = writeAreaChart(segmentation, table)
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetActiveTableID(table.GetID())
    logic.GetSelectionNode().SetActivePlotChartID(chart.GetID())
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutConventionalPlotView)
    logic.PropagateTableSelection()
    logic.PropagatePlotChartSelection()
