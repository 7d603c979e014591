"""Marking by clicks in the page: the engine's process answers, each click is a step of the history."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.view_app import AppDriver
from rabengine.synthetic.phantom import beating_ellipse

FRAMES, TRUTH = beating_ellipse(6, 96, 128, seed=1)


@pytest.fixture
def cine(app: AppDriver) -> AppDriver:
    """The application with a phantom open and the tool in hand."""
    app.put(FRAMES, spacing=(0.5, 0.5))
    app.set(tool="prompt")
    return app


def middle(frame: int) -> tuple[float, float]:
    """Column and row inside the object."""
    rows, columns = np.nonzero(TRUTH[frame])
    return float(columns.mean()), float(rows.mean())


def say(driver: AppDriver, kind: str, points: list, is_positive: bool = True, frame: int = 0) -> None:
    driver.ask("prompt", kind, frame, points, is_positive)
    driver.wait(lambda: not driver.session.isPrompting)


def test_a_click_marks_what_is_under_it(cine: AppDriver) -> None:
    x, y = middle(0)
    say(cine, "click", [[x, y]])
    found = cine.mask(0)
    assert found[round(y), round(x)] and 0 < found.mean() < 0.9
    assert cine.marked() == [0] and "prompted" in cine.segmentation.record(0).means
    assert cine.state.marks.rows[0].made.startswith("clicked")
    assert cine.state.undo.undo_text == "Mark by clicks"
    (step,) = cine.state.prompts.steps
    assert step.points == [[x, y]] and step.is_positive and cine.state.prompts.frame == 0
    assert cine.state.prompts.text.startswith("Expected overlap ")
    cine.show(1)
    assert cine.state.prompts.text.startswith("Click in the structure"), "of the frame that is shown"
    cine.show(0)
    assert len(cine.state.prompts.steps) == 1
    cine.ask("add_segment")
    assert cine.state.prompts.steps == [] and cine.state.prompts.text.startswith("Click in the structure")


def test_clicks_are_taken_back_one_by_one_and_done_again(cine: AppDriver) -> None:
    x, y = middle(0)
    say(cine, "click", [[x, y]])
    first = cine.mask(0)
    say(cine, "line", [[4, 4], [40, 4]], is_positive=False)
    second = cine.mask(0)
    cine.ask("undo_edit")
    cine.wait(lambda: not cine.session.isPrompting)
    assert np.array_equal(cine.mask(0), first) and len(cine.state.prompts.steps) == 1
    cine.ask("undo_edit")
    cine.wait(lambda: not cine.session.isPrompting)
    assert not cine.mask(0).any() and cine.marked() == [] and cine.state.prompts.steps == []
    cine.ask("redo_edit")
    assert np.array_equal(cine.mask(0), first)
    if not np.array_equal(first, second):
        cine.ask("redo_edit")
        assert np.array_equal(cine.mask(0), second)


def test_a_click_that_is_not_answered_yet_is_what_undo_takes_back(cine: AppDriver) -> None:
    painted = np.zeros((96, 128), bool)
    painted[80:90, 10:20] = True
    cine.do(lambda: cine.session.mark(1, {cine.segment: painted}))
    cine.ask("prompt", "click", 0, [list(middle(0))], True)
    cine.ask("undo_edit")
    cine.wait(lambda: not cine.session.isPrompting)
    assert not cine.mask(0).any() and np.array_equal(cine.mask(1), painted) and cine.state.prompts.steps == []
    cine.ask("prompt", "click", 0, [list(middle(0))], True)
    cine.ask("prompt", "click", 0, [[3.0, 3.0]], False)
    cine.ask("undo_edit")
    cine.ask("undo_edit")
    cine.wait(lambda: not cine.session.isPrompting)
    assert not cine.mask(0).any() and np.array_equal(cine.mask(1), painted) and cine.state.prompts.steps == []


def test_a_click_counts_where_it_was_said_whatever_is_done_before_it_is_answered(cine: AppDriver) -> None:
    cine.show(2)  # the mouse was pressed on the frame before
    cine.ask("prompt", "click", 0, [list(middle(0))], True)
    assert cine.state.cine.frame == 0
    cine.show(4)
    cine.ask("prompt", "click", 4, [list(middle(4))], True)
    cine.set(tool="paint")
    cine.wait(lambda: not cine.session.isPrompting)
    assert cine.marked() == [0, 4] and all(cine.mask(frame).any() for frame in (0, 4))


def test_a_box_and_a_line_mark_too(cine: AppDriver) -> None:
    rows, columns = np.nonzero(TRUTH[0])
    left, right, top, bottom = (int(end) for end in (columns.min(), columns.max(), rows.min(), rows.max()))
    say(cine, "box", [[left - 2, top - 2], [right + 2, bottom + 2]])
    assert cine.state.prompts.steps[0].is_box
    overlap = (cine.mask(0) & (TRUTH[0] > 0)).sum() / (cine.mask(0) | (TRUTH[0] > 0)).sum()
    assert overlap > 0.5
    cine.show(3)
    x, y = middle(3)
    say(cine, "line", [[x - 4, y], [x, y], [x + 4, y]], frame=3)
    assert cine.mask(3)[round(y), round(x)] and cine.marked() == [0, 3]


def test_a_preview_shows_what_a_click_would_give_and_writes_nothing(cine: AppDriver) -> None:
    cine.ask("preview_prompt", 0, [list(middle(0))], True)
    cine.wait(lambda: cine.state.prompts.preview)
    assert not cine.mask(0).any() and cine.marked() == []
    cine.ask("end_preview")
    assert cine.state.prompts.preview == []
    cine.ask("preview_prompt", 0, [list(middle(0))], True)
    cine.wait(lambda: cine.state.prompts.preview)
    cine.show(2)
    assert cine.state.prompts.preview == []


def test_a_click_leaves_another_segment_what_it_has_unless_it_is_asked_to_take_it(cine: AppDriver) -> None:
    x, y = middle(0)
    other = cine.segment
    taken = np.hypot(*(np.mgrid[:96, :128] - np.array([y, x])[:, None, None])) < 6
    cine.do(lambda: cine.session.mark(0, {other: taken}))
    cine.ask("add_segment")
    say(cine, "click", [[x, y]])
    assert not cine.mask(0).any() and np.array_equal(cine.mask(0, other), taken)
    assert cine.state.prompts.text == "Segment 1 has this place. Switch on Take from others to take it."
    cine.set(takes_others=True)
    say(cine, "click", [[x + 1, y]])
    assert not (cine.mask(0) & cine.mask(0, other)).any()
    assert cine.mask(0)[round(y), round(x)] and not cine.mask(0, other)[round(y), round(x)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("click", 0, [[-50, 10]], True),
        ("click", 6, [[60, 40]], True),
        ("nonsense", 0, [[60, 40]], True),
        ("click", 0, [], True),
        ("click", 0, [[60, 40]], "yes"),
        ("click", 0, [[float("nan"), 40]], True),
    ],
)
def test_what_makes_no_sense_is_not_asked(cine: AppDriver, arguments: tuple) -> None:
    cine.ask("prompt", *arguments)
    cine.wait(lambda: not cine.session.isPrompting)
    assert cine.marked() == [] and cine.state.prompts.steps == []


def test_without_a_cine_or_a_segment_nothing_happens(app: AppDriver) -> None:
    app.ask("prompt", "click", 0, [[1, 1]], True)
    app.ask("preview_prompt", 0, [[1, 1]], True)
    app.ask("end_preview")
    app.ask("undo_edit")
    app.put(FRAMES)
    app.ask("remove_segment", app.segment)
    app.set(tool="prompt")
    app.ask("prompt", "click", 0, [[60, 40]], True)
    app.wait(lambda: not app.session.isPrompting)
    assert app.marked() == []


def test_the_time_at_a_frame_is_recorded_and_stands_while_the_cine_plays(cine: AppDriver) -> None:
    say(cine, "click", [list(middle(0))])
    cine.show(1)
    assert cine.segmentation.seconds(0) > 0
    cine.ask("play")
    spent = [cine.segmentation.seconds(frame) for frame in range(6)]
    cine.wait(lambda: cine.state.cine.frame == 4)
    assert [cine.segmentation.seconds(frame) for frame in range(6)] == spent
    cine.ask("play")
    cine.show(2)
    say(cine, "click", [list(middle(2))], frame=2)
    cine.show(3)
    assert cine.segmentation.seconds(2) > spent[2]
