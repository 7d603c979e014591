"""What the page of the browser front end says of a segmentation: timeline, losses, areas and ejection fraction."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from highdicom.sr import srread
from pydicom import dcmread

from helpers.analytic_shapes import ventricle, ventricle_volume
from helpers.dicom_files import write_dicom
from helpers.view_app import AppDriver, phantom_frames
from rabengine.cine import DicomFrame
from rabengine.measurement.concepts import CODES
from rabengine.measurement.measure import measure_biplane
from rabengine.measurement.scale import Scale
from rabengine.measurement.segment_masks import SegmentMasks
from RABSegmentLib.FrontEnd.VentricleReport import keptView, ventricleReport
from RABSegmentLib.Results.Timeline import STATUS_COLORS, AreaCurve, TimelineData
from RABSegmentLib.Scene.FrameRecords import FrameStatus
from rabview.runs import HEIGHT as LOSS_HEIGHT
from rabview.runs import WIDTH as LOSS_WIDTH
from rabview.runs import LossCurves
from rabview.timeline import HEIGHT, WIDTH, shapes

COUNT = 6


@pytest.fixture
def cine(app: AppDriver) -> AppDriver:
    """The application with a small cine that is segmented on each frame."""
    app.put(phantom_frames(COUNT), spacing=(0.5, 0.5))
    rows, columns = np.mgrid[:64, :64]

    def mark() -> None:
        for frame in range(COUNT):
            disc = np.hypot(rows - 32, columns - 32) < 18 - 2 * frame
            app.session.mark(frame, {app.segment: disc})

    app.do(mark)
    return app


def test_the_timeline_has_a_bar_for_each_frame_and_a_line_for_each_segment() -> None:
    status = (FrameStatus.MARKED, FrameStatus.PREDICTED, FrameStatus.VERIFIED, FrameStatus.EMPTY)
    curve = AreaCurve((1.0, 0.5, 0.0), (0.0, 0.5, 1.0, 0.25))
    nothing = AreaCurve((0.0, 0.0, 1.0), (0.0,) * 4)
    drawn = shapes(
        TimelineData(status, (None, 0.754, None, None), (curve, nothing)), ("drawn", "predicted", "verified", "empty")
    )
    assert drawn.status == "mpve" and drawn.confidence == [None, 0.75, None, None]
    strips = {bar.color: bar.d for bar in drawn.bars if bar.opacity == 1}
    assert strips.keys() == {STATUS_COLORS[one] for one in status}
    assert strips[STATUS_COLORS[FrameStatus.VERIFIED]].startswith(f"M{WIDTH // 2} ")
    [pale] = [bar for bar in drawn.bars if bar.opacity < 1]
    assert pale.color == STATUS_COLORS[FrameStatus.PREDICTED] and pale.d.startswith(f"M{WIDTH // 4} ")
    [line] = drawn.curves
    assert line.color == "#ff8000"
    places = [tuple(map(int, place.split(","))) for place in line.points.split()]
    assert [x for x, _y in places] == [125, 375, 625, 875]
    assert places[2][1] < places[1][1] < places[3][1] < places[0][1] < HEIGHT


def test_losses_become_curves_of_bounded_length_that_end_at_the_newest_value() -> None:
    curves = LossCurves()
    for step in range(1000):
        curves.add({"appearance": 1 / (1 + step), "temporal": 2.0})
    falling, level = curves.drawn()
    assert (falling.name, falling.text) == ("appearance", "0.001") and level.text == "2"
    places = [tuple(map(float, place.split(","))) for place in falling.points.split()]
    assert 20 < len(places) <= 200
    assert places[0] == (0.0, 1.0) and places[-1] == pytest.approx((LOSS_WIDTH, LOSS_HEIGHT - 1))
    curves.clear()
    assert curves.drawn() == []


def test_areas_are_shown_when_asked_for_and_follow_edits(cine: AppDriver) -> None:
    assert cine.state.results.rows == []
    cine.ask("show_areas")
    areas = cine.state.results
    pixels = cine.areas()
    assert areas.x == list(range(COUNT)) and (areas.x_title, areas.y_title) == ("Frame", "Area [mm²]")
    [curve] = areas.curves
    assert curve.values == pytest.approx([count * 0.25 for count in pixels], abs=0.06)
    assert areas.columns == ["Frame", "Segment 1 [mm²]", "Status"]
    assert areas.rows[2] == ["2", f"{pixels[2] * 0.25:.0f}", "marked"]
    cine.ask("recolor_segment", cine.segment, "#12ab34")
    cine.ask("mark_absent")
    assert cine.state.results.curves[0].values[0] == 0
    assert cine.state.results.curves[0].color == "#12ab34"


def test_the_area_of_a_cell_is_not_told_as_nothing(app: AppDriver) -> None:
    app.put(phantom_frames(COUNT), spacing=(0.002, 0.002))
    app.do(lambda: app.session.mark(0, {app.segment: np.pad(np.ones((10, 10), bool), 27)}))
    app.ask("show_areas")
    assert app.state.results.rows[0] == ["0", "0.0004", "marked"]
    assert app.state.results.curves[0].values[0] == pytest.approx(0.0004)


def test_frames_that_nobody_segmented_are_gaps_and_doubts_of_the_calibration_stay(app: AppDriver) -> None:
    app.put(phantom_frames(COUNT), spacing=(0.5, 0.5), warnings=("The regions disagree.",))
    assert "disagree" in app.notice()
    rows, columns = np.mgrid[:64, :64]
    for frame in (0, 3):
        disc = np.hypot(rows - 32, columns - 32) < 18 - 2 * frame
        app.do(lambda frame=frame, disc=disc: app.session.mark(frame, {app.segment: disc}))
    app.ask("rename_segment", app.segment, "LV")
    app.ask("show_areas")
    areas = app.state.results
    assert [value is None for value in areas.curves[0].values] == [False, True, True, False, True, True]
    assert areas.rows[1][1:] == ["", "empty"] and areas.rows[3][1] != ""
    assert areas.y_title == "Area [mm²], calibration in doubt" and areas.doubts == "The regions disagree."
    assert app.state.results.figures and "The regions disagree." in app.state.results.ejection_text


def test_without_a_spacing_areas_are_pixels(app: AppDriver) -> None:
    app.put(phantom_frames(COUNT))
    app.ask("show_areas")
    assert app.state.results.rows == [], "nothing is segmented"
    app.set(tool="paint")
    app.stroke((30, 30))
    assert app.state.results.y_title == "Area [px]"
    assert app.state.results.rows[0][1] == str(app.areas()[0])


def test_a_segment_that_is_named_as_left_ventricle_has_an_ejection_fraction(cine: AppDriver) -> None:
    cine.ask("show_areas")
    assert cine.state.results.ventricle == "" and cine.state.results.figures == []
    assert "Name the left ventricle" in cine.state.results.ejection_text
    cine.ask("rename_segment", cine.segment, "LV cavity")
    assert cine.state.results.ventricle == "LV cavity"
    figures = {one.title: one.value for one in cine.state.results.figures}
    assert (figures["ED frame"], figures["ES frame"]) == ("0", str(COUNT - 1))
    assert 85 < int(figures["EF"].removesuffix(" %")) < 95, "discs of 18 and 8 pixels"
    assert figures["EDV"].endswith(" ml")


def test_who_says_that_no_segment_is_the_ventricle_is_believed(cine: AppDriver) -> None:
    cine.ask("rename_segment", cine.segment, "Left ventricle")
    cine.ask("show_areas")
    assert cine.state.results.ventricle == "Left ventricle"
    cine.set(ventricle="")
    cine.ask("recolor_segment", cine.segment, "#12ab34")
    assert cine.state.results.ventricle == "" and cine.state.results.figures == []
    cine.set(ventricle="Left ventricle")
    assert cine.state.results.figures


def test_a_ventricle_that_was_chosen_stays_chosen_by_another_name(cine: AppDriver) -> None:
    cine.ask("show_areas")
    cine.set(ventricle="Segment 1")
    cine.ask("rename_segment", cine.segment, "Cavity")
    assert cine.state.results.ventricle == "Cavity" and cine.state.results.figures
    cine.ask("undo_edit")
    assert cine.state.results.ventricle == "Segment 1" and cine.state.results.figures


def test_another_cine_starts_without_results(cine: AppDriver) -> None:
    cine.ask("rename_segment", cine.segment, "Left ventricle")
    cine.ask("show_areas")
    cine.put(phantom_frames(4))
    assert cine.state.results.rows == [] and cine.state.results.ventricle == ""
    assert cine.state.timeline.status == "eeee"


def test_other_measurements_can_be_plotted_and_follow_edits(cine: AppDriver) -> None:
    cine.ask("show_areas")
    cine.set(measure="perimeter")
    results = cine.state.results
    assert results.y_title == "Perimeter [mm]"
    assert results.curves[0].values[0] == pytest.approx(2 * np.pi * 18 * 0.5, rel=0.02)
    assert results.columns == ["Frame", "Segment 1 [mm²]", "Status"], "the table stays that of areas"
    cine.set(measure="mean brightness")
    assert results.y_title == "Mean brightness"
    frames = phantom_frames(COUNT)
    inside = cine.segmentation.masks(2)[cine.segment]
    assert cine.state.results.curves[0].values[2] == pytest.approx(frames[2][inside].mean(), abs=0.01)
    cine.ask("mark_absent")
    assert cine.state.results.curves[0].values[0] is None
    cine.set(measure="anything")
    assert cine.state.results.measure == "area" and cine.state.results.y_title == "Area [mm²]"


def cavities(across: float) -> list[np.ndarray]:
    """A cut ellipsoid on two frames, the second 0.8 times as large; `across` is its half axis."""
    return [ventricle(48 * size, across * size, 0.5, (1.0, 1.0), 1.4) for size in (1.0, 0.8)]


def ventricle_on(app: AppDriver, across: float, **more: Any) -> None:
    """A cine of two frames with `cavities`; `more` is said of the cine."""
    app.put(phantom_frames(2, 130, 130), spacing=(1.0, 1.0), **more)
    for frame, mask in enumerate(cavities(across)):
        app.do(lambda frame=frame, mask=mask: app.session.mark(frame, {app.segment: mask}))
    app.ask("rename_segment", app.segment, "LV")
    app.ask("show_areas")


def test_two_views_of_a_ventricle_give_its_biplane_volumes(app: AppDriver) -> None:
    ventricle_on(app, 24)
    app.ask("keep_view")
    assert app.state.results.kept_view and "open the other view" in app.state.results.ejection_text
    ventricle_on(app, 18)
    figures = {one.title: one.value for one in app.state.results.figures}
    volumes = [ventricle_volume(48 * size, 24 * size, 0.5, 18 * size) / 1000 for size in (1.0, 0.8)]
    assert int(figures["EDV biplane"].removesuffix(" ml")) == pytest.approx(volumes[0], rel=0.03)
    assert int(figures["ESV biplane"].removesuffix(" ml")) == pytest.approx(volumes[1], rel=0.03)
    assert figures["EF biplane"] == f"{100 * (1 - 0.8**3):.0f} %"
    assert "Biplane values by 20 discs" in app.state.results.ejection_text
    app.ask("keep_view")
    assert app.state.results.kept_view == "" and "biplane" not in str(app.state.results.figures)


def test_views_of_two_patients_are_no_pair(app: AppDriver) -> None:
    ventricle_on(app, 24)
    first = keptView(app.segmentation, "LV", "patient A")
    ventricle_on(app, 18)
    report = ventricleReport(app.segmentation, "LV", first, "patient B")
    assert "is of another patient, so the two are no biplane pair." in report.note
    assert not any("biplane" in title for title, _value in report.figures)
    assert any("biplane" in title for title, _value in ventricleReport(app.segmentation, "LV", first, None).figures)


def downloaded(app: AppDriver, kind: str, folder: Path) -> Path:
    """A file as the page gets it; the tables in a folder of their own."""
    place = folder / kind
    place.mkdir()
    return app.loop.run_until_complete(app.application.files.downloads.write(kind, place))


def test_downloads_hold_the_biplane_values_that_the_command_measures(app: AppDriver, tmp_path: Path) -> None:
    for across, name in ((24, "four"), (18, "two")):
        file = write_dicom(tmp_path / f"{name}.dcm", phantom_frames(2, 130, 130), FrameTime=40.0, PatientID="P1")
        instance = str(dcmread(file).SOPInstanceUID)
        read_from = tuple(DicomFrame(str(file), instance, number) for number in (1, 2))
        ventricle_on(app, across, dicom_frames=read_from)
        if name == "four":
            app.ask("keep_view")
    first, second = (
        (SegmentMasks("LV", 2, cavities(across).__getitem__), Scale((1.0, 1.0), None), {}) for across in (18, 24)
    )
    wanted = {one.name: one.value for one in measure_biplane(first, second).summary}
    assert len(wanted) == 3
    downloaded(app, "measurements", tmp_path)
    (summary,) = (tmp_path / "measurements").glob("* summary.csv")
    rows = [row for row in csv.DictReader(summary.open()) if "biplane" in row["measurement"]]
    assert {row["measurement"]: float(row["value"]) for row in rows} == pytest.approx(wanted, rel=1e-5)
    assert {row["segment"] for row in rows} == {"LV"} and {row["unit"] for row in rows} == {"mL", "%"}
    groups = srread(downloaded(app, "dicom-sr", tmp_path)).content.get_image_measurement_groups()
    reported = {
        (group.tracking_identifier, one.name.meaning): one.value for group in groups for one in group.get_measurements()
    }
    assert {name: reported["LV", CODES[name][2]] for name in wanted} == pytest.approx(wanted)
    app.ask("keep_view")
    assert app.application.results.biplane(app.segmentation).summary == ()
