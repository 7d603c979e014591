"""What the panel does to marks beside painting: undo of everything, marks from files, calibration, cines from files."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import SimpleITK

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from helpers.own_presets import SMALL  # noqa: E402
from helpers.panel_driver import FRAMES, TRUTH  # noqa: E402
from rabengine.errors import InputError  # noqa: E402
from RABSegmentLib.Scene.SegmentationSequence import segmentationOfBrowser  # noqa: E402
from slicer_host.values import unwrap  # noqa: E402

pytestmark = pytest.mark.usefixtures("warmPythonSlicer")


def test_every_change_of_marks_can_be_undone_on_the_frame_concerned(panel):
    host, ui = panel.host, panel.ui
    browser = panel.addCine()
    panel.choose(browser)
    assert not ui.undoButton.enabled
    panel.paint(TRUTH[0] > 0)
    panel.show(4)
    panel.paint(TRUTH[4] > 0)
    host.click("absentButton")
    assert panel.rows()[1][2] == "no Segment 1"
    panel.show(7)
    host.click("undoButton")  # of Absent here: the drawing comes back, and its frame is shown
    assert browser.GetSelectedItemNumber() == 4
    assert panel.rows()[1][2] == "Segment 1" and np.array_equal(panel.masks(browser)[4], TRUTH[4] > 0)
    ui.marksTable.setCurrentCell(0, 0)
    host.click("removeMarkButton")
    assert [row[0] for row in panel.rows()] == ["4"]
    host.click("undoButton")
    assert [row[0] for row in panel.rows()] == ["0", "4"]
    host.click("undoButton")
    host.click("undoButton")
    assert panel.rows() == [] and not panel.masks(browser).any()
    for _ in range(2):
        host.click("redoButton")
    assert [row[0] for row in panel.rows()] == ["0", "4"]
    assert np.array_equal(panel.masks(browser)[4], TRUTH[4] > 0)


def test_a_run_is_one_step(panel):
    browser = panel.addCine()
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    panel.run()
    found = panel.masks(browser)
    assert found[9].any() and panel.ui.undoButton.toolTip == "Segment video"
    panel.host.click("undoButton")
    assert not panel.masks(browser)[1:].any() and [row[0] for row in panel.rows()] == ["0"]
    panel.host.click("redoButton")
    assert np.array_equal(panel.masks(browser), found)


def test_a_run_that_ends_while_another_cine_is_shown_is_one_step_too(panel):
    one, two = panel.addCine("One"), panel.addCine("Two")
    panel.choose(one)
    panel.paint(TRUTH[0] > 0)
    panel.take(SMALL)
    panel.host.click("segmentButton")
    panel.choose(two)
    panel.until(lambda: not panel.widget.logic.sessions.isBusy)
    panel.choose(one)
    assert panel.masks(one)[9].any() and panel.ui.undoButton.toolTip == "Segment video"
    panel.host.click("undoButton")
    assert not panel.masks(one)[1:].any() and [row[0] for row in panel.rows()] == ["0"]


def test_each_cine_has_its_own_history(panel):
    one, two = panel.addCine("One"), panel.addCine("Two")
    panel.choose(one)
    panel.paint(TRUTH[0] > 0)
    panel.choose(two)
    assert not panel.ui.undoButton.enabled
    panel.choose(one)
    panel.host.click("undoButton")
    assert panel.rows() == []


def test_label_files_are_marks(panel, tmp_path):
    browser = panel.addCine()
    panel.choose(browser)
    labels = np.zeros(TRUTH.shape, np.uint8)
    labels[[2, 6]] = TRUTH[[2, 6]] > 0
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(labels), str(tmp_path / "labels.nrrd"))
    panel.host.answers.append(str(tmp_path / "labels.nrrd"))
    panel.widget.panel.marks.onMarksFile()
    assert [row[0] for row in panel.rows()] == ["2", "6"]
    assert np.array_equal(panel.masks(browser)[6], TRUTH[6] > 0)
    assert "2 frames" in panel.ui.phaseLabel.text
    panel.host.click("undoButton")
    assert panel.rows() == []


def test_a_file_that_is_no_label_marks_nothing(panel, tmp_path):
    panel.choose(panel.addCine())
    (tmp_path / "notes.txt").write_text("no labels")
    panel.host.answers.append(str(tmp_path / "notes.txt"))
    with pytest.raises(InputError, match=r"notes.txt are of a type"):
        panel.widget.panel.marks.onMarksFile()
    assert panel.rows() == []


def test_calibration_can_be_said_where_the_file_has_none(panel):
    browser = panel.addCine()
    panel.choose(browser)
    panel.paint(TRUTH[0] > 0)
    ui = panel.ui
    assert ui.spacingEdit.enabled and ui.spacingEdit.text == ""
    ui.spacingEdit.text = "0.5 0.25"
    panel.widget.panel.calibration.onSpacing()
    ui.frameTimeEdit.text = "0.04"
    panel.widget.panel.calibration.onFrameTime()
    found = segmentationOfBrowser(browser)
    assert found.cine.spacing == (0.25, 0.5)
    assert found.cine.times()[2] == pytest.approx(0.08) and found.cine.indexUnit == "s"
    assert [row[0] for row in panel.rows()] == ["0"]  # marks follow their frames
    panel.show(5)
    panel.paint(TRUTH[5] > 0)
    assert [row[1] for row in panel.rows()] == ["0.00 s", "0.20 s"]
    assert np.array_equal(panel.masks(browser)[5], TRUTH[5] > 0)


def test_a_wrong_calibration_is_refused_in_words(panel):
    panel.choose(panel.addCine())
    panel.ui.spacingEdit.text = "half a millimetre"
    with pytest.raises(InputError, match="half a millimetre"):
        panel.widget.panel.calibration.onSpacing()
    assert segmentationOfBrowser(panel.ui.cineSelector.currentNode()).cine.spacing is None


@pytest.mark.parametrize("name", ["spacingEdit", "frameTimeEdit"])
def test_a_wrong_calibration_is_refused_once_though_the_box_that_says_so_takes_the_focus(panel, name):
    panel.choose(panel.addCine())
    panel.ui.advancedSection.collapsed = False
    panel.host.processEvents(20)
    edit = unwrap(getattr(panel.ui, name))
    edit.setFocus()
    edit.setText("half")
    panel.host.expectError("'half' is no such number")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert len(panel.host.dialogs) == 1 and edit.text() == ""


def test_a_cine_is_read_in_a_process_of_its_own(panel, tmp_path):
    path = tmp_path / "é heart.nrrd"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(FRAMES), str(path))
    panel.host.answers.append(str(path))
    panel.widget.panel.cine.onOpenFile()
    assert "Reading é heart.nrrd" in panel.ui.cineLabel.text
    panel.until(lambda: panel.ui.cineSelector.currentNode() is not None)
    panel.host.processEvents(150)
    assert "10 frames" in panel.ui.cineLabel.text


def test_of_a_file_with_several_slices_one_is_chosen(panel, tmp_path):
    volumes = np.stack([FRAMES, 255 - FRAMES], axis=1)  # frames, slices, rows, columns
    image = SimpleITK.JoinSeries([SimpleITK.GetImageFromArray(volume) for volume in volumes])
    path = tmp_path / "stack.mha"
    SimpleITK.WriteImage(image, str(path))
    panel.host.answers.extend((str(path), ""))  # and presses Escape
    panel.widget.panel.cine.onOpenFile()
    panel.until(lambda: "Which cine of the file?" in str(panel.host.dialogs))
    assert not panel.widget.logic.opening.isBusy
    panel.host.answers.extend((str(path), "1 (slice 1, 10 frames)"))
    panel.widget.panel.cine.onOpenFile()
    panel.until(lambda: panel.ui.cineSelector.currentNode() is not None)
    cine = panel.widget.panel.shown.segmentation.cine
    assert cine.node.GetName() == "stack 1" and np.array_equal(cine.frames()[3], 255 - FRAMES[3])


def test_a_broken_cine_costs_one_sentence(panel, tmp_path):
    (tmp_path / "broken.nrrd").write_bytes(b"NRRD0004\ntype: float\n")
    panel.host.answers.append(str(tmp_path / "broken.nrrd"))
    panel.host.expectError("broken.nrrd")
    panel.widget.panel.cine.onOpenFile()
    panel.until(lambda: "Open..." in panel.ui.cineLabel.text)
    assert not panel.widget.logic.opening.isBusy


def test_a_package_that_a_file_needs_is_offered(panel, tmp_path, monkeypatch):
    """Slicer's own installer is asked; when the user agrees the file is read again."""
    from rabengine.errors import PackageMissingError

    path = tmp_path / "heart.nrrd"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(FRAMES), str(path))
    section, opening = sys.modules["RABSegmentPanel.CineSection"], panel.widget.logic.opening
    asked = []
    monkeypatch.setattr(section, "offerPackages", lambda packages, purpose: asked.append((packages, purpose)) or True)
    take, missing = opening.take, [PackageMissingError("heart.nrrd", ("tifffile",))]

    def takeTwice():
        if missing:
            raise missing.pop()
        return take()

    monkeypatch.setattr(opening, "take", takeTwice)
    panel.host.answers.append(str(path))
    panel.widget.panel.cine.onOpenFile()
    panel.until(lambda: panel.ui.cineSelector.currentNode() is not None)
    assert asked == [(("tifffile",), "heart.nrrd needs tifffile, which is not installed.")]


def test_work_is_done_again_with_the_packages_that_it_lacked(monkeypatch):
    from rabengine.errors import PackageMissingError
    from RABSegmentLib.Engine import Installation

    answers, there = [False, True], []

    def offer(packages, _purpose):
        agreed = answers.pop(0)
        there.extend(packages if agreed else ())
        return agreed

    def work():
        if "av" not in there:
            raise PackageMissingError("An overlay video", ("av",))
        return "written"

    monkeypatch.setattr(Installation, "offerPackages", offer)
    with pytest.raises(PackageMissingError, match="An overlay video needs av"):
        Installation.withPackages(work)
    assert Installation.withPackages(work) == "written"
