"""The view layout for areas over time: the cine above, the chart below, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rabengine.measurement.concepts import AREA
from RABSegmentLib.Results.AreaNodes import TABLE_ROLE, areaChartOf, measureOf, writeAreaChart, writeAreaTableNode
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

LAYOUT = 5713  # of our own; Slicer's are below 1000, and those of users in its examples 501
_DESCRIPTION = """
<layout type="vertical" split="true">
 <item splitSize="650">
  <view class="vtkMRMLSliceNode" singletontag="Red">
   <property name="orientation" action="default">Axial</property>
   <property name="viewlabel" action="default">R</property>
   <property name="viewcolor" action="default">#F34A33</property>
  </view>
 </item>
 <item splitSize="350">
  <view class="vtkMRMLPlotViewNode" singletontag="PlotView1">
   <property name="viewlabel" action="default">P</property>
  </view>
 </item>
</layout>
"""


@dataclass
class _WayBack:
    """The layout that was there before ours: how views are laid out is no part of a scene while ours is shown."""

    layout: int | None = None


_WAY_BACK = _WayBack()


def registerLayout() -> None:
    """Make the layout known, and keep it out of scene files."""
    node = _layoutNode()
    if node is not None and not node.IsLayoutDescription(LAYOUT):
        node.AddLayoutDescription(LAYOUT, _DESCRIPTION)
        node.AddObserver("ModifiedEvent", _keepOutOfScenes)


def _keepOutOfScenes(layoutNode: Any, _event: Any) -> None:
    """A scene file holds only the number of a layout: a Slicer without this module would show no views at all. Without
    one in the file it shows those that it has."""
    layoutNode.SetSaveWithScene(int(layoutNode.GetViewArrangement() != LAYOUT))


def showAreas(segmentation: SegmentationSequence, measure: str = AREA) -> None:
    """Write areas over time, or another measurement, into a table and a chart, and show the chart below the cine."""
    import slicer

    _write(segmentation, measure)
    registerLayout()
    node = _layoutNode()
    if node.GetViewArrangement() != LAYOUT:
        _WAY_BACK.layout = node.GetViewArrangement()
        slicer.app.layoutManager().setLayout(LAYOUT)
    _activate(segmentation)


def restoreAreas(segmentation: SegmentationSequence) -> None:
    """Let plot views show the chart that a cine has already, such as after its scene was loaded."""
    if areaChartOf(segmentation) is not None:
        _write(segmentation, measureOf(segmentation))
        _activate(segmentation)


def isShown() -> bool:
    """Whether the views are laid out for areas over time."""
    node = _layoutNode()
    return node is not None and node.GetViewArrangement() == LAYOUT


def leave() -> None:
    """Back to the layout that was there before."""
    import slicer

    if isShown():
        before = _WAY_BACK.layout
        if before is None or not _layoutNode().IsLayoutDescription(before):
            before = slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
        slicer.app.layoutManager().setLayout(before)


def _write(segmentation: SegmentationSequence, measure: str) -> None:
    writeAreaChart(segmentation, writeAreaTableNode(segmentation, measure=measure), measure)


def _activate(segmentation: SegmentationSequence) -> None:
    import slicer

    chart = areaChartOf(segmentation)
    logic = slicer.app.applicationLogic()
    selection = logic.GetSelectionNode()
    selection.SetActiveTableID(segmentation.node.GetNodeReferenceID(TABLE_ROLE))
    selection.SetActivePlotChartID(chart.GetID())
    logic.PropagateTableSelection()
    logic.PropagatePlotChartSelection()


def _layoutNode() -> Any:
    import slicer

    manager = slicer.app.layoutManager()
    return None if manager is None else manager.layoutLogic().GetLayoutNode()
