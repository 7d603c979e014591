"""One history of all that changes marks: on real sequences, browsers and segmentations."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.history_driver import Told, everything
from helpers.slicer_scenes import paint, square
from RABSegmentLib.Scene.FrameRecords import FrameRecord
from RABSegmentLib.Scene.PackedMasks import packMask, unpackMask
from RABSegmentLib.Session.MarkHistory import LIMIT, MarkHistory


@pytest.fixture
def told() -> Told:
    return Told()


def test_all_of_it_is_taken_back_and_done_again_step_by_step(told):
    seen = everything(told)
    for expected in reversed(seen[:-1]):
        assert told.history.undo() is not None
        assert told.picture() == expected
    assert told.history.undo() is None and told.history.undoText == ""
    for expected in seen[1:]:
        assert told.history.redo() is not None
        assert told.picture() == expected
    assert told.history.redo() is None
    assert not any(left for left in told.segmentation.masks(1).values() if left.any())


def test_the_frame_of_a_step_is_shown_before_it_is_taken_back(told):
    everything(told)
    assert told.history.undoText == "Delete segment"
    told.history.undo()
    assert told.shown == []
    for frame in (4, 2):
        told.history.undo()
        assert told.shown[-1] == told.segmentation.selectedFrame == frame
    told.history.redo()
    assert told.shown[-1] == 2


def test_absent_over_a_drawing_gives_the_drawing_back(told):
    told.paint(1, square(5, 5))
    with told.history.step("Absent here", 1):
        told.session.markAbsent(1, told.segments[0])
    assert not told.segmentation.masks(1)[told.segments[0]].any()
    told.history.undo()
    assert np.array_equal(told.segmentation.masks(1)[told.segments[0]], square(5, 5))
    assert told.segmentation.record(1).origin == "drawn"


def test_a_hundred_steps_are_kept(told):
    drawn = [square(number % 20, number % 40) for number in range(LIMIT + 5)]
    for mask in drawn:
        told.paint(0, mask)
    for number in range(LIMIT):
        assert np.array_equal(told.segmentation.masks(0)[told.segments[0]], drawn[-1 - number])
        told.history.undo()
    assert LIMIT >= 100 and told.history.undo() is None
    assert np.array_equal(told.segmentation.masks(0)[told.segments[0]], drawn[4])


def test_what_was_painted_during_a_run_is_a_step_of_its_own(told):
    told.paint(0, square(5, 5))
    told.history.beginRun("Segment video")
    told.predict(20)
    told.paint(3, square(8, 8))
    told.predict(24)
    told.history.endRun()
    assert told.history.undoText == "Segment video"
    told.history.undo()
    assert [told.segmentation.record(frame).origin for frame in range(5)] == [
        "drawn",
        "empty",
        "empty",
        "corrected",
        "empty",
    ]
    told.history.undo()
    assert told.segmentation.record(3).origin == "predicted"


def test_a_frame_that_was_changed_since_is_left_alone(told):
    told.history.beginRun("Segment video")
    told.predict(20)
    told.history.endRun()
    told.slicer.show(told.browser, 2)
    paint(told.segmentation, told.segments[0], square(5, 5))  # nobody tells
    assert told.history.undoText == "Segment video"
    step = told.history.undo()
    assert step is not None and step.text == "Change"
    assert told.segmentation.record(2).origin == "predicted"
    told.history.redo()
    told.history.undo()
    told.history.undo()
    assert all(told.segmentation.record(frame) == FrameRecord() for frame in range(5))


def test_a_colour_that_is_dragged_is_one_step(told):
    first = told.segments[0]
    before = told.segmentation.segmentColor(first)
    for share in (0.1, 0.2, 0.3):
        with told.history.step("Colour", kind=f"colour {first}"):
            told.segmentation.proxyNode.GetSegmentation().GetSegment(first).SetColor(share, share, share)
    told.history.undo()
    assert told.segmentation.segmentColor(first) == before
    assert told.history.undo() is None


def test_a_change_ends_the_redo(told):
    told.paint(0, square(5, 5))
    told.history.undo()
    told.paint(1, square(5, 5))
    assert told.history.redo() is None
    with told.history.step("Nothing"):
        pass
    assert told.history.undoText == "Paint"


def test_history_of_what_was_there_before(told):
    """A scene that was loaded with predictions: what it had comes back."""
    told.predict(20)
    later = MarkHistory(told.segmentation)
    before = told.picture()
    with later.step("Absent here", 2):
        told.session.markAbsent(2, told.segments[0])
    later.undo()
    assert told.picture() == before


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (48, 64)])
def test_masks_are_packed_and_unpacked(size):
    mask = np.random.default_rng(0).random(size) > 0.5
    assert np.array_equal(unpackMask(packMask(mask), size), mask)
    with pytest.raises(ValueError):
        unpackMask(packMask(mask), (size[0] + 1, size[1]))
    with pytest.raises(ValueError):
        unpackMask(b"nothing", size)
