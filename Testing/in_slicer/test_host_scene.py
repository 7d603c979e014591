"""The test host's widgets do at each event of the scene what Slicer's do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from helpers.host_module import addCine, addVolume, pixels  # noqa: E402
from slicer_host import SlicerHost  # noqa: E402


def selector(**options: Any) -> Any:
    made = slicer.qMRMLNodeComboBox()
    made.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    for name, value in options.items():
        setattr(made, name, value)
    return made


def editing(tiny: Any, browser: Any, cine: Any, marks: Any) -> Any:
    """The module's editor on the proxies of a cine."""
    editor = tiny.ui.editor
    node = slicer.vtkMRMLSegmentEditorNode()
    node.SetSingletonTag("Tiny")
    editor.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNode(node))
    editor.setSegmentationNode(browser.GetProxyNode(marks))
    editor.setSourceVolumeNode(browser.GetProxyNode(cine))
    return editor


def test_a_selector_follows_nodes_that_come_change_and_go(host: SlicerHost) -> None:
    made, seen = selector(noneEnabled=True), []
    made.addAttribute("vtkMRMLScalarVolumeNode", "kind", "a")
    made.connect("currentNodeChanged(vtkMRMLNode*)", lambda node: seen.append(node and node.GetName()))
    assert not made.enabled
    made.setMRMLScene(slicer.mrmlScene)
    assert made.enabled
    other, first = addVolume("other"), addVolume("first")
    assert made.nodeCount() == 0
    first.SetAttribute("kind", "a")
    assert made.nodeCount() == 1 and made.currentNode() is None, "nothing is chosen by itself"
    seen.clear()
    made.setCurrentNode(first)
    made.setCurrentNode(other)
    assert seen == ["first", None], "what is not in the list cannot be chosen"
    made.currentNodeID = first.GetID()
    slicer.mrmlScene.RemoveNode(first)
    assert seen == ["first", None, "first", None] and made.currentNodeID == ""


def test_a_selector_takes_the_first_of_the_nodes_that_were_there_before_it(host: SlicerHost) -> None:
    first, second = addVolume("first"), addVolume("second")
    made = selector()
    made.setMRMLScene(slicer.mrmlScene)
    assert made.currentNode() is first
    made.setCurrentNode(second)
    slicer.mrmlScene.RemoveNode(second)
    assert made.currentNode() is first, "without None the one before it is taken"
    slicer.mrmlScene.RemoveNode(first)
    third = addVolume("third")
    assert made.currentNode() is None and made.nodeFromIndex(0) is third


def test_a_node_wanted_before_there_was_a_scene_is_chosen_with_it(host: SlicerHost) -> None:
    addVolume("first")
    second = addVolume("second")
    made = selector()
    made.setCurrentNode(second)
    made.setMRMLScene(slicer.mrmlScene)
    assert made.currentNode() is second


def test_filling_again_forgets_what_was_chosen(host: SlicerHost) -> None:
    made, seen = selector(noneEnabled=True), []
    made.setMRMLScene(slicer.mrmlScene)
    made.setCurrentNode(addVolume("kept"))
    made.connect("currentNodeChanged(vtkMRMLNode*)", lambda node: seen.append(node and node.GetName()))
    slicer.mrmlScene.StartState(slicer.vtkMRMLScene.ImportState)
    late = addVolume("late")
    assert made.nodeCount() == 1, "nodes come into the list when the import is over"
    slicer.mrmlScene.EndState(slicer.vtkMRMLScene.ImportState)
    assert made.nodeCount() == 2 and made.nodeFromIndex(1) is late and made.currentNode() is None
    assert seen == [None]


@pytest.mark.parametrize("clear", [True, False])
def test_the_events_of_a_load_come_in_slicers_order(host: SlicerHost, tmp_path: Path, clear: bool) -> None:
    addVolume("kept")
    host.saveScene(tmp_path / "scene.mrb")
    if not clear:
        host.closeScene()
    scene, seen = slicer.mrmlScene, []
    for name in ("StartBatchProcess", "EndBatchProcess", "StartImport", "EndImport", "StartClose", "EndClose"):
        event = getattr(scene, f"{name}Event")
        scene.AddObserver(event, lambda *_, name=name: seen.append((name, bool(scene.IsBatchProcessing()))))
    host.openScene(tmp_path / "scene.mrb", clear)
    closing = [("StartClose", True), ("EndClose", True)] if clear else []
    loading = [("StartImport", True), ("EndImport", clear), ("EndBatchProcess", False)]
    assert seen == [("StartBatchProcess", True), *closing, *loading]


