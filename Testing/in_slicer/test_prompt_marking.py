"""Clicks, scribbles and boxes on real scenes, answered by the real engine process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from helpers.engine_processes import wait_until
from helpers.overlap import iou
from helpers.own_presets import SMALL
from helpers.slicer_scenes import SlicerScene, paint, square
from rabengine.events import Failed
from rabengine.synthetic.phantom import beating_ellipse
from RABSegmentLib.Scene.FrameRecords import Means
from RABSegmentLib.Session.FramePrompts import FramePrompts, PromptStep
from RABSegmentLib.Session.Job import RunChoices
from RABSegmentLib.Session.PromptMarking import FoundMask
from RABSegmentLib.Session.Sessions import SegmentVideoSessions

pytestmark = pytest.mark.usefixtures("own_presets", "warm_engines")
SIDE = 96


class Marking:
    """A cine whose masks are written as a front end would write them."""

    def __init__(self, sessions: SegmentVideoSessions) -> None:
        self.frames, self.truth = beating_ellipse(4, SIDE, SIDE, seed=1)
        self.scene = SlicerScene()
        self.browser = self.scene.cine(self.frames)
        self.session = sessions.sessionOf(self.browser)
        self.prompting = self.session.prompting
        self.prompting.device = "cpu"
        self.segment = self.session.segmentation.segmentIds()[0]
        self.other = self.session.segmentation.addSegment("Other")
        self.found: list[FoundMask] = []
        self.failed: list[Failed] = []
        self.prompting.found.connect(self.write)
        self.prompting.failed.connect(self.failed.append)

    def write(self, found: FoundMask) -> None:
        self.found.append(found)
        self.session.segmentation.setMasks(found.frame, {found.segmentId: found.mask, **found.returned})
        with self.session.keeping.by(Means.PROMPTED):
            self.session.keeping.noticeEdit(found.frame, found.isUndo)

    def mask(self, frame: int = 0, segment: str | None = None) -> np.ndarray:
        return self.session.segmentation.masks(frame)[segment or self.segment]

    def middle(self, frame: int = 0) -> tuple[float, float]:
        rows, columns = np.nonzero(self.truth[frame])
        return float(columns.mean()), float(rows.mean())

    def settle(self) -> None:
        wait_until(lambda: not self.prompting.isWaiting, lambda: self.session.poll(0.05))

    def click(self, frame: int = 0, **said: object) -> np.ndarray:
        self.prompting.click(frame, self.segment, *self.middle(frame), **said)
        self.settle()
        return self.mask(frame)


@pytest.fixture
def marking() -> Iterator[Marking]:
    sessions = SegmentVideoSessions()
    yield Marking(sessions)
    sessions.close()


def test_a_click_marks_the_frame_with_the_object_under_it(marking):
    assert iou(marking.click(2), marking.truth[2] == 1) > 0.7
    assert marking.session.keeping.markedFrames() == [2]
    assert 0 < marking.found[0].quality <= 1
    assert not marking.session.isPrompting


def test_asking_returns_at_once_and_the_answer_comes_by_polling(marking):
    marking.prompting.click(0, marking.segment, *marking.middle())
    assert marking.prompting.isWaiting and marking.session.isPrompting
    assert marking.found == [] and not marking.mask().any()
    marking.settle()
    assert marking.mask().any()


def test_what_another_segment_has_stays_its_own_unless_it_may_be_taken(marking):
    theirs = np.zeros((SIDE, SIDE), bool)
    theirs[:, round(marking.middle()[0]) + 2 :] = True
    marking.session.mark(0, {marking.other: theirs})
    kept = marking.click()
    assert kept.any() and not (kept & theirs).any()
    assert np.array_equal(marking.mask(0, marking.other), theirs)
    marking.prompting.forget()
    marking.prompting.takesOthers = True
    assert (marking.click() & theirs).any()


def test_a_click_inside_another_segment_says_whose_it_is_and_changes_nothing(marking):
    x, y = marking.middle()
    theirs = np.zeros((SIDE, SIDE), bool)
    theirs[round(y) - 6 : round(y) + 7, round(x) - 6 : round(x) + 7] = True
    marking.session.mark(0, {marking.other: theirs})
    marking.click()
    marking.prompting.scribble(0, marking.segment, [(x - 3, y), (x + 3, y)])
    assert [failed.text for failed in marking.failed] == [
        "Other has this place. Switch on Take from others to take it."
    ] * 2
    assert marking.found == [] and marking.prompting.steps == ()
    marking.prompting.click(0, marking.segment, x, y, isPositive=False)
    assert len(marking.prompting.steps) == 1, "that it is not there may be said"


def test_a_negative_click_takes_away(marking):
    too_much = marking.truth[0] == 1
    too_much[2:22, 2:22] = True
    marking.session.mark(0, {marking.segment: too_much})
    marking.prompting.click(0, marking.segment, 12, 12, isPositive=False)
    marking.settle()
    assert not marking.mask()[12, 12] and marking.mask().any()


def test_undo_goes_back_click_by_click_to_what_was_there_before(marking):
    before = square(60, 60, size=(SIDE, SIDE))
    marking.session.mark(0, {marking.segment: before})
    first = marking.click()
    marking.prompting.scribble(0, marking.segment, [(4, 4), (20, 4)], isPositive=False)
    marking.settle()
    assert len(marking.prompting.steps) == 2
    assert marking.prompting.undo() and np.array_equal(marking.mask(), first)
    assert marking.prompting.undo() and np.array_equal(marking.mask(), before)
    assert not marking.prompting.canUndo and not marking.prompting.undo()


def test_a_first_click_that_is_taken_back_leaves_no_mark(marking):
    assert marking.click(1).any()
    assert marking.session.segmentation.record(1).made == ("prompted",)
    assert marking.prompting.undo()
    assert not marking.mask(1).any() and not marking.session.segmentation.record(1).isMark


def test_undo_before_the_answer_came_leaves_what_was_there(marking):
    marking.prompting.click(0, marking.segment, *marking.middle())
    assert marking.prompting.undo()
    assert not marking.prompting.isWaiting
    wait_until(lambda: not marking.session.isPrompting, lambda: marking.session.poll(0.05))
    assert not marking.mask().any()


@pytest.mark.parametrize(
    "say",
    [
        lambda prompting, segment: prompting.scribble(0, segment, [(40, 48), (56, 48)]),
        lambda prompting, segment: prompting.box(0, segment, (90, 90), (-5, 2)),
    ],
    ids=["a scribble", "a box that is turned round and reaches over the edge"],
)
def test_a_line_or_a_box_marks_too(marking, say: Callable):
    say(marking.prompting, marking.segment)
    marking.settle()
    assert marking.failed == [] and marking.mask().any()


def test_a_run_that_opens_the_cine_anew_costs_no_click(marking):
    marking.session.mark(3, {marking.segment: marking.truth[3] == 1})
    marking.prompting.click(0, marking.segment, *marking.middle())
    marking.session.start(RunChoices(preset=SMALL, device="cpu", seed=7))
    wait_until(lambda: not marking.session.isRunning, lambda: marking.session.poll(0.05))
    marking.settle()
    assert [found.frame for found in marking.found] == [0] and marking.failed == []
    assert marking.session.keeping.markedFrames() == [0, 3]


def test_another_frame_starts_fresh_and_what_was_said_before_is_answered(marking):
    marking.prompting.click(0, marking.segment, *marking.middle(0))
    marking.prompting.click(3, marking.segment, *marking.middle(3))
    assert len(marking.prompting.steps) == 1 and marking.prompting.frame == 3
    marking.prompting.leave()
    wait_until(lambda: not marking.session.isPrompting, lambda: marking.session.poll(0.05))
    assert sorted(found.frame for found in marking.found) == [0, 3]
    assert marking.mask(0).any() and marking.mask(3).any()


def test_who_comes_back_before_the_answer_goes_on_with_what_was_said(marking):
    x, y = marking.middle(0)
    marking.prompting.click(0, marking.segment, x, y)
    marking.prompting.click(1, marking.segment, *marking.middle(1))
    marking.prompting.click(0, marking.segment, x + 2, y)
    assert len(marking.prompting.steps) == 2
    wait_until(lambda: not marking.session.isPrompting, lambda: marking.session.poll(0.05))
    assert marking.mask(0)[round(y), round(x)] and marking.mask(1).any()


@pytest.mark.parametrize("change", ["painted", "taken back", "forgotten"])
def test_what_is_awaited_of_a_frame_that_was_left_comes_too_late(marking, change: str):
    marking.prompting.click(0, marking.segment, *marking.middle(0))
    marking.prompting.leave()
    painted = square(4, 4, size=(SIDE, SIDE)) if change == "painted" else np.zeros((SIDE, SIDE), bool)
    if change == "painted":
        marking.session.mark(0, {marking.segment: painted})
    elif change == "taken back":
        assert marking.prompting.takeBack() and not marking.prompting.takeBack()
    else:
        marking.prompting.forget()
    wait_until(lambda: not marking.session.isPrompting, lambda: marking.session.poll(0.05))
    assert np.array_equal(marking.mask(0), painted)


def test_a_mask_that_was_painted_meanwhile_is_where_the_next_click_begins(marking):
    marking.click()
    marking.scene.show(marking.browser, 0)
    painted = marking.mask() | square(4, 4, size=(SIDE, SIDE))
    paint(marking.session.segmentation, marking.segment, painted)
    marking.click()
    assert len(marking.prompting.steps) == 1
    assert marking.prompting.undo() and np.array_equal(marking.mask(), painted)


def test_marked_frames_help_on_the_next(marking):
    marking.session.mark(0, {marking.segment: marking.truth[0] == 1})
    alone = marking.click(1)
    marking.session.forgetMark(0)
    marking.prompting.undo()
    without = marking.click(1)
    assert not np.array_equal(alone, without)


def test_a_preview_is_told_and_written_by_nobody(marking):
    seen: list[FoundMask] = []
    marking.prompting.previewed.connect(seen.append)
    marking.prompting.preview(0, marking.segment, 3, 3)
    marking.prompting.preview(0, marking.segment, *marking.middle())
    wait_until(lambda: seen, lambda: marking.session.poll(0.05))
    wait_until(lambda: not marking.session.isPrompting, lambda: marking.session.poll(0.05))
    assert len(seen) == 1 and iou(seen[0].mask, marking.truth[0] == 1) > 0.7
    assert not marking.mask().any() and not marking.prompting.canUndo


def test_a_prepared_frame_gives_the_same_mask(marking):
    marking.prompting.prepare(0, marking.segment)
    wait_until(lambda: not marking.session.isPrompting, lambda: marking.session.poll(0.05))
    prepared = marking.click()
    marking.prompting.undo()
    assert np.array_equal(marking.click(), prepared)


def test_a_segment_that_was_deleted_meanwhile_gets_nothing(marking):
    marking.prompting.click(0, marking.segment, *marking.middle())
    marking.session.segmentation.proxyNode.GetSegmentation().RemoveSegment(marking.segment)
    marking.settle()
    assert marking.found == [] and marking.failed == []


def test_a_click_outside_fails_with_a_sentence_and_is_not_said_again(marking):
    marking.prompting.click(0, marking.segment, 400, 4)
    marking.settle()
    [failed] = marking.failed
    assert "outside" in failed.message
    assert marking.prompting.steps == ()
    assert marking.click().any()


def test_lines_are_drawn_pixel_by_pixel_and_end_at_the_edge():
    prompts = FramePrompts(0, "a", np.zeros((6, 8), bool))
    prompts.add(PromptStep(((1.0, 1.0), (4.0, 4.0), (20.0, 4.0))))
    prompts.add(PromptStep(((0.0, 5.0), (7.0, 5.0)), isPositive=False))
    drawn = prompts.scribble
    assert drawn is not None
    assert [int(drawn[n, n]) for n in range(1, 5)] == [1, 1, 1, 1]
    assert (drawn[4, 4:] == 1).all() and (drawn[5] == -1).all() and (drawn[0] == 0).all()


def test_a_line_over_an_older_click_takes_it_back():
    prompts = FramePrompts(0, "a", np.zeros((6, 8), bool))
    for step in (PromptStep(((2, 2),)), PromptStep(((6, 2),), False), PromptStep(((0, 2), (7, 2)), False)):
        prompts.add(step)
    assert prompts.clicks == ((6, 2, False),)
    prompts.add(PromptStep(((2, 2),)))
    assert prompts.clicks == ((6, 2, False), (2, 2, True)), "a newer click counts"
