"""Sequences of segmentations in the test host, with what three issues of Slicer's tracker say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from helpers.host_module import addCine, pixels  # noqa: E402
from slicer_host import SlicerHost, known_issues  # noqa: E402


def test_the_tool_bar_shows_the_browser_of_a_loaded_scene(host: SlicerHost, tiny: Any, tmp_path: Path) -> None:
    module = slicer.modules.sequences
    addCine(2)
    assert not module.toolBarVisible
    host.saveScene(tmp_path / "scene.mrb")
    host.openScene(tmp_path / "scene.mrb")
    host.processEvents(60)
    assert module.toolBarVisible and module.toolBar().activeBrowserNode().GetName() == "browser"
    host.closeScene()
    assert module.toolBar().activeBrowserNode() is None


def test_a_segment_is_removed_from_the_shown_frame_only(host: SlicerHost, tiny: Any) -> None:
    """Slicer issue 5953: each frame is a segmentation of its own; the table follows what a frame has."""
    browser, cine, marks = addCine(3)
    editor = tiny.ui.editor
    editor.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    editor.setSegmentationNode(browser.GetProxyNode(marks))
    editor.setSourceVolumeNode(browser.GetProxyNode(cine))
    browser.SetSelectedItemNumber(1)
    host.processEvents(50)
    host.click("RemoveSegmentButton")
    counts = [marks.GetNthDataNode(frame).GetSegmentation().GetNumberOfSegments() for frame in range(3)]
    assert counts == [1, 0, 1] and host.find("SegmentsTable").rowCount() == 0
    browser.SetSelectedItemNumber(2)
    host.processEvents(50)
    assert host.find("SegmentsTable").rowCount() == 1, "the table of a later frame has its segment again"


def test_a_dead_proxy_after_a_load_can_be_had(host: SlicerHost, tiny: Any, tmp_path: Path) -> None:
    """Slicer issue 7440, of 5.6.0: the saved mode for missing items came back as none that exists."""
    _, cine, _ = addCine(3)
    host.saveScene(tmp_path / "scene.mrb")
    host.openScene(tmp_path / "scene.mrb")
    browser = slicer.util.getNode("browser")
    cine = browser.GetMasterSequenceNode()

    def shown(frame: int) -> float:
        browser.SetSelectedItemNumber(frame)
        host.processEvents(60)
        return browser.GetProxyNode(cine).GetImageData().GetScalarComponentAsDouble(0, 0, 0, 0)

    assert [shown(1), shown(2)] == [1, 2]
    known_issues.loseMissingItemModes(slicer.mrmlScene)
    assert [shown(1), shown(0)] == [2, 2], "the proxy stays on the frame that it showed"


@pytest.mark.parametrize("components", [1, 3])
def test_a_stroke_reaches_every_edge_of_a_picture(host: SlicerHost, tiny: Any, components: int) -> None:
    """Slicer issue 7394: painting was lost at the right edge of colour pictures."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    image.SetDimensions(69, 50, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.zeros((69 * 50, components), np.uint8), deep=1))
    kind = "vtkMRMLScalarVolumeNode" if components == 1 else "vtkMRMLVectorVolumeNode"
    volume = slicer.mrmlScene.AddNewNodeByClass(kind, "picture")
    volume.SetAndObserveImageData(image)
    volume.SetSpacing(0.7, 0.3, 1)
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.GetSegmentation().AddEmptySegment("one", "One")
    editor = tiny.ui.editor
    editor.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    editor.setSegmentationNode(segmentation)
    editor.setSourceVolumeNode(volume)
    host.click("Paint")
    mask = np.ones((50, 69), bool)
    host.paint(editor, mask)
    assert pixels(segmentation, "one") == mask.sum()


def test_a_stroke_beyond_the_reference_geometry_is_lost(host: SlicerHost, tiny: Any) -> None:
    """How painting is lost at an edge: the segmentation still has the geometry of a smaller picture."""
    browser, cine, marks = addCine(1)
    proxy, editor = browser.GetProxyNode(marks), tiny.ui.editor
    editor.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    editor.setSegmentationNode(proxy)
    editor.setSourceVolumeNode(browser.GetProxyNode(cine))
    host.click("Paint")
    known_issues.narrowReferenceGeometry(proxy, columns=10)
    host.paint(editor, np.ones((12, 16), bool))
    assert pixels(proxy, "one") == 12 * 10
