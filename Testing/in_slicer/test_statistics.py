"""Areas, phases and ejection fractions, against numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from helpers.slicer_scenes import SIZE, SlicerScene, slicer, square
from rabengine.cine import Cine
from rabengine.measurement.tables import number_text
from RABSegmentLib.FrontEnd.BeatText import beatText
from RABSegmentLib.FrontEnd.VentricleReport import ventricleReport
from RABSegmentLib.Results.AreaNodes import writeAreaChart, writeAreaTableNode
from RABSegmentLib.Results.Areas import areaTable
from RABSegmentLib.Results.EjectionFraction import ejectionFraction
from RABSegmentLib.Results.Organs import VENTRICLE, VESSEL, organOf
from RABSegmentLib.Scene.CineLoading import addCine
from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus
from RABSegmentLib.Scene.Marks import MarkKeeping
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence, createSegmentation, segmentationOfBrowser

CHART = "vtkMRMLPlotChartNode"
SERIES = "vtkMRMLPlotSeriesNode"
TABLE = "vtkMRMLTableNode"
VTK_INT, VTK_DOUBLE, VTK_STRING = 6, 11, 13


@pytest.fixture
def scene() -> SlicerScene:
    return SlicerScene()


def segmented(
    scene: SlicerScene,
    masks: Mapping[int, np.ndarray],
    spacing: tuple[float, float] = (0.5, 0.25),
    count: int = 4,
) -> tuple[SegmentationSequence, str]:
    """A cine with pixels of (x, y) mm, and masks of its first segment, which is a left ventricle."""
    size = next(iter(masks.values())).shape if masks else SIZE
    browser = scene.cine(np.zeros((count, *size), np.uint8))
    sequence = browser.GetMasterSequenceNode()
    for frame in range(count):
        sequence.GetNthDataNode(frame).SetSpacing(*spacing, 1.0)
    segmentation = createSegmentation(browser)
    segment = segmentation.segmentIds()[0]
    segmentation.renameSegment(segment, "LV")
    for frame, mask in masks.items():
        segmentation.setMasks(frame, {segment: mask})
    return segmentation, segment


def ellipse(along: float, across: float, turn: float = 0.0, spacing: tuple[float, float] = (1.0, 1.0)) -> np.ndarray:
    """(140, 160) bool of an ellipse with these half axes in mm, turned by radians."""
    y, x = np.mgrid[:140, :160]
    x, y = (x - 79.3) * spacing[0], (y - 69.6) * spacing[1]
    far, wide = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
    return (far / along) ** 2 + (wide / across) ** 2 <= 1


def columns(table: Any) -> dict[str, list[Any]]:
    """{title: values}."""
    found = {}
    for number in range(table.GetNumberOfColumns()):
        column = table.GetTable().GetColumn(number)
        found[column.GetName()] = [column.GetValue(row) for row in range(column.GetNumberOfValues())]
    return found


def count_of(scene: SlicerScene, kind: str) -> int:
    return int(scene.scene.GetNumberOfNodesByClass(kind))


def test_areas_are_pixels_times_their_size(scene):
    segmentation, segment = segmented(scene, {0: square(3, 3, 12), 2: square(5, 5, 8)})
    rows = areaTable(segmentation)
    assert [row.segments[segment].pixels for row in rows] == [144, 0, 64, 0]
    assert [row.segments[segment].mm2 for row in rows] == pytest.approx([18.0, 0.0, 8.0, 0.0])
    assert [row.frame for row in rows] == [0, 1, 2, 3]
    assert [row.time for row in rows] == pytest.approx([0, 0.04, 0.08, 0.12])


def test_overlapping_segments_keep_their_whole_areas(scene):
    segmentation, segment = segmented(scene, {0: square(3, 3, 12)})
    wall = segmentation.addSegment("Wall")
    segmentation.setMasks(0, {wall: square(0, 0, 20)})
    areas = areaTable(segmentation)[0].segments
    assert (areas[segment].pixels, areas[wall].pixels) == (144, 400)
    assert list(areas) == [segment, wall]


def test_confidence_and_status_say_who_settled_what(scene):
    segmentation, segment = segmented(scene, {0: square(3, 3), 1: square(3, 3), 2: square(3, 3)})
    wall = segmentation.addSegment("Wall")
    trust = {segment: 0.75, wall: 0.25}
    segmentation.setRecords(
        {
            0: FrameRecord(FrameStatus.MARKED, known=(segment,), confidence={wall: 0.5}),
            1: FrameRecord(FrameStatus.PREDICTED, confidence=trust),
            2: FrameRecord(FrameStatus.VERIFIED, known=(segment, wall), confidence=trust),
        }
    )
    rows = areaTable(segmentation)
    assert [row.origin for row in rows] == ["drawn", "predicted", "verified", "empty"]
    found = [[(area.status, area.confidence) for area in row.segments.values()] for row in rows]
    assert found == [
        [("marked", 1.0), ("empty", 0.5)],
        [("predicted", 0.75), ("empty", 0.25)],
        [("verified", 1.0), ("verified", 1.0)],
        [("unsegmented", None), ("unsegmented", None)],
    ]


def test_frames_that_nobody_segmented_are_gaps_and_absent_segments_are_zeros(scene):
    segmentation, segment = segmented(scene, {0: square(3, 3, 12)})
    records = {
        0: FrameRecord(FrameStatus.MARKED, known=(segment,)),
        1: FrameRecord(FrameStatus.MARKED, known=(segment,)),  # declared absent
        2: FrameRecord(FrameStatus.PREDICTED, confidence={segment: 0.5}),  # looked for and not found
    }
    segmentation.setRecords(records)
    areas = [row.segments[segment] for row in areaTable(segmentation)]
    assert [area.isKnown for area in areas] == [True, True, True, False]
    assert [area.status for area in areas] == ["marked", "marked", "empty", "unsegmented"]
    table = writeAreaTableNode(segmentation)
    assert columns(table)["LV area [mm2]"] == pytest.approx([18, 0, 0, math.nan], nan_ok=True)


def test_a_mark_that_was_taken_back_is_no_prediction(scene):
    segmentation, segment = segmented(scene, {0: square(3, 3, 12), 1: square(3, 3, 12)})
    keeping = MarkKeeping(segmentation)
    keeping.noticeEdits()
    assert [row.origin for row in areaTable(segmentation)] == ["drawn", "drawn", "empty", "empty"]
    keeping.forgetMark(1)
    rows = areaTable(segmentation)
    assert [row.origin for row in rows] == ["drawn", "unsettled", "empty", "empty"]
    assert rows[1].segments[segment].status == "unsettled" and rows[1].segments[segment].pixels == 144
    assert keeping.noticeEdits() == [] and keeping.markedFrames() == [0]


def test_nothing_of_a_deleted_segment_counts_as_marked_or_predicted(scene):
    segmentation, segment = segmented(scene, {})
    wall = segmentation.addSegment("Wall")
    segmentation.setRecords(
        {
            0: FrameRecord(FrameStatus.MARKED, known=(segment,), fingerprints={segment: "1"}),
            1: FrameRecord(FrameStatus.PREDICTED, confidence={segment: 0.5}),
            2: FrameRecord(FrameStatus.MARKED, True, (segment,), {wall: 0.4}),
            3: FrameRecord(FrameStatus.VERIFIED, known=(segment, wall)),
        }
    )
    segmentation.records.dropSegment(segment)
    found = [segmentation.record(frame) for frame in range(4)]
    assert found[0] == found[1] == FrameRecord()
    assert found[2] == FrameRecord(FrameStatus.PREDICTED, confidence={wall: 0.4})
    assert found[3] == FrameRecord(FrameStatus.VERIFIED, known=(wall,))


def test_doubts_of_the_calibration_stand_wherever_mm_do(scene):
    cine = Cine(np.zeros((3, *SIZE), np.uint8), (0.5, 0.5), warnings=("The regions disagree.",), source="echo.dcm")
    cine = replace(cine, index_values=(0.0, 1.0, 2.0))
    segmentation = createSegmentation(addCine(scene.scene, cine, "Echo").browserNode)
    [segment] = segmentation.segmentIds()
    for frame, side in ((0, 12), (1, 6)):
        segmentation.setMasks(frame, {segment: square(0, 0, side)})
    table = writeAreaTableNode(segmentation)
    chart = writeAreaChart(segmentation, table)
    found = ejectionFraction(segmentation, segment)
    assert "The regions disagree." in table.GetDescription() and "The regions disagree." in chart.GetTitle()
    assert chart.GetYAxisTitle() == "Area [mm2], calibration in doubt"
    assert found is not None and found.doubts == ("The regions disagree.",)
    assert "The regions disagree." in ventricleReport(segmentation, "Segment 1").text
    for frame in range(3):
        segmentation.cine.frameNode(frame).SetSpacing(1.0, 1.0, 1.0)
    segmentation.cine.node.RemoveAttribute("RABSegment.IsCalibrated")
    assert "disagree" not in ventricleReport(segmentation, "Segment 1").text  # nothing is in mm


def test_the_report_of_the_ventricle_has_figures_with_units_or_says_why_not(scene):
    segmentation, _segment = segmented(scene, {0: square(3, 3, 12), 2: square(5, 5, 6)})
    report = ventricleReport(segmentation, "LV")
    assert [title for title, _value in report.figures] == [
        "EF",
        "ED frame",
        "ES frame",
        "EDV",
        "ESV",
        "Strain",
    ]
    # Areas of 4 to 1 with axes of 2 to 1: volumes of 8 to 1.
    assert report.text.startswith("EF 88 %, ED frame 0, ES frame 2, EDV ")
    assert "Ejection fraction (EF) and volumes by the single-plane area-length method. Not for clinical use." in (
        report.text
    )
    assert "No whole beat was found" in report.note and "apex cannot be told" in report.note
    assert ventricleReport(segmentation, "").text == "Name the left ventricle's segment to see its ejection fraction."
    assert ventricleReport(segmentation, "Wall").text.startswith("Wall is on fewer than two frames")


def test_the_volumes_of_a_mouse_are_no_zeros(scene):
    masks = {0: ellipse(48, 27, 0.3), 1: ellipse(40, 18, 0.3)}
    segmentation, _segment = segmented(scene, masks, (0.08, 0.08), count=2)
    figures = dict(ventricleReport(segmentation, "LV").figures)
    # 4/3 pi a b^2 of 3.84 x 2.16 mm and 3.2 x 1.44 mm: 0.0750 and 0.0278 ml.
    assert (figures["EDV"], figures["ESV"], figures["EF"]) == ("0.075 ml", "0.028 ml", "63 %")


def test_what_is_said_of_beats_has_its_doubts_and_digits_that_count(scene):
    segmentation, segment = segmented(scene, {0: square(3, 3, 12), 1: square(3, 3, 12), 2: square(3, 3, 6)}, count=3)
    said = beatText(segmentation)
    assert said.startswith("LV: fractional area change 75 %. It ") and "No whole beat was found" in said
    segmentation.renameSegment(segment, "Glottis")
    for frame in range(3):
        segmentation.setMasks(frame, {segment: square(3, 3, 12)})
    assert "fractional area change 0 %." in beatText(segmentation)
    assert [number_text(value, 3) for value in (9012.0, 75.04, 0.004567)] == ["9010", "75", "0.00457"]
    assert number_text(1234567.0) == "1234570"


def test_walls_and_what_lies_in_a_cavity_are_not_measured_as_the_cavity():
    cavities = {"LV": VENTRICLE, "Left_ventricle (2)": VENTRICLE, "LV endocardium": VENTRICLE, "Carotid lumen": VESSEL}
    assert {name: organOf(name) for name in cavities} == cavities
    others = ("LV myocardium", "LV wall", "left_ventricle_epi", "Left ventricular septum", "LV thrombus", "aorta wall")
    assert {organOf(name) for name in (*others, "Carotid plaque", "intima-media of the carotid")} == {None}


def test_the_table_has_a_column_of_the_right_type_for_everything(scene):
    segmentation, segment = segmented(scene, {0: square(3, 3, 12), 2: square(5, 5, 8)})
    segmentation.addSegment("LV")  # a second one of that name
    segmentation.setRecords({2: FrameRecord(FrameStatus.PREDICTED, confidence={segment: 0.75})})
    table = writeAreaTableNode(segmentation)
    found = columns(table)
    assert list(found) == [
        "Frame",
        "Time [s]",
        "LV area [mm2]",
        "LV confidence",
        "LV (2) area [mm2]",
        "LV (2) confidence",
        "Status",
    ]
    types = [table.GetTable().GetColumn(number).GetDataType() for number in range(7)]
    assert types == [VTK_INT, *[VTK_DOUBLE] * 5, VTK_STRING]
    assert found["Frame"] == [0, 1, 2, 3]
    assert found["Time [s]"] == pytest.approx([0, 0.04, 0.08, 0.12])
    assert found["LV area [mm2]"] == pytest.approx([18, math.nan, 8, math.nan], nan_ok=True)
    assert found["LV confidence"] == pytest.approx([math.nan, math.nan, 0.75, math.nan], nan_ok=True)
    assert found["Status"] == ["empty", "empty", "predicted", "empty"]
    assert "pixels" not in table.GetDescription()


def test_without_a_spacing_the_titles_and_the_description_say_pixels(scene):
    segmentation, segment = segmented(scene, {1: square(3, 3, 12)}, spacing=(1.0, 1.0))
    assert all(row.segments[segment].mm2 is None for row in areaTable(segmentation))
    table = writeAreaTableNode(segmentation)
    assert columns(table)["LV area [px]"] == pytest.approx([math.nan, 144, math.nan, math.nan], nan_ok=True)
    assert "no spacing" in table.GetDescription() and "px" in table.GetDescription()
    chart = writeAreaChart(segmentation, table)
    assert chart.GetYAxisTitle() == "Area [px], the cine has no spacing"


def test_a_cine_that_only_counts_frames_has_no_second_column_of_frames(scene):
    browser = scene.cine(np.zeros((3, *SIZE), np.uint8), step=1)
    sequence = browser.GetMasterSequenceNode()
    sequence.SetIndexName("frame")
    sequence.SetIndexUnit("")
    segmentation = createSegmentation(browser)
    table = writeAreaTableNode(segmentation)
    assert list(columns(table))[:2] == ["Frame", "Segment 1 area [mm2]"]
    chart = writeAreaChart(segmentation, table)
    assert (chart.GetXAxisTitle(), chart.GetNthPlotSeriesNode(0).GetXColumnName()) == ("Frame", "Frame")


def test_the_table_and_the_chart_are_used_again(scene):
    segmentation, segment = segmented(scene, {0: square(3, 3, 12)})
    table = writeAreaTableNode(segmentation)
    chart = writeAreaChart(segmentation, table)
    segmentation.setMasks(1, {segment: square(0, 0, 4)})
    assert writeAreaTableNode(segmentation) is table
    assert writeAreaChart(segmentation, table) is chart
    assert [count_of(scene, kind) for kind in (TABLE, CHART, SERIES)] == [1, 1, 1]
    assert columns(table)["LV area [mm2]"] == pytest.approx([18, 2, math.nan, math.nan], nan_ok=True)
    other = scene.scene.AddNewNodeByClass(TABLE, "mine")
    assert writeAreaTableNode(segmentation, other) is other
    assert columns(other)["LV area [mm2]"] == pytest.approx(columns(table)["LV area [mm2]"], nan_ok=True)
    assert writeAreaTableNode(segmentation) is other


def test_a_table_that_was_deleted_is_made_again(scene):
    segmentation, _segment = segmented(scene, {0: square(3, 3, 12)})
    scene.scene.RemoveNode(writeAreaTableNode(segmentation))
    assert columns(writeAreaTableNode(segmentation))["LV area [mm2]"][0] == pytest.approx(18)


def test_the_chart_shows_each_segment_in_its_colour_against_time(scene):
    segmentation, segment = segmented(scene, {0: square(3, 3, 12)})
    wall = segmentation.addSegment("Wall", (0.1, 0.6, 0.9))
    table = writeAreaTableNode(segmentation)
    chart = writeAreaChart(segmentation, table)
    assert (chart.GetXAxisTitle(), chart.GetYAxisTitle()) == ("Time [s]", "Area [mm2]")
    series = [chart.GetNthPlotSeriesNode(number) for number in range(chart.GetNumberOfPlotSeriesNodes())]
    assert [node.GetName() for node in series] == ["LV", "Wall"]
    for node, segmentId in zip(series, (segment, wall), strict=True):
        assert node.GetColor() == pytest.approx(segmentation.segmentColor(segmentId))
        assert node.GetTableNode() is table
        assert node.GetXColumnName() in columns(table) and node.GetYColumnName() in columns(table)
        assert node.GetPlotType() == slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter


def test_the_chart_follows_renamed_and_removed_segments_and_leaves_what_others_drew(scene):
    segmentation, segment = segmented(scene, {0: square(3, 3, 12)})
    wall = segmentation.addSegment("Wall")
    chart = writeAreaChart(segmentation, writeAreaTableNode(segmentation))
    foreign = scene.scene.AddNewNodeByClass(SERIES, "ECG")
    chart.AddAndObservePlotSeriesNodeID(foreign.GetID())
    segmentation.renameSegment(wall, "Myocardium")
    for frame in range(4):
        segmentation.item(frame).GetSegmentation().RemoveSegment(segment)
    table = writeAreaTableNode(segmentation)
    writeAreaChart(segmentation, table)
    names = [chart.GetNthPlotSeriesNode(number).GetName() for number in range(chart.GetNumberOfPlotSeriesNodes())]
    assert sorted(names) == ["ECG", "Myocardium"]
    assert count_of(scene, SERIES) == 2
    assert "Myocardium area [mm2]" in columns(table) and "LV area [mm2]" not in columns(table)


def test_table_and_chart_come_back_with_the_scene_and_are_used_again(scene, tmp_path):
    segmentation, _segment = segmented(scene, {0: square(3, 3, 12)})
    before = columns(writeAreaTableNode(segmentation))
    writeAreaChart(segmentation, segmentation.node.GetNodeReference("RABSegment.AreaTable"))
    assert scene.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    again = SlicerScene()
    again.scene.SetURL(str(tmp_path / "scene.mrb"))
    assert again.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    found = segmentationOfBrowser(again.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode"))
    assert found is not None
    saved = again.scene.GetFirstNodeByClass(TABLE)
    assert columns(saved)["LV area [mm2]"] == pytest.approx(before["LV area [mm2]"], nan_ok=True)
    assert writeAreaTableNode(found) is saved
    writeAreaChart(found, saved)
    assert [count_of(again, kind) for kind in (TABLE, CHART, SERIES)] == [1, 1, 1]


def test_an_index_of_texts_is_shown_as_frame_numbers(scene):
    browser = scene.cine(np.zeros((3, *SIZE), np.uint8))
    sequence = browser.GetMasterSequenceNode()
    sequence.SetIndexType(sequence.TextIndex)
    for old, new in (("0", "rest"), ("0.04", "stress"), ("0.08", "peak")):
        sequence.UpdateIndexValue(old, new)
    rows = areaTable(createSegmentation(browser))
    assert [row.time for row in rows] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("masks", [{}, {2: square(0, 0, 5)}])
def test_there_are_no_phases_on_fewer_than_two_frames(scene, masks):
    segmentation, segment = segmented(scene, masks)
    assert ejectionFraction(segmentation, segment) is None
    assert ejectionFraction(segmentation, "no such segment") is None


@pytest.mark.parametrize("turn", [0.0, 0.5, 1.2])
@pytest.mark.parametrize("spacing", [(1.2, 1.2), (1.0, 0.8)])
def test_volumes_of_ellipses_are_those_of_ellipsoids(scene, turn, spacing):
    masks = {0: ellipse(48, 27, turn, spacing), 2: ellipse(40, 18, turn, spacing)}
    segmentation, segment = segmented(scene, masks, spacing, count=3)
    found = ejectionFraction(segmentation, segment)
    assert found is not None
    edv, esv = (4 / 3 * math.pi * along * across**2 / 1000 for along, across in ((48, 27), (40, 18)))
    assert (found.edFrame, found.esFrame, found.unit) == (0, 2, "mm")
    assert found.edVolume == pytest.approx(edv, rel=0.03) and found.esVolume == pytest.approx(esv, rel=0.03)
    assert found.edLength == pytest.approx(96, abs=1.5) and found.esLength == pytest.approx(80, abs=1.5)
    assert found.edArea == pytest.approx(math.pi * 48 * 27, rel=0.01)
    assert found.percent == pytest.approx(100 * (1 - esv / edv), abs=1.0)


def test_the_formula_worked_out_by_hand_from_area_and_length(scene):
    masks = {0: ellipse(48, 27, 0.3), 1: ellipse(40, 18, 0.3)}
    segmentation, segment = segmented(scene, masks, (1.0, 1.0), count=2)
    segmentation.cine.node.SetAttribute("RABSegment.IsCalibrated", "1")
    found = ejectionFraction(segmentation, segment)
    assert found is not None
    edv, esv = (
        8 * area**2 / (3 * math.pi * length)
        for area, length in ((found.edArea, found.edLength), (found.esArea, found.esLength))
    )
    assert (found.edArea, found.esArea) == (masks[0].sum(), masks[1].sum())
    assert found.percent == pytest.approx(100 * (1 - esv / edv))
    assert found.byBeat == (found.percent,)
    assert found.strain < -10


def test_without_a_spacing_there_is_a_fraction_but_no_volume(scene):
    segmentation, segment = segmented(scene, {0: square(0, 0, 12), 1: square(0, 0, 6)}, (1.0, 1.0), count=2)
    found = ejectionFraction(segmentation, segment)
    assert found is not None
    assert found.percent == pytest.approx(87.5, abs=1)  # every length halves
    assert (found.edVolume, found.esVolume, found.unit) == (None, None, "px")
    assert (found.edArea, found.esArea) == (144, 36)
