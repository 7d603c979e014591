"""Apex and mitral plane of a left ventricle in the panel: found on the masks, dragged, put back, kept."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from highdicom.sr import srread
from pydicom import dcmread

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from vtkmodules.vtkCommonCore import vtkPoints  # noqa: E402
from vtkmodules.vtkCommonTransforms import vtkThinPlateSplineTransform  # noqa: E402

from helpers.dicom_files import write_dicom  # noqa: E402
from helpers.panel_driver import Panel  # noqa: E402
from rabengine.cine import DicomFrame  # noqa: E402
from rabengine.measurement.concepts import CODES  # noqa: E402
from rabengine.measurement.landmarks import GivenLandmarks  # noqa: E402
from rabengine.measurement.measure import measure_biplane, measure_masks  # noqa: E402
from RABSegmentLib.Export.Measurements import exportMeasurements  # noqa: E402
from RABSegmentLib.Export.PanelKinds import panelKinds  # noqa: E402
from RABSegmentLib.Results.LineNode import lineNode, lineOf  # noqa: E402
from RABSegmentLib.Results.Measuring import scaleOf, segmentMasks  # noqa: E402
from RABSegmentLib.Results.MovedPoints import movedPoints  # noqa: E402
from RABSegmentLib.Scene.CineGeometry import pixelOf, worldOf  # noqa: E402
from RABSegmentLib.Scene.CineLoading import cineFromArray  # noqa: E402
from RABSegmentLib.Scene.CineSequence import setDicomFrames  # noqa: E402
from RABSegmentLib.Scene.SegmentationSequence import segmentationOfBrowser  # noqa: E402

pytestmark = pytest.mark.usefixtures("warmPythonSlicer")

SIDE, ED, ES = 96, 0, 2
LEFT_VENTRICLE = "Left ventricle"


def ventricle(scale: float) -> np.ndarray:
    """(96, 96) bool of half an ellipse: its apex above, its base a straight line in row 80."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return (((x - 48) / (22 * scale)) ** 2 + ((y - 80) / (60 * scale)) ** 2 <= 1) & (y <= 80)


def segmented(panel: Panel, name: str = "Four chambers", spacing: float = 0.5) -> object:
    """A cine of four frames whose ventricle contracts up to frame 2; it is chosen, and so is its ventricle."""
    browser = cineFromArray(slicer.mrmlScene, np.zeros((4, SIDE, SIDE), np.uint8), name)
    panel.choose(browser)
    if spacing:
        panel.ui.spacingEdit.text = str(spacing)
        panel.widget.panel.calibration.onSpacing()
    session = panel.widget.panel.shown.session
    (segment,) = session.segmentation.segmentIds()
    session.segmentation.renameSegment(segment, LEFT_VENTRICLE)
    for frame, scale in enumerate((1.0, 0.9, 0.8, 0.95)):
        session.mark(frame, {segment: ventricle(scale)})
    panel.host.processEvents(20)
    panel.ui.ventricleSelector.setCurrentIndex(1)
    panel.widget.panel.results.onVentricleChosen(1)
    panel.host.processEvents(20)
    return browser


def points(browser: object) -> dict[int, object]:
    """{frame: markups node}."""
    nodes = slicer.util.getNodesByClass("vtkMRMLMarkupsFiducialNode")
    return {int(node.GetAttribute("RABSegment.Frame")): node for node in nodes}


def places(browser: object, frame: int) -> np.ndarray:
    """(3, 2) x and y of the points on a frame."""
    volume, node = segmentationOfBrowser(browser).cine.frameNode(frame), points(browser)[frame]
    return np.array([pixelOf(volume, node.GetNthControlPointPositionWorld(one))[:2] for one in range(3)])


def drag(panel: Panel, browser: object, frame: int, point: int, x: float, y: float) -> None:
    volume = segmentationOfBrowser(browser).cine.frameNode(frame)
    points(browser)[frame].SetNthControlPointPositionWorld(point, worldOf(volume, x, y))
    panel.host.processEvents(60)


