"""Painting on a frame marks it, and what is marked stays: on real sequences, browsers and segmentations."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.slicer_scenes import SIZE, SlicerScene, paint, square
from rabengine.errors import InputError
from RABSegmentLib.Scene.FrameRecords import FrameStatus
from RABSegmentLib.Scene.Marks import MarkKeeping, MarkObserver
from RABSegmentLib.Scene.PackedMasks import unpackMask
from RABSegmentLib.Scene.SegmentationSequence import createSegmentation, segmentationOfBrowser
from RABSegmentLib.Session.PredictionWriter import LastRun, PredictionWriter
from RABSegmentLib.Session.RunMarks import markGroups

TISSUE = "Segmentation category and type~SCT^85756007^Tissue~SCT^85756007^Tissue~^^~Anatomic codes~^^~^^"
NOTHING = np.zeros(SIZE, bool)


class Marking:
    """A cine of six frames with a watched segmentation of one segment."""

    def __init__(self) -> None:
        self.slicer = SlicerScene()
        self.browser = self.slicer.cine(np.zeros((6, *SIZE), np.uint8))
        self.segmentation = createSegmentation(self.browser)
        self.keeping = MarkKeeping(self.segmentation)
        self.marked: list[int] = []
        self.observer = MarkObserver(self.segmentation, self.keeping, self.marked.append, lambda: None)
        self.segment = self.segmentation.segmentIds()[0]

    def show(self, frame: int) -> None:
        self.slicer.show(self.browser, frame)

    def paint(self, mask: np.ndarray, segment: str | None = None) -> None:
        paint(self.segmentation, segment or self.segment, mask)

    def predict(self, labels: np.ndarray, confidence: float = 0.5) -> LastRun:
        """As a run does."""
        run = LastRun(self.segmentation)
        trust = np.full((len(labels), 1), confidence)
        PredictionWriter(self.segmentation, run).write(range(len(labels)), labels, {1: self.segment}, trust)
        return run


@pytest.fixture
def marking() -> Marking:
    return Marking()


def predicted(top: int = 20) -> np.ndarray:
    return np.stack([square(top, 4 * frame).astype(np.uint8) for frame in range(6)])


def test_painting_marks_the_shown_frame_alone(marking):
    marking.show(2)
    marking.paint(square(5, 5))
    assert marking.marked == [2]
    assert marking.keeping.markedFrames() == [2]
    record = marking.segmentation.record(2)
    assert (record.status, record.origin, record.known) == (FrameStatus.MARKED, "drawn", (marking.segment,))
    assert np.array_equal(marking.segmentation.masks(2)[marking.segment], square(5, 5))
    assert all(not marking.segmentation.masks(frame)[marking.segment].any() for frame in (0, 1, 3, 4, 5))


def test_scrubbing_marks_nothing(marking):
    marking.predict(predicted())
    for frame in (1, 4, 0, 5):
        marking.show(frame)
    assert marking.marked == []


def test_erasing_all_of_a_prediction_says_that_it_is_absent(marking):
    marking.predict(predicted())
    marking.show(3)
    marking.paint(NOTHING)
    record = marking.segmentation.record(3)
    assert (record.status, record.origin, record.known) == (FrameStatus.MARKED, "corrected", (marking.segment,))
    marking.predict(predicted(10))
    assert not marking.segmentation.masks(3)[marking.segment].any()


def test_absent_here_is_a_mark(marking):
    marking.show(1)
    marking.paint(square(3, 3))
    marking.keeping.markAbsent(4, marking.segment)
    [group] = markGroups(marking.segmentation, marking.keeping.markedFrames())
    assert sorted(group.marks) == [1, 4]
    assert group.absent == {4: [1]}


def test_runs_never_change_what_a_person_made(marking):
    marking.show(0)
    marking.paint(square(1, 1))
    marking.predict(predicted())
    marking.keeping.verify(2)
    marking.show(4)
    marking.paint(square(30, 30))
    kept = {frame: marking.segmentation.masks(frame)[marking.segment] for frame in (0, 2, 4)}
    marking.predict(predicted(1))
    for frame, mask in kept.items():
        assert np.array_equal(marking.segmentation.masks(frame)[marking.segment], mask)
    origins = [marking.segmentation.record(frame).origin for frame in range(6)]
    assert origins == ["drawn", "predicted", "verified", "predicted", "corrected", "predicted"]


def test_a_stroke_on_a_prediction_that_is_undone_leaves_the_prediction(marking):
    marking.predict(predicted())
    marking.show(3)
    before = marking.segmentation.record(3)
    marking.paint(square(0, 0))
    assert marking.segmentation.record(3).isMark
    marking.paint(predicted()[3].astype(bool))
    assert marking.segmentation.record(3) == before


def test_undoing_a_run_brings_back_what_was_there(marking):
    marking.show(0)
    marking.paint(square(1, 1))
    marking.predict(predicted(20))
    old = [marking.segmentation.masks(frame)[marking.segment] for frame in range(6)]
    records = [marking.segmentation.record(frame) for frame in range(6)]
    run = marking.predict(predicted(5), confidence=0.9)
    assert not np.array_equal(marking.segmentation.masks(3)[marking.segment], old[3])
    marking.keeping.verify(4)  # after the run: the user's word counts
    assert run.undo() == [1, 2, 3, 5]
    for frame in (0, 1, 2, 3, 5):
        assert np.array_equal(marking.segmentation.masks(frame)[marking.segment], old[frame])
        assert marking.segmentation.record(frame) == records[frame]
    assert marking.segmentation.record(4).origin == "verified"


def test_a_forgotten_mark_is_replaced_by_the_next_run(marking):
    marking.show(1)
    marking.paint(square(1, 1))
    marking.keeping.forgetMark(1)
    assert marking.keeping.markedFrames() == []
    marking.predict(predicted())
    assert np.array_equal(marking.segmentation.masks(1)[marking.segment], predicted()[1])


def test_only_predictions_can_be_verified(marking):
    with pytest.raises(InputError, match="no prediction"):
        marking.keeping.verify(0)


def test_a_segment_that_was_not_drawn_on_a_marked_frame_is_predicted_there(marking):
    marking.show(0)
    marking.paint(square(1, 1))
    other = marking.segmentation.addSegment("Atrium", (0.0, 1.0, 0.0))
    marking.show(3)
    marking.paint(square(30, 30), other)
    [group] = markGroups(marking.segmentation, marking.keeping.markedFrames())
    assert group.absent == {}
    assert set(np.unique(group.marks[0])) == {0, 1} and set(np.unique(group.marks[3])) == {0, 2}
    labels = np.stack([np.maximum(square(1, 1) * 1, square(8, 8) * 2).astype(np.uint8)] * 6)
    writer = PredictionWriter(marking.segmentation, LastRun(marking.segmentation))
    writer.write(range(6), labels, group.segments, np.ones((6, 2)))
    found = marking.segmentation.masks(0)
    assert np.array_equal(found[marking.segment], square(1, 1))
    assert np.array_equal(found[other], square(8, 8) & ~square(1, 1))
    assert np.array_equal(marking.segmentation.masks(3)[other], square(30, 30))


def test_overlapping_segments_go_to_the_engine_apart_and_stay_as_drawn(marking):
    other = marking.segmentation.addSegment("Wall")
    marking.paint(square(10, 10, 20))
    marking.paint(square(15, 15, 20), other)
    groups = markGroups(marking.segmentation, [0])
    assert [list(group.segments.values()) for group in groups] == [[marking.segment], [other]]
    found = marking.segmentation.masks(0)
    assert np.array_equal(found[marking.segment], square(10, 10, 20))
    assert np.array_equal(found[other], square(15, 15, 20))


def test_nothing_drawn_is_said_in_one_sentence(marking):
    marking.keeping.markAbsent(0, marking.segment)
    with pytest.raises(InputError, match="Nothing is marked"):
        markGroups(marking.segmentation, marking.keeping.markedFrames())


def test_a_renamed_and_coloured_segment_is_so_on_all_frames(marking):
    marking.show(2)
    segment = marking.segmentation.proxyNode.GetSegmentation().GetSegment(marking.segment)
    segment.SetName("Left ventricle")
    segment.SetColor(0.1, 0.2, 0.3)
    segment.SetTerminology(TISSUE)
    for frame in range(6):
        copy = marking.segmentation.item(frame).GetSegmentation().GetSegment(marking.segment)
        assert (copy.GetName(), copy.GetColor()) == ("Left ventricle", (0.1, 0.2, 0.3))
        assert copy.GetTerminology() == TISSUE
    assert marking.marked == []


def test_a_removed_segment_is_gone_everywhere(marking):
    other = marking.segmentation.addSegment("Wall")
    marking.paint(square(3, 3), other)
    marking.paint(square(20, 20))
    marking.segmentation.proxyNode.GetSegmentation().RemoveSegment(other)
    assert all(other not in marking.segmentation.masks(frame) for frame in range(6))
    assert marking.segmentation.record(0).known == (marking.segment,)
    assert np.array_equal(marking.segmentation.masks(0)[marking.segment], square(20, 20))


def test_edits_that_nobody_watched_are_found_before_a_run(marking):
    marking.observer.stop()
    marking.show(5)
    marking.paint(square(2, 2))
    assert marking.keeping.markedFrames() == []
    assert marking.keeping.noticeEdits() == [5]
    assert marking.keeping.markedFrames() == [5]


def test_what_is_known_of_a_mask_is_of_the_mask_as_it_is_now(marking):
    other = marking.segmentation.addSegment("Other")
    marking.paint(square(10, 10))
    before = marking.segmentation.facts(0)
    assert before[marking.segment].pixels == square(10, 10).sum() and before[other].pixels == 0
    marking.paint(square(20, 10))
    now = marking.segmentation.facts(0)
    assert now[marking.segment].pixels == marking.segmentation.masks(0)[marking.segment].sum()
    assert now[marking.segment].fingerprint != before[marking.segment].fingerprint
    for name, mask in marking.segmentation.masks(0).items():
        assert (unpackMask(now[name].packed, SIZE) == mask).all()
    assert set(marking.segmentation.fingerprints(0)) == {marking.segment}, "empty ones have none"


def test_masks_status_and_confidence_survive_a_saved_scene(marking, tmp_path):
    marking.show(1)
    marking.paint(square(7, 9))
    marking.predict(predicted(), confidence=0.625)
    marking.keeping.verify(2)
    marking.slicer.save(tmp_path / "é scene.mrb")
    again = SlicerScene()
    again.open(tmp_path / "é scene.mrb")
    browser = again.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    found = segmentationOfBrowser(browser)
    assert found is not None
    for frame in range(6):
        assert found.record(frame) == marking.segmentation.record(frame)
        assert np.array_equal(found.masks(frame)[marking.segment], marking.segmentation.masks(frame)[marking.segment])
    assert browser.GetSaveChanges(found.node)
    assert MarkKeeping(found).noticeEdits() == []


def test_what_changes_on_frames_that_are_not_shown_is_to_be_saved_again_and_what_was_seen_is_not(marking, tmp_path):
    masks = marking.segmentation.node
    marking.slicer.saveFiles(tmp_path)
    for frame in (3, 1, 0):
        marking.show(frame)
    assert masks not in marking.slicer.unsaved() and marking.segmentation.cine.node not in marking.slicer.unsaved()
    changes = (
        lambda: marking.predict(predicted()[:2]),
        lambda: marking.keeping.markAbsent(4, marking.segment),
        lambda: marking.segmentation.renameSegment(marking.segment, "Left ventricle"),
        lambda: marking.segmentation.setMasks(5, {marking.segment: square(1, 1)}),
    )
    marking.show(3)
    for change in changes:
        marking.slicer.saveFiles(tmp_path)
        change()
        assert masks in marking.slicer.unsaved()


def test_closed_surfaces_that_somebody_made_the_source_leave_masks_on_the_frame(marking):
    def makeSurfacesTheSource(frame: int) -> None:
        marking.show(frame)
        assert marking.segmentation.proxyNode.CreateClosedSurfaceRepresentation()
        marking.segmentation.proxyNode.GetSegmentation().SetSourceRepresentationName("Closed surface")

    for frame in (1, 2):
        marking.show(frame)
        marking.paint(square(5, 5))
    makeSurfacesTheSource(1)
    assert marking.keeping.markedFrames() == [1, 2]
    marking.observer.stop()  # as of a cine that is not open
    makeSurfacesTheSource(2)
    again = createSegmentation(marking.browser)
    for frame in (1, 2):
        (mask,) = again.masks(frame).values()
        assert mask.any() and not (mask & ~square(5, 5)).any(), "surfaces are smoothed"
        again.setMasks(frame, {marking.segment: square(20, 20)})
        assert np.array_equal(again.masks(frame)[marking.segment], square(20, 20))


def test_a_browser_and_its_copy_write_no_frame_over_another(marking):
    for frame in (0, 2):
        marking.show(frame)
        marking.paint(square(5, 5, 8 + frame))
    copy = marking.slicer.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    copy.Copy(marking.browser)
    copy.SetName("Heart browser copy")
    with pytest.raises(InputError, match="Heart browser copy and Heart browser show masks in the same node"):
        createSegmentation(copy)
    marking.slicer.scene.RemoveNode(copy)
    again = createSegmentation(marking.browser)
    assert [again.masks(frame)[marking.segment].sum() for frame in (0, 2)] == [64, 100]


def test_a_frame_that_comes_into_a_cine_that_is_not_open_is_no_mark(marking):
    marking.show(5)
    marking.paint(square(5, 5))
    marking.observer.stop()
    marking.browser.SetRecording(marking.segmentation.cine.node, True)
    marking.browser.SaveProxyNodesState()  # the button beside that of recording in the module Sequences
    marking.show(6)
    again = createSegmentation(marking.browser)
    assert again.frameCount == 7 and MarkKeeping(again).noticeEdits() == []
    assert [again.masks(frame)[marking.segment].sum() for frame in (5, 6)] == [144, 0]
