"""The panel through what happens to a scene: loads, closings, reloads, deletions, several cines, another layout."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from vtkmodules.vtkCommonMath import vtkMatrix4x4  # noqa: E402

from helpers.own_presets import SILENT, SMALL, WAITING  # noqa: E402
from helpers.panel_driver import FRAMES, MODULE, SIDE, TRUTH, Panel  # noqa: E402
from RABSegmentLib.FrontEnd import AreasLayout  # noqa: E402
from RABSegmentLib.Scene.CineLoading import cineFromArray  # noqa: E402
from RABSegmentLib.Scene.CineSequence import cineOfBrowser  # noqa: E402
from RABSegmentLib.Scene.SegmentationSequence import segmentationOfBrowser  # noqa: E402
from RABSegmentPanel.SelfCheck import checkPanel  # noqa: E402
from slicer_host.values import unwrap  # noqa: E402

NARROW = 340  # pixels of the dock on a small screen

pytestmark = pytest.mark.usefixtures("warmPythonSlicer")


@pytest.fixture
def marked(panel, tmp_path) -> Panel:
    """A scene file with a cine of which frame 0 is marked; the panel is still open on it."""
    panel.choose(panel.addCine())
    panel.paint(TRUTH[0] > 0)
    panel.host.saveScene(tmp_path / "scene.mrb")
    panel.scene = tmp_path / "scene.mrb"
    return panel


def drawn(browser) -> bool:
    """Whether the masks of a cine are drawn in slice views."""
    display = segmentationOfBrowser(browser).proxyNode.GetDisplayNode()
    return bool(display.GetVisibility() and display.GetVisibility2D())


def test_painting_works_after_a_scene_was_loaded(marked):
    marked.host.openScene(marked.scene)
    marked.show(4)
    marked.paint(TRUTH[4] > 0)
    assert [row[0] for row in marked.rows()] == ["0", "4"]


def test_the_layout_of_the_areas_is_known_before_the_panel_is_made(host):
    node, seen = slicer.app.layoutManager().layoutLogic().GetLayoutNode(), []

    def look(*_: object) -> None:
        seen.append((node.IsLayoutDescription(AreasLayout.LAYOUT), hasattr(slicer.modules, "RABSegmentWidget")))

    node.AddObserver("ModifiedEvent", look)
    host.loadModule(MODULE)
    assert (True, False) in seen, "a scene in that layout may be read first: Slicer would show no views"


def test_a_second_scene_may_be_imported_into_the_first(marked):
    first = marked.ui.cineSelector.currentNode()
    slicer.util.loadScene(str(marked.scene))
    marked.host.processEvents()
    assert checkPanel(marked.widget) == []
    marked.choose(first)
    marked.show(2)
    marked.paint(TRUTH[2] > 0)
    assert [row[0] for row in marked.rows()] == ["0", "2"]


def test_a_scene_loaded_while_another_module_is_open_is_there_on_return(marked):
    marked.host.exit()
    marked.host.openScene(marked.scene)
    marked.host.enter()
    marked.show(4)
    marked.paint(TRUTH[4] > 0)
    assert [row[0] for row in marked.rows()] == ["0", "4"]


@pytest.mark.parametrize("event", ["close", "load", "import"])
def test_a_scene_event_in_mid_run_leaves_a_live_panel(marked, event):
    running = marked.ui.cineSelector.currentNode()
    marked.take(WAITING)
    marked.host.click("segmentButton")
    marked.until(lambda: marked.ui.progressBar.value > 0)
    if event == "close":
        marked.host.closeScene()
        marked.choose(marked.addCine())
        marked.paint(TRUTH[0] > 0)
    elif event == "load":
        marked.host.openScene(marked.scene)
    else:
        slicer.util.loadScene(str(marked.scene))
        marked.host.processEvents()
        imported = marked.ui.cineSelector.currentNode()
        marked.choose(running)  # its run goes on
        marked.widget.panel.run.cancel()
        marked.until(lambda: marked.ui.segmentButton.text == "Segment video")
        marked.choose(imported)
    assert checkPanel(marked.widget) == []
    marked.run()
    assert marked.masks(marked.ui.cineSelector.currentNode())[9].any()


def test_a_stroke_leaves_other_segments_whole_also_in_the_second_scene(panel):
    panel.choose(panel.addCine())
    slicer.mrmlScene.Clear()
    panel.host.processEvents()
    panel.choose(panel.addCine())
    segmentation = panel.widget.panel.shown.segmentation
    mask = TRUTH[0] > 0
    panel.paint(mask)
    panel.ui.segmentEditor.setCurrentSegmentID(segmentation.addSegment("Other"))
    panel.paint(mask)
    assert [np.array_equal(one, mask) for one in segmentation.masks(0).values()] == [True, True]


def test_only_the_chosen_cine_is_drawn(panel, tmp_path):
    one, two = panel.addCine("One"), panel.addCine("Two")
    panel.choose(one)
    panel.choose(two)
    assert (drawn(one), drawn(two)) == (False, True)
    panel.choose(one)
    assert (drawn(one), drawn(two)) == (True, False)
    panel.host.saveScene(tmp_path / "two.mrb")
    panel.host.openScene(tmp_path / "two.mrb")
    chosen = panel.ui.cineSelector.currentNode()
    others = [node for node in slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode") if node is not chosen]
    assert drawn(chosen) and [drawn(node) for node in others] == [False]


def test_a_cine_lies_in_the_view_as_ever_after_one_of_another_plane(panel):
    def directions() -> list[float]:
        matrix = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode().GetSliceToRAS()
        return [matrix.GetElement(row, column) for row in range(3) for column in range(3)]

    def cineIn(name: str, across: Sequence[float], down: Sequence[float]) -> object:
        browser, matrix = panel.addCine(name), vtkMatrix4x4()
        for row, (x, y, z) in enumerate(zip(across, down, np.cross(across, down), strict=True)):
            for column, value in enumerate((x, y, z)):
                matrix.SetElement(row, column, value)
        sequence = cineOfBrowser(browser).node
        for number in range(sequence.GetNumberOfDataNodes()):
            sequence.GetNthDataNode(number).SetIJKToRASMatrix(matrix)
        return browser

    axial = panel.addCine()
    oblique = cineIn("Oblique", (-0.8, -0.6, 0.0), (-0.36, 0.48, 0.8))
    upright = cineIn("Upright", (0.0, -1.0, 0.0), (0.0, 0.0, 1.0))
    panel.choose(axial)
    before = directions()
    for other in (oblique, upright):
        panel.choose(other)
        assert directions() != before
    panel.choose(axial)
    assert directions() == pytest.approx(before)


def test_a_cine_of_the_same_name_can_be_chosen(panel):
    one, two = panel.addCine("Heart"), panel.addCine("Heart")
    two.SetName(one.GetName())
    panel.choose(one)
    panel.paint(TRUTH[0] > 0)
    panel.choose(two)
    assert panel.rows() == []
    panel.choose(one)
    assert [row[0] for row in panel.rows()] == ["0"]


def test_a_first_stroke_that_is_undone_leaves_no_mark(panel):
    browser = panel.addCine()
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    panel.ui.segmentEditor.undo()
    panel.host.processEvents()
    assert panel.rows() == [] and not panel.ui.segmentButton.enabled
    assert segmentationOfBrowser(browser).record(0).origin == "empty"
    panel.ui.segmentEditor.redo()
    panel.host.processEvents()
    assert [row[0] for row in panel.rows()] == ["0"]


def test_texts_after_a_cancel_before_any_frame_are_true(panel):
    browser = panel.addCine()
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    panel.run()
    done = panel.masks(browser)
    panel.take(SILENT)
    panel.host.click("segmentButton")
    panel.until(lambda: panel.ui.progressBar.value > 0)
    panel.cancel()
    assert panel.ui.phaseLabel.text == "Cancelled before any frame was done: nothing changed."
    assert np.array_equal(panel.masks(browser), done)
    # The run before can still be undone.
    assert panel.ui.undoRunButton.enabled
    assert "verified" not in panel.ui.nextButton.toolTip


def test_a_cancelled_run_whose_frames_were_all_painted_over_has_changed_something(panel):
    browser = cineFromArray(slicer.mrmlScene, FRAMES[:2], "Short")
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    panel.take(WAITING)
    panel.host.click("segmentButton")
    segmentation = segmentationOfBrowser(browser)
    panel.until(lambda: segmentation.record(1).origin == "predicted")
    panel.show(1)
    panel.paint(np.roll(TRUTH[1] > 0, 9, axis=0))
    panel.cancel()
    assert panel.ui.phaseLabel.text.startswith("Cancelled. The frames that were done stay, with what was changed")
    assert segmentation.record(1).origin == "corrected" and not panel.ui.undoRunButton.enabled


def test_a_double_click_starts_and_does_not_cancel(panel):
    panel.choose(panel.addCine())
    panel.paint(TRUTH[0] > 0)
    panel.take(SMALL)
    panel.host.click("segmentButton")
    panel.host.click("segmentButton")
    assert panel.ui.segmentButton.text == "Cancel"
    panel.until(lambda: panel.ui.segmentButton.text == "Segment video")
    assert "Done" in panel.ui.phaseLabel.text


def test_who_comes_back_to_a_running_cine_sees_how_far_it_is(panel):
    one, two = panel.addCine("One"), panel.addCine("Two")
    panel.choose(one)
    panel.paint(TRUTH[0] > 0)
    panel.take(WAITING)
    panel.host.click("segmentButton")
    panel.until(lambda: panel.ui.progressBar.value > 0)
    panel.choose(two)
    assert panel.ui.phaseLabel.text == "" and not panel.ui.progressBar.visible
    panel.choose(one)
    assert "%" in panel.ui.phaseLabel.text and panel.ui.progressBar.value > 0


def test_a_reload_brings_the_library_up_to_date_and_the_shortcuts_back(panel):
    import qt

    browser = panel.addCine()
    panel.choose(browser)
    before, editor = sys.modules["RABSegmentLib.FrontEnd.Texts"], panel.ui.segmentEditor
    panel.widget = panel.host.reload()
    panel.ui = panel.widget.ui
    assert sys.modules["RABSegmentLib.FrontEnd.Texts"] is not before
    assert sys.modules["RABSegmentPanel.SelfCheck"].checkPanel(panel.widget) == []
    panel.host.pressKey(qt.Qt.Key_Down, qt.Qt.AltModifier)
    assert browser.GetSelectedItemNumber() == 1
    panel.host.click("Paint")
    assert editor.activeEffect() is None, "the panel of before is still there, and hears nothing any more"
    panel.host.pressKey(qt.Qt.Key_Escape)
    assert panel.ui.segmentEditor.activeEffect() is None, "one editor has the keys"


def test_no_shortcut_collides_with_the_main_window(panel):
    assert panel.host.shortcutCollisions() == {}


@pytest.mark.parametrize("kind", ["proxy", "cineProxy", "sequence"])
def test_what_is_deleted_in_the_module_data_leaves_no_half_state(panel, kind):
    browser = panel.addCine()
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    found = segmentationOfBrowser(browser)
    node = {"proxy": found.proxyNode, "cineProxy": found.cineProxyNode, "sequence": found.node}[kind]
    slicer.mrmlScene.RemoveNode(node)
    panel.host.processEvents()
    assert checkPanel(panel.widget) == []
    kept = [] if kind == "sequence" else ["0"]  # who deletes all frames has none; a view of them comes back
    assert [row[0] for row in panel.rows()] == kept
    panel.show(3)
    panel.paint(TRUTH[3] > 0)
    assert [row[0] for row in panel.rows()] == [*kept, "3"]


def test_deleting_the_browser_keeps_the_marks_for_the_next_one(panel):
    browser = panel.addCine()
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    sequence = cineOfBrowser(browser).node
    slicer.mrmlScene.RemoveNode(browser)
    panel.host.processEvents()
    assert panel.rows() == [] and not panel.ui.segmentButton.enabled
    again = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Again")
    again.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    panel.choose(again)
    assert [row[0] for row in panel.rows()] == ["0"]
    assert np.array_equal(panel.masks(again)[0], TRUTH[0] > 0)


def test_deleting_the_parameter_node_leaves_a_live_panel(panel):
    panel.choose(panel.addCine())
    slicer.mrmlScene.RemoveNode(panel.widget._parameterNode.parameterNode)
    panel.host.processEvents()
    assert checkPanel(panel.widget) == []
    panel.paint(TRUTH[0] > 0)
    assert [row[0] for row in panel.rows()] == ["0"]


def test_the_chart_shows_what_is_chosen_and_keeps_it_in_the_scene(panel, tmp_path):
    panel.choose(panel.addCine())
    panel.paint(TRUTH[0] > 0)
    selector = panel.ui.measureSelector
    place = [selector.itemData(number) for number in range(selector.count)].index("perimeter")
    panel.host.click("statisticsButton")
    chart = slicer.app.layoutManager().plotWidget(0).mrmlPlotViewNode().GetPlotChartNode()
    assert chart.GetYAxisTitle().startswith("Area [")
    selector.setCurrentIndex(place)
    panel.widget.panel.results.onMeasureChosen(place)
    assert chart.GetYAxisTitle().startswith("Perimeter [")
    assert " perimeter [" in chart.GetNthPlotSeriesNode(0).GetYColumnName()
    panel.host.saveScene(tmp_path / "areas.mrb")
    panel.host.openScene(tmp_path / "areas.mrb")
    chart = slicer.app.layoutManager().plotWidget(0).mrmlPlotViewNode().GetPlotChartNode()
    assert chart.GetYAxisTitle().startswith("Perimeter [") and selector.itemData(selector.currentIndex) == "perimeter"
    panel.host.click("layoutButton")


def name_ventricle(panel):
    panel.ui.ventricleSelector.setCurrentIndex(1)
    panel.widget.panel.results.onVentricleChosen(1)
    panel.host.processEvents(20)


def test_areas_are_shown_below_the_cine_and_there_is_a_way_back(panel, tmp_path):
    manager = slicer.app.layoutManager()
    before = manager.layout
    panel.choose(panel.addCine())
    panel.paint(TRUTH[0] > 0)
    panel.run()
    assert not panel.ui.resultSection.collapsed and not panel.ui.layoutButton.visible
    panel.host.click("statisticsButton")
    assert manager.layout == AreasLayout.LAYOUT and manager.sliceWidget("Red") is not None
    chart = manager.plotWidget(0).mrmlPlotViewNode().GetPlotChartNodeID()
    assert chart and panel.ui.layoutButton.visible
    panel.host.saveScene(tmp_path / "areas.mrb")
    panel.host.openScene(tmp_path / "areas.mrb")
    assert manager.plotWidget(0).mrmlPlotViewNode().GetPlotChartNode() is not None  # the chart is there again
    panel.host.click("layoutButton")
    assert manager.layout == before and not panel.ui.layoutButton.visible
    panel.host.saveScene(tmp_path / "before.mrb")
    assert [layoutsOf(tmp_path / name) for name in ("areas.mrb", "before.mrb")] == [[], [str(before)]]


def layoutsOf(scene: Path) -> list[str]:
    """The numbers by which a scene file names its layout: one that a Slicer does not know leaves it without views."""
    with zipfile.ZipFile(scene) as file:
        [text] = [file.read(name).decode() for name in file.namelist() if name.endswith(".mrml")]
    return re.findall(r'currentViewArrangement="(\d+)"', text)


def test_no_section_makes_a_narrow_panel_scroll_sideways(panel):
    """Open, with long names and results: what does not fit beside each other is in several lines or cut."""
    panel.choose(panel.addCine())
    segmentation = segmentationOfBrowser(panel.ui.cineSelector.currentNode())
    segmentation.renameSegment(segmentation.segmentIds()[0], "Left ventricle, with papillary muscles, second reader")
    for frame in (0, 1):
        panel.show(frame)
        panel.paint(TRUTH[frame] > 0)
    name_ventricle(panel)
    panel.host.click("statisticsButton")
    contents = unwrap(panel.ui.panelScroll.widget())
    for name in ("studySection", "marksSection", "checkSection", "resultSection", "advancedSection"):
        getattr(panel.ui, name).collapsed = False
        panel.host.processEvents()
        assert contents.minimumSizeHint().width() <= NARROW, name
    panel.host.click("layoutButton")


def test_colour_cines_can_be_painted_up_to_every_edge(panel):
    frames = np.random.default_rng(0).integers(0, 255, (3, 50, 69, 3), np.uint8)
    browser = cineFromArray(slicer.mrmlScene, frames, "Colour")
    panel.choose(browser)
    mask = np.zeros((50, 69), bool)
    mask[[0, -1], :] = mask[:, [0, -1]] = True
    panel.paint(mask)
    [found] = segmentationOfBrowser(browser).masks(0).values()
    assert np.array_equal(found, mask)


@pytest.mark.parametrize(("brightest", "high"), [(60, 60.0), (250, 255.0)])
def test_a_dark_cine_is_shown_bright(panel, brightest, high):
    frames = np.tile(np.linspace(0, brightest, SIDE, dtype=np.uint8), (4, SIDE, 1))
    browser = cineFromArray(slicer.mrmlScene, frames, "Dark")
    panel.choose(browser)
    display = segmentationOfBrowser(browser).cineProxyNode.GetDisplayNode()
    assert display.GetLevel() + display.GetWindow() / 2 == pytest.approx(high, abs=1.5)


def test_the_brightness_that_a_user_chose_stays_on_other_frames_and_after_another_cine(panel, tmp_path):
    one, two = panel.addCine("One"), panel.addCine("Two")
    panel.choose(one)
    one.GetProxyNode(one.GetMasterSequenceNode()).GetDisplayNode().SetWindowLevel(50, 20)
    panel.show(3)
    panel.choose(two)
    panel.choose(one)
    panel.host.saveScene(tmp_path / "scene.mrb")
    panel.host.openScene(tmp_path / "scene.mrb")
    browser = panel.ui.cineSelector.currentNode()
    display = browser.GetProxyNode(browser.GetMasterSequenceNode()).GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel()) == (50, 20)


def test_the_panel_fits_a_narrow_and_low_window(panel):
    """What must always be seen lies outside the part that scrolls, and no effect makes the panel wider."""
    panel.choose(panel.addCine())
    outer = unwrap(panel.host.widget)
    narrow = outer.minimumSizeHint().width()
    for effect in ("Paint", "Draw", "Threshold", "Level tracing"):
        panel.host.click(effect)
        assert outer.minimumSizeHint().width() == narrow <= 340
    assert outer.minimumSizeHint().height() <= 480
    scrolled = unwrap(panel.ui.panelScroll)
    for name in ("segmentButton", "nextButton", "verifyButton", "progressBar", "phaseLabel", "seekWidget"):
        assert not scrolled.isAncestorOf(unwrap(getattr(panel.ui, name))), name
    assert unwrap(panel.ui.marksTable).isHidden()  # no rows, no table
    panel.paint(TRUTH[0] > 0)
    one = panel.ui.marksTable.height
    panel.show(5)
    panel.paint(TRUTH[5] > 0)
    assert panel.ui.marksTable.height > one


def test_presets_say_what_one_gets_and_how_long_it_takes(panel):
    panel.choose(panel.addCine())
    panel.until(lambda: bool(panel.widget.logic.devices.information.automatic))
    panel.host.processEvents(150)
    selector = panel.ui.presetSelector
    titles = {selector.itemData(index): selector.itemText(index) for index in range(selector.count)}
    assert titles["balanced"] == "balanced: learns from this cine, about 20 s"
    assert titles["paper"] == "paper: relearns as published"  # how long was never measured for other lengths