def seen(browser: object) -> list[int]:
    return [frame for frame, node in sorted(points(browser).items()) if node.GetDisplayNode().GetVisibility()]


def visible() -> list[str]:
    """Names of the points' nodes that are seen."""
    nodes = slicer.util.getNodesByClass("vtkMRMLMarkupsFiducialNode")
    return [node.GetName() for node in nodes if node.GetDisplayNode().GetVisibility()]


def figure(panel: Panel, title: str) -> str:
    """Of the report, such as "48 ml"."""
    found = [part for part in panel.ui.statisticsLabel.text.split(". ")[0].split(", ") if part.startswith(title + " ")]
    return found[0].removeprefix(title + " ") if found else ""


def test_points_are_found_on_the_mask_and_seen_on_their_frames_alone(panel):
    browser = segmented(panel)
    assert points(browser) == {} and panel.ui.pointsButton.enabled and not panel.ui.resetPointsButton.enabled
    panel.show(3)
    panel.host.click("pointsButton")
    assert browser.GetSelectedItemNumber() == ED and seen(browser) == [ED]
    assert sorted(points(browser)) == [ED, ES]
    node = points(browser)[ED]
    assert [node.GetNthControlPointLabel(number) for number in range(3)] == ["Apex", "Mitral 1", "Mitral 2"]
    assert places(browser, ED)[0] == pytest.approx([48, 20], abs=1.5)
    assert sorted(places(browser, ED)[1:].tolist()) == [pytest.approx([26, 80], abs=2), pytest.approx([70, 80], abs=2)]
    assert places(browser, ES)[0] == pytest.approx([48, 32], abs=1.5)
    for frame, wanted in ((1, []), (ES, [ES]), (3, [])):
        panel.show(frame)
        assert seen(browser) == wanted
    panel.host.click("pointsButton")
    panel.show(ED)
    assert seen(browser) == []


def test_what_lies_over_a_cine_stays_on_its_picture_where_a_transform_moves_it(panel):
    browser = segmented(panel)
    segmentation = segmentationOfBrowser(browser)
    panel.host.click("pointsButton")
    panel.host.click("lineButton")
    apex, top = places(browser, ED)[0], lineOf(segmentation)[:2]
    picture, line = segmentation.cineProxyNode, lineNode(segmentation)
    probe = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Probe")
    turned = np.array([[0, -1, 0, 5], [1, 0, 0, 60], [0, 0, 1, 7], [0, 0, 0, 1]], float)
    slicer.util.updateTransformMatrixFromArray(probe, turned)
    picture.SetAndObserveTransformNodeID(probe.GetID())
    point = points(browser)[ED]
    for node, place in ((point, apex), (line, top)):
        assert pixelOf(picture, node.GetNthControlPointPositionWorld(0))[:2] == pytest.approx(place, abs=0.01)
    assert segmentation.proxyNode.GetParentTransformNode() is probe, "a stroke goes where the mouse is in the world"
    panel.host.click("lineButton")
    slicer.mrmlScene.RemoveNode(line)
    panel.host.click("lineButton")
    point.SetNthControlPointPositionWorld(0, worldOf(picture, 40.0, 22.0))
    panel.host.processEvents(60)
    moved = movedPoints(segmentation, segmentation.segmentIds()[0])
    assert moved == {ED: GivenLandmarks(apex=pytest.approx((40.0, 22.0)))}
    picture.SetAndObserveTransformNodeID(None)
    assert {node.GetParentTransformNode() for node in (segmentation.proxyNode, point)} == {None}
    panel.host.processEvents(60)
    assert places(browser, ED)[0] == pytest.approx((40.0, 22.0))


