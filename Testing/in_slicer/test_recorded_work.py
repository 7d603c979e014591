"""How a mark came about and how long it took: kept with the scene and exported, on real scenes, by a clock in hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from helpers.slicer_scenes import SIZE, SlicerScene, paint, square
from RABSegmentLib.Export.Bundle import sceneWriter
from RABSegmentLib.Export.Table import exportTable
from RABSegmentLib.Results.AreaNodes import writeAreaTableNode
from RABSegmentLib.Results.Placed import Placed
from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus, Means
from RABSegmentLib.Scene.FrameTimes import ATTRIBUTE, FrameTimes
from RABSegmentLib.Scene.SegmentationSequence import segmentationOfBrowser
from RABSegmentLib.Session.FrameClock import IDLE_SECONDS, FrameClock
from RABSegmentLib.Session.KeptMarks import contentFrom, contentOf, headerOf, putKept
from RABSegmentLib.Session.MarkHistory import MarkHistory
from RABSegmentLib.Session.MarksFromArrays import addMarks
from RABSegmentLib.Session.Session import SegmentVideoSession


class Work:
    """A cine of five frames at which somebody works, and the time."""

    def __init__(self) -> None:
        self.slicer = SlicerScene()
        self.browser = self.slicer.cine(np.zeros((5, *SIZE), np.uint8))
        self.session = SegmentVideoSession(self.browser)
        self.segmentation = self.session.segmentation
        self.segment = self.segmentation.segmentIds()[0]
        self.session.clock.close()
        self.time = 1000.0
        self.session.clock = FrameClock(self.segmentation, lambda: self.time)

    def wait(self, seconds: float) -> None:
        self.time += seconds

    def show(self, frame: int) -> None:
        self.slicer.show(self.browser, frame)

    def paint(self, mask: np.ndarray) -> None:
        paint(self.segmentation, self.segment, mask)

    def made(self, frame: int) -> tuple[str, ...]:
        return self.segmentation.record(frame).made

    def seconds(self) -> list[float]:
        return [self.segmentation.seconds(frame) for frame in range(5)]


@pytest.fixture
def work():
    made = Work()
    yield made
    made.session.close()


def test_a_mark_says_by_what_it_was_made_each_once_and_in_order(work):
    work.paint(square(4, 4))
    assert work.made(0) == ("painted",)
    with work.session.keeping.by(Means.PROMPTED):
        work.paint(square(8, 8))
    work.paint(square(12, 8))
    assert work.made(0) == ("painted", "prompted")
    work.session.markAbsent(1, work.segment)
    assert work.made(1) == ("declared absent",)
    addMarks(work.session, {2: square(4, 4).astype(np.uint8)})
    assert work.made(2) == ("loaded",)
    assert work.made(3) == ()


def test_a_corrected_prediction_and_a_verified_one_say_so(work):
    for frame in (0, 1):
        work.segmentation.setMasks(frame, {work.segment: square(4, 4)})
        found = work.segmentation.fingerprints(frame)
        confidence = {work.segment: 0.5}
        record = FrameRecord(FrameStatus.PREDICTED, confidence=confidence, fingerprints=found)
        work.segmentation.setRecords({frame: record})
    assert work.made(0) == ()
    with work.session.keeping.by(Means.PROMPTED):
        work.paint(square(8, 8))
    assert work.made(0) == ("prompted", "corrected")
    work.session.verify(1)
    assert work.made(1) == ("verified",)
    work.session.forgetMark(0)
    assert work.made(0) == ()


def test_waiting_for_a_run_is_no_work_at_the_frame(work):
    work.session.clock.show()
    work.wait(4)
    work.session.clock.wait()
    work.wait(20)
    work.session.clock.touch()
    work.wait(3)
    work.show(1)
    assert work.seconds()[:2] == [7, 0]


def test_undo_takes_back_how_a_mark_was_made_and_not_the_time(work):
    history = MarkHistory(work.segmentation)
    work.session.clock.show()
    with history.step("Painting", 0):
        work.wait(7)
        work.paint(square(4, 4))
    history.undo()
    assert work.made(0) == () and work.seconds()[0] == 7
    history.redo()
    assert work.made(0) == ("painted",)


def test_a_frame_has_the_seconds_between_opening_and_leaving_it(work):
    work.wait(50)
    work.session.clock.show()
    work.wait(12)
    work.show(3)
    work.wait(5.5)
    work.show(0)
    work.wait(2)
    work.session.clock.leave()
    work.wait(9)
    work.show(1)
    assert work.seconds() == [14, 0, 0, 5.5, 0]


def test_many_short_signs_of_life_add_up(work):
    work.session.clock.show()
    for _ in range(600):
        work.wait(1 / 60)
        work.session.clock.touch()
    assert work.seconds()[0] == pytest.approx(10, abs=0.05)


def test_it_counts_as_long_as_anybody_shows_the_cine(work):
    work.session.clock.show("panel")
    work.session.clock.show("effect")
    work.wait(5)
    work.session.clock.leave("panel")
    work.wait(5)
    work.session.clock.leave("effect")
    work.session.clock.leave("effect")
    work.wait(5)
    work.show(2)
    assert work.seconds() == [10, 0, 0, 0, 0]


def test_a_pause_counts_no_longer_than_half_a_minute_and_each_sign_of_life_begins_another(work):
    work.session.clock.show()
    work.wait(25)
    work.paint(square(4, 4))
    work.wait(25)
    work.paint(square(8, 8))
    assert work.seconds()[0] == 50
    work.wait(3600)
    work.show(2)
    assert work.seconds()[0] == 50 + IDLE_SECONDS


def test_clicks_are_signs_of_life(work):
    work.session.clock.show()
    work.wait(20)
    work.session.prompting.changed.emit()
    work.wait(20)
    work.session.clock.leave()
    assert work.seconds()[0] == 40


def test_what_a_run_writes_is_no_sign_of_life_and_a_cine_that_plays_takes_no_time(work):
    work.session.clock.show()
    work.wait(100)
    work.segmentation.setMasks(0, {work.segment: square(4, 4)})
    work.segmentation.setRecords({0: FrameRecord(FrameStatus.PREDICTED, confidence={work.segment: 0.5})})
    assert work.seconds()[0] == 0
    work.browser.SetPlaybackActive(True)
    work.wait(10)
    work.show(3)
    work.wait(10)
    work.browser.SetPlaybackActive(False)
    work.wait(4)
    work.session.clock.leave()
    assert work.seconds() == [IDLE_SECONDS, 0, 0, 4, 0]


def test_time_that_passes_is_told_to_nobody(work):
    told = []
    work.session.recordsChanged.connect(lambda: told.append(1))
    work.session.clock.show()
    work.wait(5)
    work.show(2)
    assert work.seconds()[0] == 5 and told == []


def test_it_is_saved_with_the_scene(work, tmp_path: Path):
    work.session.clock.show()
    work.wait(8)
    with work.session.keeping.by(Means.PROMPTED):
        work.paint(square(4, 4))
    work.session.close()
    work.slicer.save(tmp_path / "scene.mrb")
    work.slicer.open(tmp_path / "scene.mrb")
    again = segmentationOfBrowser(work.slicer.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode"))
    assert again.record(0).made == ("prompted",) and again.seconds(0) == 8


def test_it_is_exported_with_the_cine_and_comes_with_the_marks(work, tmp_path: Path):
    work.session.clock.show()
    work.wait(8)
    work.paint(square(4, 4))
    folder = tmp_path / "loose"
    folder.mkdir()
    [path] = sceneWriter(work.segmentation, folder)(tmp_path / "out.mrb")
    other = SlicerScene()
    other.open(path)
    again = segmentationOfBrowser(other.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode"))
    assert again.record(0).made == ("painted",) and again.seconds(0) == 8
    content = contentOf(work.segmentation)
    work.segmentation.times.replaceAll({})
    putKept(work.segmentation, content)
    assert work.seconds() == [8, 0, 0, 0, 0] and work.made(0) == ("painted",)


def test_the_table_says_how_each_mark_was_made_and_its_seconds_once_a_frame(work, tmp_path: Path):
    other = work.segmentation.addSegment("Other")
    work.session.clock.show()
    work.wait(8.25)
    work.paint(square(4, 4))
    work.show(2)
    work.wait(3)
    work.session.markAbsent(2, other)
    work.session.clock.leave()
    with exportTable(work.segmentation, tmp_path / "areas.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[-2:] == ["made", "seconds"]
    said = {(row["frame"], row["segment"]): (row["made"], row["seconds"]) for row in rows}
    assert said["0", "Segment 1"] == ("painted", "8.2") and said["0", "Other"] == ("", "")
    assert said["2", "Segment 1"] == ("", "3.0") and said["2", "Other"] == ("declared absent", "")
    assert sum(float(row["seconds"] or 0) for row in rows) == pytest.approx(sum(work.seconds()), abs=0.1)


def test_a_table_of_what_nobody_marked_or_timed_has_no_such_columns(work, tmp_path: Path):
    with exportTable(work.segmentation, tmp_path / "areas.csv").open(encoding="utf-8") as stream:
        assert "made" not in next(csv.reader(stream))


def test_the_table_in_the_scene_has_them_too(work):
    work.session.clock.show()
    work.wait(8)
    work.paint(square(4, 4))
    table = writeAreaTableNode(work.segmentation).GetTable()
    assert table.GetColumnByName("Made").GetValue(0) == "painted" and table.GetColumnByName("Made").GetValue(1) == ""
    assert table.GetColumnByName("Seconds spent").GetValue(0) == 8


@pytest.mark.parametrize("text", ["no JSON", "[1]", '{"0": "x"}', '{"0": NaN, "1": -3, "2": 1e999}'])
def test_damaged_times_count_as_none(work, text):
    work.segmentation.node.SetAttribute(ATTRIBUTE, text)
    assert FrameTimes(work.segmentation.node).asDict() == {}
    work.session.clock.show()
    work.wait(2)
    work.session.clock.leave()
    assert work.seconds()[0] == 2


def test_records_of_earlier_versions_say_nothing_of_how_they_were_made():
    record = FrameRecord.fromFields({"status": "marked", "known": ["a"], "isCorrected": True})
    assert record.made == ("corrected",)


def test_time_alone_is_no_change_of_the_kept_marks(work):
    work.paint(square(4, 4))
    before = contentOf(work.segmentation)
    work.session.clock.show()
    work.wait(9)
    work.session.clock.leave()
    after = contentOf(work.segmentation)
    assert before.partition(b"\n")[2] == after.partition(b"\n")[2] and before != after


def test_the_times_of_very_many_frames_leave_the_header_readable(tmp_path: Path):
    spent = {frame: 80_000.0 + frame % 3000 for frame in range(12_000)}
    path = tmp_path / "cine.rabmarks"
    path.write_bytes(contentFrom("long cine", (12_000, 4, 4), [], {}, spent, Placed()))
    header = headerOf(path)
    assert header is not None and header.size[0] == 12_000
    kept = json.loads(path.read_bytes().splitlines()[0])["seconds"]
    assert len(kept) > 1000 and min(kept.values()) > 82_000  # the longest
