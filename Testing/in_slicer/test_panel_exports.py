"""What the panel writes beside labels: M-mode, figure, training sets; and what it says of each file."""

from __future__ import annotations

import csv
import subprocess
import sys

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from helpers.dicom_cines import labels, write_cine  # noqa: E402
from helpers.panel_driver import COUNT, FRAMES, SIDE, TRUTH, Panel  # noqa: E402
from helpers.privacy import traces_in  # noqa: E402
from rabengine.errors import InputError, PackageMissingError  # noqa: E402
from rabengine.exchange.find import read_set  # noqa: E402
from RABSegmentLib.Export.PanelKinds import panelKinds  # noqa: E402
from RABSegmentLib.Export.TrainingSets import setFormats  # noqa: E402
from RABSegmentLib.Results.LineEnds import endsFrom  # noqa: E402
from RABSegmentLib.Results.LineNode import lineNode, lineOf  # noqa: E402
from RABSegmentLib.Scene.CineGeometry import engineCine, worldOf  # noqa: E402
from RABSegmentLib.Scene.CineLoading import loadCine  # noqa: E402
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence, segmentationOfBrowser  # noqa: E402
from RABSegmentLib.Session.SceneFile import unpackScene  # noqa: E402

pytestmark = pytest.mark.usefixtures("warmPythonSlicer")

OK, YES = 0x400, 0x4000  # of QMessageBox


def marked(panel: Panel) -> SegmentationSequence:
    """The cine of the tests with two marked frames; it is chosen."""
    browser = panel.addCine()
    panel.choose(browser)
    session = panel.widget.panel.shown.session
    for frame in (0, 4):
        session.mark(frame, {session.segmentation.segmentIds()[0]: TRUTH[frame] > 0})
    panel.host.processEvents(20)
    return segmentationOfBrowser(browser)


def choose_kind(panel: Panel, name: str) -> None:
    number = [kind.name for kind in panelKinds()].index(name)
    panel.ui.exportFormat.setCurrentIndex(number)
    panel.widget.panel.exports.onKindChosen(number)


def write(panel: Panel, name: str, *answers: object) -> str:
    """What the panel says after an export."""
    choose_kind(panel, name)
    panel.host.answers.extend(answers)
    panel.host.click("exportButton")
    return panel.ui.exportLabel.text


