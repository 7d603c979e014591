"""The panel Segment Video, driven by clicks on real MRML and the real engine process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from helpers.engine_processes import engines_of_this_test  # noqa: E402
from helpers.overlap import dice  # noqa: E402
from helpers.own_presets import SMALL, WAITING  # noqa: E402
from helpers.panel_driver import COUNT, SIDE, TRUTH  # noqa: E402
from rabengine.io.read import load_frames  # noqa: E402

# For what asks nothing of the start and the end of engine processes.
warm = pytest.mark.usefixtures("warmPythonSlicer")


def test_the_whole_story_by_clicks(panel, tmp_path):
    host, ui = panel.host, panel.ui
    browser = panel.addCine()
    assert not ui.segmentButton.enabled
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    panel.show(6)
    panel.paint(TRUTH[6] > 0)
    assert [row[0] for row in panel.rows()] == ["0", "6"]

    # Cancel once: the run is on its way, its progress shows.
    panel.take(WAITING)
    host.click("segmentButton")
    assert ui.segmentButton.text == "Cancel" and ui.progressBar.visible
    panel.until(lambda: ui.progressBar.value > 0 and "left" in ui.phaseLabel.text)
    panel.cancel()
    assert "Cancelled" in ui.phaseLabel.text and not ui.progressBar.visible

    panel.run()
    assert "Done" in ui.phaseLabel.text
    found = panel.masks(browser)
    assert np.array_equal(found[0], TRUTH[0] > 0) and np.array_equal(found[6], TRUTH[6] > 0)
    assert all(dice(found[frame], TRUTH[frame] > 0) > 0.85 for frame in range(COUNT))

    host.click("nextButton")
    frame = browser.GetSelectedItemNumber()
    assert frame not in (0, 6) and f"frame {frame}" in ui.frameLabel.text.lower()
    corrected = np.roll(TRUTH[frame] > 0, 2, axis=0)
    host.click("Erase")
    host.erase(ui.segmentEditor, np.ones((SIDE, SIDE), bool))
    host.click("Paint")
    panel.paint(corrected)
    assert [row[0] for row in panel.rows()] == sorted(["0", "6", str(frame)], key=int)
    panel.run()
    assert np.array_equal(panel.masks(browser)[frame], corrected)

    host.click("nextButton")
    verified = browser.GetSelectedItemNumber()
    host.click("verifyButton")
    assert not ui.verifyButton.enabled and "verified" in ui.verifyButton.toolTip
    assert "verified" in [row[3] for row in panel.rows()]

    host.answers.append(str(tmp_path / "é labels.seq.nrrd"))
    host.click("exportButton")
    assert np.array_equal(load_frames(tmp_path / "é labels.seq.nrrd").frames > 0, panel.masks(browser))
    host.click("statisticsButton")
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLPlotChartNode") == 1

    before, rows = panel.masks(browser), panel.rows()
    host.saveScene(tmp_path / "scene.mrb")
    host.closeScene()
    assert ui.cineSelector.currentNode() is None and panel.rows() == [] and not ui.segmentButton.enabled
    host.openScene(tmp_path / "scene.mrb")
    again = ui.cineSelector.currentNode()
    assert again is not None and panel.rows() == rows
    assert np.array_equal(panel.masks(again), before)
    assert ui.presetSelector.itemData(ui.presetSelector.currentIndex) == SMALL
    panel.show(verified)
    assert "verified" in ui.frameLabel.text
    panel.run()  # and it goes on from there
    assert np.array_equal(panel.masks(again)[frame], corrected)


@warm
def test_a_control_that_cannot_work_says_why(panel):
    ui = panel.ui
    for name in ("segmentButton", "nextButton", "verifyButton", "absentButton", "undoRunButton", "exportButton"):
        assert not getattr(ui, name).enabled
        assert "Choose a cine" in getattr(ui, name).toolTip
    panel.choose(panel.addCine())
    assert "Mark a segment" in ui.segmentButton.toolTip
    assert "Segment the video first" in ui.nextButton.toolTip
    assert "Nothing is segmented" in ui.exportButton.toolTip
    panel.paint(TRUTH[0] > 0)
    assert ui.segmentButton.enabled and "marked by you" in ui.verifyButton.toolTip


@warm
def test_absent_here_and_remove_mark(panel):
    panel.choose(panel.addCine())
    panel.paint(TRUTH[0] > 0)
    panel.show(3)
    panel.host.click("absentButton")
    assert [(row[0], row[2]) for row in panel.rows()] == [("0", "Segment 1"), ("3", "no Segment 1")]
    panel.show(0)
    panel.ui.marksTable.setCurrentCell(1, 0)
    panel.widget.panel.marks.onMarkClicked(1)
    assert panel.widget.panel.shown.segmentation.selectedFrame == 3
    panel.host.click("removeMarkButton")
    assert [row[0] for row in panel.rows()] == ["0"]


@warm
def test_a_click_on_the_timeline_shows_the_frame(panel):
    browser = panel.addCine()
    panel.choose(browser)
    timeline = panel.widget.panel.check.timeline
    panel.host.click(timeline, (round(timeline.width * 0.75), 5))
    assert browser.GetSelectedItemNumber() == 7


@warm
def test_undo_takes_the_last_run_back(panel):
    browser = panel.addCine()
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    panel.run()
    assert panel.masks(browser)[5].any()
    panel.host.click("undoRunButton")
    assert not panel.masks(browser)[1:].any() and not panel.ui.undoRunButton.enabled


@warm
def test_a_crash_of_the_engine_costs_one_run(panel):
    host, browser = panel.host, panel.addCine()
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    panel.take(WAITING)
    host.click("segmentButton")
    panel.until(lambda: panel.ui.progressBar.value > 0)
    os.kill(engines_of_this_test()[0], signal.SIGKILL)
    panel.until(lambda: bool(host.dialogs))
    assert "memory" in host.dialogs[-1].text.lower() or "memory" in panel.ui.phaseLabel.text.lower()
    assert panel.ui.segmentButton.text == "Segment video" and panel.ui.segmentButton.enabled
    panel.run()
    assert panel.masks(browser)[5].any()


@warm
def test_a_failure_of_a_cine_that_is_not_shown_names_it(panel):
    one, two = panel.addCine("One"), panel.addCine("Two")
    panel.choose(one)
    panel.paint(TRUTH[0] > 0)
    panel.take(WAITING)
    panel.host.click("segmentButton")
    panel.until(lambda: panel.ui.progressBar.value > 0)
    panel.choose(two)
    assert panel.ui.phaseLabel.text == "" and not panel.ui.progressBar.visible
    os.kill(engines_of_this_test()[0], signal.SIGKILL)
    panel.until(lambda: bool(panel.host.dialogs))
    assert panel.host.dialogs[-1].text.startswith("One") and "memory" in panel.host.dialogs[-1].text
    assert panel.ui.phaseLabel.text == ""


@warm
def test_leaving_reloading_and_closing_leave_no_process(panel):
    browser = panel.addCine()
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    panel.take(WAITING)
    panel.host.click("segmentButton")
    panel.until(lambda: panel.ui.progressBar.value > 0)
    panel.host.exit()
    assert panel.widget.panel.shown.isRunning  # a run goes on while the user looks elsewhere
    panel.widget = panel.host.reload()
    panel.ui = panel.widget.ui
    panel.until(lambda: not engines_of_this_test())
    panel.host.enter()
    assert [row[0] for row in panel.rows()] == ["0"]
    panel.run()
    panel.host.closeScene()
    panel.until(lambda: not engines_of_this_test())


@warm
def test_shortcuts(panel):
    import qt

    browser = panel.addCine()
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    panel.run()
    panel.host.pressKey(qt.Qt.Key_Down, qt.Qt.AltModifier)
    assert browser.GetSelectedItemNumber() == 1
    panel.host.pressKey(qt.Qt.Key_Return, qt.Qt.AltModifier)
    assert panel.rows()[1][3] == "verified"
    panel.host.pressKey(qt.Qt.Key_Up, qt.Qt.AltModifier)
    assert browser.GetSelectedItemNumber() == 0
    panel.host.pressKey(qt.Qt.Key_PageDown, qt.Qt.AltModifier)
    assert browser.GetSelectedItemNumber() > 1


def test_without_torch_the_panel_offers_to_install_it(panel, monkeypatch):
    from RABSegmentPanel import Panel

    monkeypatch.setattr(Panel, "hasTorch", lambda: False)
    panel.choose(panel.addCine())
    panel.paint(TRUTH[0] > 0)
    assert panel.ui.installButton.visible and not panel.ui.segmentButton.enabled
    assert "PyTorch" in panel.ui.segmentButton.toolTip
    panel.host.click("installButton")  # this Slicer has no PyTorch extension
    assert "extension" in panel.host.dialogs[-1].text
    panel.host.errors.clear()


def test_a_browser_that_plays_no_cine_says_so(panel):
    browser = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Nothing")
    panel.choose(browser)
    assert "plays no sequence of images" in panel.ui.cineLabel.text
    assert not panel.ui.segmentButton.enabled


@warm
def test_sample_data_opens_the_echocardiogram(panel):
    pytest.importorskip("pydicom", reason="the sample cine comes with pydicom")
    [source] = panel.host.sampleData
    assert Path(source["thumbnailFileName"]).is_file()
    # Sample Data wants an address of each source; this one is a file that is there already.
    assert source["uris"].startswith("file://") and source["fileNames"] and source["nodeNames"]
    browser = source["customDownloader"](source)
    panel.choose(browser)
    assert "30 frames of 320 x 240 pixels, 0.51 x 0.51 mm" in panel.ui.cineLabel.text


@warm
def test_two_cines_run_at_once_and_each_gets_its_own(panel):
    one, two = panel.addCine("One"), panel.addCine("Two")
    for browser in (one, two):
        panel.choose(browser)
        panel.paint(TRUTH[0] > 0)
        panel.take(SMALL)
        panel.host.click("segmentButton")
    panel.choose(one)
    assert panel.ui.segmentButton.text == "Cancel"
    panel.until(lambda: not panel.widget.logic.sessions.isBusy)
    assert "Done" in panel.ui.phaseLabel.text  # of this cine; the other one's is not told here
    assert np.array_equal(panel.masks(one), panel.masks(two)) and panel.masks(one)[9].any()


@warm
def test_the_console_runs_while_the_panel_shows_the_cine(panel):
    import RABSegment

    browser = panel.addCine()
    panel.choose(browser)
    logic = RABSegment.RABSegmentLogic()
    node = logic.segmentVideo(browser, {0: TRUTH[0]}, preset=SMALL, device="cpu")
    logic.close()
    assert panel.widget.panel.shown.segmentation.node is node
    # What the console wrote are predictions, not marks of the user.
    assert [row[0] for row in panel.rows()] == ["0"]
    assert panel.ui.nextButton.enabled
