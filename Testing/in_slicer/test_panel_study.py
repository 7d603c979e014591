"""The section Study of the panel: the study's cines, one after another, and what is drawn goes to the study."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest
import SimpleITK as sitk

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from PySide6.QtCore import Qt  # noqa: E402

from helpers.study_files import SIDE, make_study, many_cines  # noqa: E402
from rabengine.study.verification import verify_log  # noqa: E402
from RABSegmentLib.Engine.Start import defaultPythonCommand  # noqa: E402
from RABSegmentLib.Session.StudyPictures import cinePicture  # noqa: E402

pytestmark = pytest.mark.usefixtures("warmPythonSlicer")


MASK = np.zeros((SIDE, SIDE), bool)
MASK[20:40, 22:44] = True
KEYS = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier


def texts(table, column):
    return [table.item(row, column).text() for row in range(table.rowCount)]


def test_the_cines_of_a_study_are_listed_opened_one_at_a_time_and_marked_by_name(panel, tmp_path):
    study = make_study(tmp_path, count=2)
    picture = tmp_path / "cines" / "cine3.tif"  # its reader could crash, so a process of its own reads it
    sitk.WriteImage(sitk.ReadImage(str(picture.with_name("cine2.nrrd"))), str(picture))
    assert study.add(picture).cine == 3
    ui, section = panel.ui, panel.widget.panel.study
    assert panel.widget.panel.connections.deaf == []
    assert not ui.nextCineButton.enabled
    ui.studyByEdit.text = "Carla"
    section.open(str(study.folder))
    assert texts(ui.studyTable, 0) == ["1  cine1.nrrd", "2  cine2.nrrd", "3  cine3.tif"]
    assert texts(ui.studyTable, 4) == ["Tester", "", ""] and "0 of 3 cines segmented" in ui.studyLabel.text
    ui.studySearchEdit.text = "cine2"
    assert texts(ui.studyTable, 0) == ["2  cine2.nrrd"]
    ui.studySearchEdit.text = ""

    section.onRow(0)
    panel.until(lambda: section.queue.current == 1)
    assert panel.rows()[0][0] == "0" and not ui.undoButton.enabled
    count = slicer.mrmlScene.GetNumberOfNodes()
    panel.host.click("lineButton")
    panel.show(1)
    panel.paint(MASK)
    panel.host.click("nextCineButton")
    panel.until(lambda: section.queue.current == 2)
    [_, rating] = study.ratings(1)
    assert (rating.by, rating.frame) == ("Carla", 1)
    assert np.array_equal(study.marked_labels(1, (SIDE, SIDE))[1] > 0, MASK)
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSequenceBrowserNode") == 1
    assert panel.host.drawnSegmentations("Red") == ["cine2.nrrd segmentation"]
    assert slicer.mrmlScene.GetNumberOfNodes() == count, "one cine is in the scene, with what was made of it"
    assert verify_log(study).problems == ()
    assert not ui.checkCineButton.enabled and ui.nextCineButton.enabled
    section.openCine(3)
    panel.until(lambda: section.queue.current == 3)
    assert cinePicture(study, 3, defaultPythonCommand()), "as the list asks for it where the row is seen"


def test_what_segment_video_finds_is_the_prediction_of_the_study_and_the_next_cine_comes_by_keys(panel, tmp_path):
    study = make_study(tmp_path, count=2)
    ui, section = panel.ui, panel.widget.panel.study
    ui.studyByEdit.text = "Carla"
    section.open(str(study.folder))
    section.onRow(0)
    panel.until(lambda: section.queue.current == 1)
    panel.show(2)
    panel.paint(MASK)
    panel.run()
    found = study.prediction(1)
    assert found.marked_frames == (0, 2) and np.array_equal(found.labels[2] > 0, MASK)
    [segment] = panel.widget.panel.shown.segmentation.segmentIds()
    shown = panel.widget.panel.shown.segmentation.masks(1)[segment]
    assert found.labels[1].any() and np.array_equal(found.labels[1] > 0, shown)
    predicted = study.cine(1).prediction
    assert (predicted.by, predicted.carried, predicted.next_frame) == ("Carla", (), 1) and predicted.at
    assert [mark.frame for mark in study.marks(1)] == [0, 2] and study.cine(1).status == "predicted"
    assert texts(ui.studyTable, 1)[0] in ("predicted", "needs a person") and texts(ui.studyTable, 2)[0]
    assert ui.studyProgress.value == 50 and ui.checkCineButton.enabled
    panel.host.pressKey(Qt.Key.Key_Return, KEYS)
    assert study.cine(1).checked_by == "Carla"
    left = panel.widget.panel.shown.session
    panel.host.pressKey(Qt.Key.Key_PageDown, KEYS)
    panel.until(lambda: section.queue.current == 2)
    panel.until(lambda: left._client is None)  # its engine ended
    panel.host.pressKey(Qt.Key.Key_Up, KEYS)
    panel.until(lambda: section.queue.current == 1)
    panel.show(1)
    section._kept = time.monotonic()  # nobody looks again before the scene is closed
    panel.paint(MASK)
    panel.host.closeScene()
    assert np.array_equal(study.marked_labels(1, (SIDE, SIDE))[1] > 0, (found.labels[1] > 0) | MASK)
    assert verify_log(study).problems == ()


def test_while_a_cine_is_read_slicers_main_thread_lets_threads_of_python_run(panel, tmp_path, monkeypatch):
    study = make_study(tmp_path, count=1)
    picture = tmp_path / "cines" / "cine2.tif"
    sitk.WriteImage(sitk.ReadImage(str(picture.with_name("cine1.nrrd"))), str(picture))
    study.add(picture)
    waiting = tmp_path / "PythonSlicer"
    waiting.write_text("#!/bin/sh\nexec sleep 1000\n")
    waiting.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    section, turns, isOver = panel.widget.panel.study, [0], threading.Event()

    def count() -> None:
        while not isOver.is_set():
            turns[0] += 1
            time.sleep(0)  # another turn is needed to go on

    threading.Thread(target=count, daemon=True).start()
    section.open(str(study.folder))
    section.openCine(2)
    before = turns[0]
    panel.host.processEvents(200)
    counted = turns[0] - before
    isOver.set()
    assert counted > 400, "some 75 where nobody lets them run"
    section.close()  # as when Slicer ends, which waits for all threads: one may be at a file for minutes
    panel.until(lambda: not any(one.name.startswith("rabsegment-") for one in threading.enumerate()))


def test_a_package_that_a_cine_of_a_study_needs_is_offered(panel, tmp_path, monkeypatch):
    from rabengine.errors import PackageMissingError
    from rabengine.study import Study

    study = make_study(tmp_path, count=1)
    asked, missing, read = [], [PackageMissingError("cine1.nrrd", ("tifffile",))], Study.read

    def readTwice(*arguments):
        if missing:
            raise missing.pop()
        return read(*arguments)

    monkeypatch.setattr(Study, "read", readTwice)
    monkeypatch.setattr(slicer.util, "pip_install", asked.append, raising=False)
    section = panel.widget.panel.study
    section.open(str(study.folder))
    panel.host.answers.append(0x400)  # QMessageBox.Ok
    section.openCine(1)
    panel.until(lambda: section.queue.current == 1)
    assert asked == [["tifffile"]] and "cine1.nrrd needs tifffile" in str(panel.host.dialogs)


def test_a_study_that_is_out_of_reach_is_told_of_once_and_keeps_nothing_from_ending(panel, tmp_path):
    study = make_study(tmp_path, count=1)
    section = panel.widget.panel.study
    section.open(str(study.folder))
    section.openCine(1)
    panel.until(lambda: section.queue.current == 1)
    away = tmp_path / "away"

    def look() -> None:
        section._kept = 0.0
        section.onTimer()

    panel.show(1)
    study.folder.rename(away)
    panel.paint(MASK)
    for _time in range(3):
        look()
    [told] = panel.host.dialogs
    assert "The marks cannot be kept in the study." in str(told)
    away.rename(study.folder)
    look()
    assert np.array_equal(study.marked_labels(1, (SIDE, SIDE))[1] > 0, MASK) and len(panel.host.dialogs) == 1
    panel.show(2)
    panel.paint(MASK)
    study.folder.rename(away)
    section.close()
    assert len(panel.host.dialogs) == 2
    panel.until(lambda: not any(one.name.startswith("rabsegment-") for one in threading.enumerate()))


def test_a_study_of_a_thousand_cines_is_listed_to_its_end_with_small_pictures(panel, tmp_path):
    study = many_cines(tmp_path, 1000)
    ui, section = panel.ui, panel.widget.panel.study
    section.open(str(study.folder))
    panel.until(lambda: ui.studyTable.rowCount == 1000)
    assert texts(ui.studyTable, 0) == [f"{number}  cine{number}.nrrd" for number in range(1, 1001)]
    panel.until(lambda: not ui.studyTable.item(0, 0).icon().isNull())
    assert (study.folder / "thumbnails" / "000001.png").is_file()
    study.mark(700, {0: np.ones((SIDE, SIDE), np.uint8)}, by="Emil", cine=study.read(1))
    panel.until(lambda: ui.studyTable.item(699, 4).text() == "Emil")
    assert texts(ui.studyTable, 3)[698:701] == ["0", "1", "0"]
    ui.studySearchEdit.text = "cine99"
    assert len(texts(ui.studyTable, 0)) == 11
    ui.studySearchEdit.text = ""
    panel.until(lambda: ui.studyTable.rowCount == 1000)
    section.queue.current = 650
    section.showList()
    assert ui.studyTable.currentRow() == 649