def test_the_line_of_an_m_mode_is_dragged_and_written_as_picture_and_table(panel, tmp_path):
    segmentation = marked(panel)
    panel.host.expectError("No line is drawn over Heart")
    write(panel, "mmode", str(tmp_path / "none.png"))
    assert not (tmp_path / "none.png").exists()
    panel.host.click("lineButton")
    assert lineOf(segmentation) == pytest.approx((31.5, 6.3, 31.5, 56.7), abs=0.01)
    node, volume = lineNode(segmentation), segmentation.cine.frameNode(0)
    assert not node.GetDisplayNode().GetPropertiesLabelVisibility(), "no length in mm of pixels without a size"
    rows = np.nonzero((TRUTH[0] > 0)[:, 30])[0]
    for end, row in ((0, 2.0), (1, 60.0)):
        node.SetNthControlPointPositionWorld(end, worldOf(volume, 30.0, row))
    said = write(panel, "mmode", str(tmp_path / "m.png"))
    assert "m.png" in said and "m.csv" in said and (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")
    edges = [row for row in csv.DictReader((tmp_path / "m.csv").open()) if row["frame"] == "0"]
    assert [float(row["position [px]"]) for row in edges] == pytest.approx([rows[0] - 2.5, rows[-1] - 1.5], abs=0.11)
    assert [row["way"] for row in edges] == ["enters", "leaves"]
    panel.host.click("lineButton")
    assert not node.GetDisplayNode().GetVisibility() and lineOf(segmentation) is not None


def test_what_was_done_to_the_line_is_undone_and_stays_on_its_pixels(panel, tmp_path):
    segmentation = marked(panel)
    drawn, moved = (31.5, 6.3, 31.5, 56.7), (0.0, 6.3, 31.5, 56.7)
    panel.host.click("lineButton")
    volume = segmentation.cine.frameNode(0)
    lineNode(segmentation).SetNthControlPointPositionWorld(0, worldOf(volume, 0.0, 6.3))
    panel.host.processEvents(60)
    panel.host.saveScene(tmp_path / "line.mrb")
    content = unpackScene(tmp_path / "line.mrb", tmp_path / "scene", 2**30)
    assert content.drawn is not None and endsFrom(content.drawn.placed.line) == pytest.approx(moved, abs=1e-3)
    panel.ui.spacingEdit.text = "0.25"
    panel.widget.panel.calibration.onSpacing()
    panel.host.processEvents(60)
    assert lineOf(segmentation) == pytest.approx(moved, abs=1e-3)
    slicer.mrmlScene.RemoveNode(lineNode(segmentation))
    panel.host.processEvents(20)
    assert lineOf(segmentation) is None and panel.ui.undoButton.toolTip == "Remove line"
    panel.host.click("undoButton")
    assert lineOf(segmentation) == pytest.approx(moved, abs=1e-3)
    assert panel.ui.lineButton.checked and lineNode(segmentation).GetDisplayNode().GetVisibility()
    panel.host.click("undoButton")
    assert lineOf(segmentation) == pytest.approx(drawn, abs=1e-3)
    panel.host.click("undoButton")
    panel.host.processEvents(20)
    assert lineNode(segmentation) is None and lineOf(segmentation) is None and not panel.ui.lineButton.checked
    for _step in range(2):
        panel.host.click("redoButton")
    panel.host.processEvents(60)
    assert lineOf(segmentation) == pytest.approx(moved, abs=1e-3) and lineNode(segmentation) is not None
    panel.host.click("redoButton")
    panel.host.processEvents(60)
    assert lineOf(segmentation) is None and panel.ui.undoButton.toolTip == "Remove line"


def test_who_deletes_an_end_of_the_line_takes_it_away(panel):
    segmentation = marked(panel)
    panel.host.click("lineButton")
    before = lineOf(segmentation)
    lineNode(segmentation).RemoveNthControlPoint(1)  # what Backspace over it does, and the menu of the view
    panel.host.processEvents(60)
    assert lineNode(segmentation) is None and lineOf(segmentation) is None and not panel.ui.lineButton.checked
    assert panel.ui.undoButton.toolTip == "Remove line"
    panel.host.click("undoButton")
    assert lineOf(segmentation) == pytest.approx(before, abs=1e-3) and panel.ui.lineButton.checked


def test_the_line_is_kept_with_the_scene_and_not_seen_over_another_cine(panel, tmp_path):
    segmentation = marked(panel)
    panel.host.click("lineButton")
    before = lineOf(segmentation)
    panel.choose(panel.addCine("Other"))
    assert not panel.ui.lineButton.checked and not lineNode(segmentation).GetDisplayNode().GetVisibility()
    panel.host.saveScene(tmp_path / "line.mrb")
    panel.host.openScene(tmp_path / "line.mrb")
    [browser] = [one for one in slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode") if "Heart" in one.GetName()]
    assert lineOf(segmentationOfBrowser(browser)) == pytest.approx(before)


def test_a_figure_is_written_and_says_which_segment_it_leaves_out(panel, tmp_path):
    marked(panel).addSegment("Wall")
    panel.host.processEvents(20)
    said = write(panel, "figure", str(tmp_path / "figure.pdf"))
    assert "Wall has no pixels and was left out." in said
    assert (tmp_path / "figure.pdf").read_bytes().startswith(b"%PDF")


def test_each_training_set_holds_the_marked_frames_exactly(panel, tmp_path):
    segmentation = marked(panel)
    cine = engineCine(segmentation.cine, segmentation.cine.frames())
    for name in setFormats():
        said = write(panel, name, YES, str(tmp_path / name))
        assert "2 marked or verified frames." in said, name
        found = read_set(tmp_path / name, cine)
        assert (sorted(found) == [0, 4] and found.names == {1: "Segment 1"}) or not found.names
        assert all(np.array_equal(found[frame] > 0, TRUTH[frame] > 0) for frame in (0, 4)), name


def test_no_set_is_written_while_nobody_looked_for_text_in_the_pixels(panel, tmp_path):
    marked(panel)
    write(panel, "coco")  # and answers No, as Escape does
    assert "Nothing says whether names or dates are burned into the pixels of Heart." in str(panel.host.dialogs)
    assert panel.ui.exportLabel.text.startswith("Holds marked and verified frames")
    assert list(tmp_path.iterdir()) == []


def test_each_kind_says_what_it_holds(panel):
    panel.choose(panel.addCine())
    for kind in panelKinds():
        choose_kind(panel, kind.name)
        assert panel.ui.exportLabel.text, kind.name
    choose_kind(panel, "dicom-seg")
    assert panel.ui.exportLabel.text == "Names the patient, as the cine's own files do."


def test_of_a_dicom_cine_nothing_of_the_patient_leaves_and_what_is_left_out_is_said(panel, tmp_path):
    browser = loadCine(slicer.mrmlScene, write_cine("ultrasound", tmp_path)).browserNode
    panel.choose(browser)
    session = panel.widget.panel.shown.session
    (segment,) = session.segmentation.segmentIds()
    session.segmentation.addSegment("Wall")
    for frame in range(2):
        session.mark(frame, {segment: labels()[frame] == 1})
    panel.host.processEvents(20)
    panel.host.click("lineButton")
    said = write(panel, "dicom-seg", str(tmp_path / "seg.dcm"))
    assert "Wall" in said and "left out" in said
    out = tmp_path / "out"
    out.mkdir()
    write(panel, "mmode", str(out / "m.png"))
    write(panel, "figure", str(out / "figure.pdf"))
    write(panel, "pairs", YES, str(out / "pairs"))
    assert len([path for path in out.rglob("*") if path.is_file()]) > 6
    assert traces_in(out, str(tmp_path)) == set()


def test_a_package_that_an_export_lacks_is_offered_and_what_goes_wrong_costs_one_sentence(panel, tmp_path, monkeypatch):
    """Slicer's pip is asked, where the user agrees: it fails first, then brings the package."""
    figure, missing = sys.modules["RABSegmentLib.Export.Figure"], ["matplotlib"]
    have, installed = figure.require, []

    def require(module: str, purpose: str) -> object:
        if missing:
            raise PackageMissingError(purpose, tuple(missing))
        return have(module, purpose)

    def pip_install(packages: list[str]) -> None:
        installed.append(packages)
        if len(installed) == 1:
            raise subprocess.CalledProcessError(1, "pip")
        missing.clear()

    monkeypatch.setattr(figure, "require", require)
    monkeypatch.setattr(slicer.util, "pip_install", pip_install, raising=False)
    marked(panel)
    path = tmp_path / "figure.pdf"
    panel.host.expectError("A figure needs matplotlib, which is not installed.")
    write(panel, "figure", str(path))  # declines, as Escape does
    assert installed == [] and "Install matplotlib into Slicer's Python?" in str(panel.host.dialogs)
    panel.host.expectError("matplotlib could not be installed.")
    write(panel, "figure", str(path), OK)
    assert list(tmp_path.iterdir()) == []
    write(panel, "figure", str(path), OK)
    assert path.exists() and installed == [["matplotlib"], ["matplotlib"]]
    assert not any(one.isUnderCursor for one in panel.host.dialogs), "no hourglass where a person is to answer"


def test_unmarked_frames_make_no_set(panel, tmp_path):
    browser = panel.addCine()
    panel.choose(browser)
    kind = next(one for one in panelKinds() if one.name == "coco")
    with pytest.raises(InputError, match="No frame of Heart is marked or verified"):
        kind.write(segmentationOfBrowser(browser), tmp_path / "coco")
    assert len(FRAMES) == COUNT and FRAMES.shape[1] == SIDE and list(tmp_path.iterdir()) == []


def test_the_file_that_is_offered_for_an_export_has_a_name_that_every_system_takes(panel, tmp_path):
    segmentation = marked(panel)
    segmentation.cine.node.SetName('3: US 4CH/2CH "rest"')  # as Slicer calls a cine of DICOM
    write(panel, "labels", str(tmp_path / "own.seq.nrrd"))
    [offered] = [one.text for one in panel.host.dialogs if one.kind == "getSaveFileName"]
    assert offered == "3_ US 4CH_2CH _rest_.seq.nrrd" and (tmp_path / "own.seq.nrrd").exists()
