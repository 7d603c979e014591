"""The test host's layouts show the views that Slicer's would, and all segmentations that nobody hid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from helpers.host_module import addCine  # noqa: E402
from slicer_host import SlicerHost  # noqa: E402

OWN = 5011
RED_ABOVE_PLOT = (
    '<layout type="vertical"><item><view class="vtkMRMLSliceNode" singletontag="Red"/></item>'
    '<item><view class="vtkMRMLPlotViewNode" singletontag="PlotView1"/></item></layout>'
)


def shown() -> dict[str, bool]:
    manager = slicer.app.layoutManager()
    views = {name: manager.sliceWidget(name).visible for name in manager.sliceViewNames()}
    return {**views, "plot": manager.plotViewCount > 0 and manager.plotWidget(0).visible}


def test_a_layout_of_ones_own_shows_its_views_and_there_is_a_way_back(host: SlicerHost, tiny: Any) -> None:
    manager = slicer.app.layoutManager()
    seen: list[int] = []
    manager.connect("layoutChanged(int)", seen.append)
    node, before = manager.layoutLogic().GetLayoutNode(), manager.layout
    assert before == node.SlicerLayoutFourUpView and manager.plotWidget(0) is None
    assert shown() == {"Red": True, "Yellow": True, "Green": True, "plot": False}
    assert not node.SetLayoutDescription(OWN, RED_ABOVE_PLOT), "only one that was added can be set"
    assert node.AddLayoutDescription(OWN, RED_ABOVE_PLOT) and not node.AddLayoutDescription(OWN, RED_ABOVE_PLOT)
    manager.setLayout(OWN)
    assert shown() == {"Red": True, "Yellow": False, "Green": False, "plot": True}
    assert manager.plotWidget(0).mrmlPlotViewNode() is not None
    node.SetViewArrangement(before)
    assert manager.layout == before and shown()["Yellow"] and not shown()["plot"] and seen == [OWN, before]
    assert manager.plotWidget(0) is not None, "a view that was made stays, hidden"


@pytest.mark.parametrize(
    "description",
    [
        "<layout><item></layout>",
        '<layout type="vertical"></layout>',
        "",
    ],
)
def test_a_layout_that_cannot_be_shown_is_an_error(host: SlicerHost, tiny: Any, description: str) -> None:
    host.expectError("Layout 5012 is unknown, no valid XML or without views")
    node = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    if description:
        node.AddLayoutDescription(5012, description)
    node.SetViewArrangement(5012)


def test_every_segmentation_is_drawn_in_every_view_unless_it_is_hidden(host: SlicerHost, tiny: Any) -> None:
    first, _, firstMarks = addCine(2)
    second, _, secondMarks = addCine(2)
    one, two = first.GetProxyNode(firstMarks), second.GetProxyNode(secondMarks)
    one.SetName("one")
    two.SetName("two")
    for node in (one, two):
        node.CreateDefaultDisplayNodes()
    assert host.drawnSegmentations("Red") == host.drawnSegmentations("Green") == ["one", "two"]
    two.GetDisplayNode().SetVisibility(False)
    assert host.drawnSegmentations() == ["one"]
    red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    two.GetDisplayNode().SetVisibility(True)
    one.GetDisplayNode().SetViewNodeIDs(["vtkMRMLSliceNodeGreen"])
    assert host.drawnSegmentations() == ["two"] and host.drawnSegmentations("Green") == ["one", "two"]
    assert red.GetID() == "vtkMRMLSliceNodeRed"


def test_a_plot_view_loses_its_chart_when_the_scene_is_closed(host: SlicerHost, tiny: Any, tmp_path: Path) -> None:
    manager = slicer.app.layoutManager()
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutConventionalPlotView)
    chart = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotChartNode", "areas")
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetActivePlotChartID(chart.GetID())
    logic.PropagatePlotChartSelection()
    assert manager.plotWidget(0).mrmlPlotViewNode().GetPlotChartNodeID() == chart.GetID()
    host.saveScene(tmp_path / "scene.mrb")
    host.closeScene()
    assert not manager.plotWidget(0).mrmlPlotViewNode().GetPlotChartNodeID()
    host.openScene(tmp_path / "scene.mrb")
    again = manager.plotWidget(0).mrmlPlotViewNode().GetPlotChartNodeID()
    assert again == logic.GetSelectionNode().GetActivePlotChartID()
    assert slicer.mrmlScene.GetNodeByID(again).GetName() == "areas"