@pytest.mark.parametrize("clear", [True, False])
def test_what_is_set_in_the_editor_at_the_end_of_an_import_is_undone(
    host: SlicerHost, tiny: Any, tmp_path: Path, clear: bool
) -> None:
    import qt

    browser, cine, marks = addCine(2)
    editor = editing(tiny, browser, cine, marks)
    host.saveScene(tmp_path / "scene.mrb")
    if not clear:
        host.closeScene()

    def proxy() -> Any:
        return slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode")

    def chooseAgain(*_: Any) -> None:
        editor.setSegmentationNode(proxy())

    scene = slicer.mrmlScene
    tag = scene.AddObserver(scene.EndImportEvent, chooseAgain)
    host.openScene(tmp_path / "scene.mrb", clear)
    assert editor.segmentationNode() is None and editor.mrmlSegmentEditorNode().GetSegmentationNode() is None
    scene.RemoveObserver(tag)
    tag = scene.AddObserver(scene.EndImportEvent, lambda *_: qt.QTimer.singleShot(0, chooseAgain))
    host.openScene(tmp_path / "scene.mrb", clear=True)
    assert proxy() is not None and editor.segmentationNode() is proxy()
    scene.RemoveObserver(tag)


def test_closing_a_scene_leaves_the_editor_empty(host: SlicerHost, tiny: Any) -> None:
    editor = editing(tiny, *addCine(2))
    assert editor.segmentationNode() is not None and editor.currentSegmentID() == "one"
    host.closeScene()
    assert editor.segmentationNode() is None and editor.sourceVolumeNode() is None
    assert editor.activeEffect() is None and not host.find("Paint").isEnabled()


def test_only_a_choice_in_the_table_is_told(host: SlicerHost, tiny: Any) -> None:
    browser, cine, marks = addCine(2)
    editor = editing(tiny, browser, cine, marks)
    seen: list[str] = []
    editor.connect("currentSegmentIDChanged(QString)", seen.append)
    browser.GetProxyNode(marks).GetSegmentation().AddEmptySegment("two", "Two")
    editor.setCurrentSegmentID("two")
    assert editor.currentSegmentID() == "two" and seen == []
    host.find("SegmentsTable").selectRow(0)
    assert editor.currentSegmentID() == "one" and seen == ["one"]


def test_undo_of_a_first_stroke_leaves_an_empty_segment_and_tells(host: SlicerHost, tiny: Any) -> None:
    browser, cine, marks = addCine(2)
    editor, proxy = editing(tiny, browser, cine, marks), browser.GetProxyNode(marks)
    events: list[str] = []
    for name in ("SegmentAdded", "SegmentRemoved", "SegmentModified", "SourceRepresentationModified"):
        event = getattr(slicer.vtkSegmentation, name)
        proxy.AddObserver(event, lambda *_, name=name: events.append(name))
    host.click("Paint")
    mask = np.zeros((12, 16), bool)
    mask[2:6, 3:8] = True
    host.paint(editor, mask)
    assert pixels(marks.GetNthDataNode(0), "one") == 20 and "SourceRepresentationModified" in events
    events.clear()
    host.click("UndoButton")
    segment = marks.GetNthDataNode(0).GetSegmentation().GetSegment("one")
    assert segment is not None and pixels(marks.GetNthDataNode(0), "one") == 0 and events


def test_the_brushs_options_widen_the_panel(host: SlicerHost, tiny: Any) -> None:
    editing(tiny, *addCine(2))
    before = host.panelWidth()
    host.click("Paint")
    assert host.panelWidth() > before + 80 and host.find("OptionsGroupBox").isVisible()
    host.click("Paint")
    assert not host.find("OptionsGroupBox").isVisible()


def test_the_editors_keys_are_on_the_main_window(host: SlicerHost, tiny: Any) -> None:
    import qt

    editor = editing(tiny, *addCine(2))
    editor.setEffectNameOrder(["Paint", "Erase"])
    host.enter()
    host.pressKey(qt.Qt.Key_2)
    assert editor.activeEffect() is None, "not installed yet"
    editor.installKeyboardShortcuts()
    host.pressKey(qt.Qt.Key_2)
    assert editor.activeEffect().name == "Erase"
    pressed: list[str] = []
    shortcut = qt.QShortcut(qt.QKeySequence("Space"), tiny.parent)
    shortcut.connect("activated()", lambda: pressed.append("space"))
    host.pressKey(qt.Qt.Key_Space)
    assert pressed == [] and list(host.shortcutCollisions()) == ["Space"]
    editor.uninstallKeyboardShortcuts()
    host.processEvents()
    assert host.shortcutCollisions() == {}