def test_the_red_view_lies_in_a_cine_that_a_transform_warps(panel):
    browser = panel.addCine()
    warp = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode", "Warp")
    spline, points = vtkThinPlateSplineTransform(), vtkPoints()
    moved = vtkPoints()
    for x, y, z in ((0, 0, 0), (0, 60, 0), (60, 0, 0), (60, 60, 0), (30, 30, 30), (30, 30, -30)):
        points.InsertNextPoint(x, y, z)
        moved.InsertNextPoint(z, x, y + 0.001 * x * y)
    spline.SetSourceLandmarks(points)
    spline.SetTargetLandmarks(moved)
    spline.SetBasisToR()
    warp.SetAndObserveTransformToParent(spline)
    browser.GetProxyNode(browser.GetMasterSequenceNode()).SetAndObserveTransformNodeID(warp.GetID())
    panel.choose(browser)
    view = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode().GetSliceToRAS()
    assert abs(view.GetElement(0, 2)) > 0.9, "across the axis that its slices became"


def test_a_dragged_point_changes_the_values_as_the_command_line_does(panel):
    browser = segmented(panel)
    panel.host.click("pointsButton")
    before = figure(panel, "EDV")
    drag(panel, browser, ED, 1, 27.0, 70.0)
    drag(panel, browser, ED, 2, 69.0, 70.0)
    segmentation = segmentationOfBrowser(browser)
    (segment,) = segmentation.segmentIds()
    given = {ED: GivenLandmarks(mitral=(pytest.approx((27.0, 70.0)), pytest.approx((69.0, 70.0))))}
    assert movedPoints(segmentation, segment) == given
    found = measure_masks(
        [segmentMasks(segmentation, segment)],
        scaleOf(segmentation),
        ("ventricle",),
        given={ED: GivenLandmarks(mitral=((27.0, 70.0), (69.0, 70.0)))},
    )
    volume = found.value("end-diastolic volume (area-length)")
    assert figure(panel, "EDV") == f"{volume:.2g} ml" != before
    assert "moved by hand on frame 0" in panel.ui.statisticsLabel.text and panel.ui.resetPointsButton.enabled
    assert places(browser, ED)[0] == pytest.approx([48, 20], abs=1.5)
    panel.host.click("resetPointsButton")
    assert figure(panel, "EDV") == before and movedPoints(segmentation, segment) == {}
    assert sorted(places(browser, ED)[1:].tolist())[0] == pytest.approx([26, 80], abs=2)
    assert "moved by hand" not in panel.ui.statisticsLabel.text
    panel.host.click("undoButton")
    assert movedPoints(segmentation, segment) == given and figure(panel, "EDV") == f"{volume:.2g} ml"
    assert places(browser, ED)[1] == pytest.approx([27, 70], abs=0.01)
    panel.show(3)
    panel.host.click("undoButton")
    assert movedPoints(segmentation, segment) == {} and figure(panel, "EDV") == before
    assert browser.GetSelectedItemNumber() == ED
    assert places(browser, ED)[1:, 1] == pytest.approx([80, 80], abs=2)
    panel.host.click("redoButton")
    assert movedPoints(segmentation, segment) == given


def test_a_point_whose_place_is_cleared_in_the_menu_of_the_view_comes_back(panel):
    browser = segmented(panel)
    panel.host.click("pointsButton")
    found, text = places(browser, ED), panel.ui.statisticsLabel.text
    points(browser)[ED].UnsetNthControlPointPosition(0)  # what Slicer's menu does where the number of points is fixed
    panel.host.processEvents(60)
    assert points(browser)[ED].GetNthControlPointPositionStatus(0) == slicer.vtkMRMLMarkupsNode.PositionDefined
    assert places(browser, ED) == pytest.approx(found) and panel.ui.statisticsLabel.text == text
    assert not panel.ui.resetPointsButton.enabled


