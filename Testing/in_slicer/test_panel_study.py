"""The section Study of the panel: the study's cines, one after another, and what is drawn goes to the study."""

from __future__ import annotations

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from helpers.study_files import SIDE, make_study  # noqa: E402
from rabengine.study.verification import verify_log  # noqa: E402

pytestmark = pytest.mark.usefixtures("warmPythonSlicer")


def texts(table, column):
    return [table.item(row, column).text() for row in range(table.rowCount)]


def test_the_cines_of_a_study_are_listed_opened_one_at_a_time_and_marked_by_name(panel, tmp_path):
    study = make_study(tmp_path, count=2)
    ui, section = panel.ui, panel.widget.panel.study
    assert panel.widget.panel.connections.deaf == []
    assert not ui.nextCineButton.enabled
    ui.studyByEdit.text = "Carla"
    section.open(str(study.folder))
    assert texts(ui.studyTable, 0) == ["1  cine1.nrrd", "2  cine2.nrrd"]
    assert texts(ui.studyTable, 4) == ["Tester", ""] and "0 of 2 cines segmented" in ui.studyLabel.text
    ui.studySearchEdit.text = "cine2"
    assert texts(ui.studyTable, 0) == ["2  cine2.nrrd"]
    ui.studySearchEdit.text = ""

    section.onRow(0)
    panel.until(lambda: section.queue.current == 1)
    assert panel.rows()[0][0] == "0" and not ui.undoButton.enabled
    drawn = np.zeros((SIDE, SIDE), bool)
    drawn[20:40, 22:44] = True
    panel.show(1)
    panel.paint(drawn)
    panel.host.click("nextCineButton")
    panel.until(lambda: section.queue.current == 2)
    [_, rating] = study.ratings(1)
    assert (rating.by, rating.frame) == ("Carla", 1)
    assert np.array_equal(study.marked_labels(1, (SIDE, SIDE))[1] > 0, drawn)
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSequenceBrowserNode") == 1
    assert verify_log(study).problems == ()
    assert not ui.checkCineButton.enabled and ui.nextCineButton.enabled