def test_an_apex_that_was_dragged_stays_while_masks_change(panel):
    browser = segmented(panel)
    panel.host.click("pointsButton")
    drag(panel, browser, ES, 0, 48.0, 40.0)
    drag(panel, browser, ES, 0, 48.0, 36.0)  # on the way, as a mouse does
    session = panel.widget.panel.shown.session
    (segment,) = session.segmentation.segmentIds()
    session.mark(ED, {segment: np.roll(ventricle(1.0), 4, axis=1)})
    panel.host.processEvents(50)
    assert places(browser, ED)[0] == pytest.approx([52, 20], abs=1.5)
    assert places(browser, ES)[0] == pytest.approx([48, 36], abs=0.01)


def test_a_plane_that_leaves_nothing_of_the_ventricle_costs_one_sentence(panel):
    browser = segmented(panel)
    panel.host.click("pointsButton")
    drag(panel, browser, ED, 1, 30.0, 2.0)
    drag(panel, browser, ED, 2, 66.0, 2.0)
    drag(panel, browser, ED, 0, 48.0, 0.0)
    assert panel.ui.statisticsLabel.text.startswith("On frame 0 nothing of the ventricle lies on the apex's side")
    panel.host.click("resetPointsButton")
    assert figure(panel, "EF").endswith("%")


def test_points_are_kept_with_the_scene(panel, tmp_path):
    browser = segmented(panel)
    panel.host.click("pointsButton")
    drag(panel, browser, ED, 0, 50.0, 24.0)
    told = panel.ui.statisticsLabel.text
    panel.host.saveScene(tmp_path / "points.mrb")
    panel.host.openScene(tmp_path / "points.mrb")
    browser = panel.ui.cineSelector.currentNode()
    assert sorted(points(browser)) == [ED, ES] and panel.ui.pointsButton.checked
    assert places(browser, ED)[0] == pytest.approx([50, 24], abs=0.01)
    panel.host.click("statisticsButton")
    assert panel.ui.statisticsLabel.text.splitlines()[0] == told
    drag(panel, browser, ED, 0, 48.0, 20.0)
    assert panel.ui.statisticsLabel.text.splitlines()[0] != told
    panel.host.click("layoutButton")


def test_a_pixel_size_that_is_said_later_leaves_the_points_on_their_pixels(panel):
    browser = segmented(panel, spacing=0)
    panel.host.click("pointsButton")
    drag(panel, browser, ED, 0, 50.0, 24.0)
    panel.ui.spacingEdit.text = "0.25"
    panel.widget.panel.calibration.onSpacing()
    panel.host.processEvents(50)
    assert places(browser, ED)[0] == pytest.approx([50, 24], abs=0.01)
    assert figure(panel, "EDV") == ""  # it was said before there was a size
    panel.host.click("statisticsButton")
    assert figure(panel, "EDV").endswith("ml")
    panel.host.click("layoutButton")


def test_points_of_another_cine_are_not_seen(panel):
    first = segmented(panel)
    panel.host.click("pointsButton")
    segmented(panel, "Two chambers")
    assert visible() == ["Two chambers apex and mitral plane, frame 0"]
    panel.choose(first)
    panel.show(ED)
    assert visible() == ["Four chambers apex and mitral plane, frame 0"]


def choose_second(panel: Panel, name: str) -> None:
    selector = panel.ui.secondViewSelector
    titles = [selector.itemText(index) for index in range(selector.count)]
    selector.setCurrentIndex(titles.index(name))
    panel.widget.panel.results.onSecondViewChosen(titles.index(name))
    panel.host.processEvents(20)


def read_from(browser: object, folder: Path, patient: str) -> None:
    """Say that a cine was read from a DICOM file of a patient."""
    file = write_dicom(folder / f"{patient}.dcm", np.zeros((4, SIDE, SIDE), np.uint8), PatientID=patient)
    node, instance = segmentationOfBrowser(browser).cine.node, str(dcmread(file).SOPInstanceUID)
    setDicomFrames(node, [DicomFrame(str(file), instance, number) for number in range(1, 5)])


def test_a_second_cine_of_the_scene_gives_biplane_values(panel, tmp_path):
    segmented(panel)
    assert not panel.ui.secondViewSelector.enabled
    assert panel.ui.secondViewSelector.toolTip == "Open and segment the other view of the same patient, too."
    segmented(panel, "Two chambers")
    choose_second(panel, "Four chambers")
    assert figure(panel, "EDV biplane").endswith("ml") and figure(panel, "EF biplane").endswith("%")
    assert "of this view and of Four chambers" in panel.ui.statisticsLabel.text
    panel.host.saveScene(tmp_path / "pair.mrb")
    panel.host.openScene(tmp_path / "pair.mrb")
    assert panel.ui.secondViewSelector.currentText == "Four chambers"
    panel.host.click("statisticsButton")
    assert figure(panel, "EF biplane").endswith("%")
    choose_second(panel, "none")
    assert "biplane" not in panel.ui.statisticsLabel.text
    panel.host.click("layoutButton")


def export(panel: Panel, name: str, path: Path) -> str:
    """Write one of the panel's kinds; returns what it says."""
    number = [kind.name for kind in panelKinds()].index(name)
    panel.ui.exportFormat.setCurrentIndex(number)
    panel.widget.panel.exports.onKindChosen(number)
    panel.host.answers.append(str(path))
    panel.host.click("exportButton")
    return str(panel.ui.exportLabel.text)


def biplane_rows(table: Path) -> dict[str, str]:
    rows = csv.DictReader(table.open(encoding="utf-8"))
    return {row["measurement"]: row["value"] for row in rows if "biplane" in row["measurement"]}


def test_tables_and_report_hold_the_biplane_values_that_the_command_measures(panel, tmp_path):
    first = segmented(panel)
    panel.host.click("pointsButton")
    drag(panel, first, ED, 1, 27.0, 60.0)
    drag(panel, first, ED, 2, 69.0, 60.0)
    second = segmented(panel, "Two chambers")
    export(panel, "measurements", tmp_path / "one view.csv")
    assert biplane_rows(tmp_path / "one view summary.csv") == {}
    choose_second(panel, "Four chambers")
    views = []
    for browser in (second, first):
        segmentation = segmentationOfBrowser(browser)
        (segment,) = segmentation.segmentIds()
        given = movedPoints(segmentation, segment)
        views.append((segmentMasks(segmentation, segment), scaleOf(segmentation), given))
    wanted = {one.name: one.value for one in measure_biplane(*views).summary}
    export(panel, "measurements", tmp_path / "pair.csv")
    told = {name: float(value) for name, value in biplane_rows(tmp_path / "pair summary.csv").items()}
    assert len(wanted) == 3 and told == pytest.approx(wanted, rel=1e-5)
    read_from(second, tmp_path, "Doe")
    export(panel, "dicom-sr", tmp_path / "sr.dcm")
    groups = srread(tmp_path / "sr.dcm").content.get_image_measurement_groups()
    reported = {one.name.meaning: one.value for group in groups for one in group.get_measurements()}
    assert {name: reported[CODES[name][2]] for name in wanted} == pytest.approx(wanted)
    read_from(first, tmp_path, "Roe")
    said = export(panel, "dicom-sr", tmp_path / "strangers.dcm")
    assert "Four chambers is of another patient, so the two are no biplane pair." in said
    told = str(srread(tmp_path / "strangers.dcm"))
    assert "area-length" in told and "iplane" not in told and "Four chambers" not in told


def test_points_that_were_moved_in_the_second_view_count_too(panel):
    first = segmented(panel)
    panel.host.click("pointsButton")
    drag(panel, first, ED, 1, 27.0, 60.0)
    drag(panel, first, ED, 2, 69.0, 60.0)
    segmented(panel, "Two chambers")
    choose_second(panel, "Four chambers")
    short = figure(panel, "EDV biplane")
    panel.choose(first)
    panel.host.click("resetPointsButton")
    panel.choose(segmentationOfBrowser(panel.widget.panel.results._views[0]).browserNode)
    choose_second(panel, "Four chambers")
    assert float(figure(panel, "EDV biplane").split()[0]) > float(short.split()[0])


def test_what_is_no_second_view_costs_one_sentence(panel, tmp_path):
    first = segmented(panel)
    session = panel.widget.panel.shown.session
    (segment,) = session.segmentation.segmentIds()
    second = segmented(panel, "Two chambers", spacing=0)
    choose_second(panel, "Four chambers")
    assert "One of the two views has a pixel size and the other has none" in panel.ui.statisticsLabel.text
    session.segmentation.renameSegment(segment, "Wall")
    panel.widget.panel.results.tell()
    assert "Four chambers has no segment Left ventricle, so it is no second view." in panel.ui.statisticsLabel.text
    assert figure(panel, "EF").endswith("%")
    session.segmentation.renameSegment(segment, LEFT_VENTRICLE)
    for frame in range(1, 4):
        session.mark(frame, {segment: np.zeros((SIDE, SIDE), bool)})
    panel.widget.panel.results.tell()
    assert "Left ventricle is on fewer than two frames of Four chambers" in panel.ui.statisticsLabel.text
    session.mark(1, {segment: ventricle(0.8)})
    read_from(first, tmp_path, "Doe")
    read_from(second, tmp_path, "Roe")
    panel.widget.panel.results.tell()
    assert "Four chambers is of another patient, so the two are no biplane pair." in panel.ui.statisticsLabel.text
    assert "Doe" not in panel.ui.statisticsLabel.text and "biplane 0" not in panel.ui.statisticsLabel.text


def test_vessel_and_glottis_are_measured_by_their_names(panel, tmp_path):
    """A vessel of 40 pixels that contracts to 30, and a glottis that opens twice; 0.5 mm and 0.05 s."""
    count = 24
    browser = cineFromArray(slicer.mrmlScene, np.zeros((count, SIDE, SIDE), np.uint8), "Two")
    panel.choose(browser)
    panel.ui.spacingEdit.text = "0.5"
    panel.widget.panel.calibration.onSpacing()
    panel.ui.frameTimeEdit.text = "0.05"
    panel.widget.panel.calibration.onFrameTime()
    session = panel.widget.panel.shown.session
    segmentation = session.segmentation
    (vessel,) = segmentation.segmentIds()
    segmentation.renameSegment(vessel, "Carotid artery")
    glottis = segmentation.addSegment("Glottis")
    for frame in range(count):
        wave = np.cos(2 * np.pi * frame / 12)
        wide, open_ = round(14 + 6 * wave), max(round(8 * wave), 0)
        tube, gap = np.zeros((2, SIDE, SIDE), bool)
        tube[20 : 20 + wide] = True
        gap[60 : 60 + open_, 30:40] = True
        segmentation.setMasks(frame, {vessel: tube, glottis: gap})
    panel.host.processEvents(20)
    session.keeping.noticeEdits()
    panel.host.click("statisticsButton")
    told = panel.ui.statisticsLabel.text
    found = measure_masks([segmentMasks(segmentation, vessel)], scaleOf(segmentation), ("vessel",))
    diameter = found.value("vessel diameter, mean")
    assert f"vessel diameter {diameter:.3g} " in told and "contraction amplitude" in told
    assert diameter == pytest.approx(7.0, abs=0.4)
    assert "Glottis: " in told and "open quotient" in told
    panel.host.click("layoutButton")
    exportMeasurements(segmentation, tmp_path / "two.csv")
    summary = (tmp_path / "two summary.csv").read_text()
    assert "vessel diameter" in summary and "open quotient" in summary
