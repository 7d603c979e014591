"""Undo and redo of strokes in the browser front end: frames, masks and records are what they were."""

from __future__ import annotations

import numpy as np

from helpers.view_app import AppDriver


def test_undo_shows_the_frame_of_the_stroke_and_leaves_the_others(cine: AppDriver) -> None:
    cine.set(tool="paint")
    for frame in (0, 2, 4):
        cine.show(frame)
        cine.stroke((20, 30), (30 + frame, 30))
    painted = [cine.mask(frame) for frame in range(6)]
    assert cine.state.undo.can_undo and not cine.state.undo.can_redo

    for undone, left in ((4, [0, 2]), (2, [0]), (0, [])):
        cine.show(5)
        cine.ask("undo_edit")
        assert cine.state.cine.frame == cine.segmentation.selectedFrame == undone
        assert cine.painted() == cine.marked() == left
    assert not cine.state.undo.can_undo and cine.state.undo.can_redo
    cine.ask("undo_edit")
    assert cine.painted() == []

    for redone, there in ((0, [0]), (2, [0, 2]), (4, [0, 2, 4])):
        cine.ask("redo_edit")
        assert cine.state.cine.frame == redone
        assert cine.painted() == cine.marked() == there
    assert all(np.array_equal(cine.mask(frame), painted[frame]) for frame in range(6))
    assert not cine.state.undo.can_redo


def test_undo_makes_a_frame_what_it_was(cine: AppDriver) -> None:
    """Empty again, and absent again, and not absent because its last pixel went."""
    record = cine.segmentation.record
    cine.set(tool="paint")
    before = record(0)
    cine.stroke((20, 30))
    cine.ask("undo_edit")
    assert record(0) == before
    assert not cine.works("segment")

    cine.show(1)
    cine.ask("mark_absent")
    absent = record(1)
    assert cine.marked() == [1]
    cine.stroke((20, 30))
    assert record(1) != absent
    cine.ask("undo_edit")
    assert record(1) == absent
    assert cine.state.marks.rows[0].segments == "no Segment 1"


def test_painting_after_an_undo_ends_the_redo(cine: AppDriver) -> None:
    cine.set(tool="paint")
    cine.stroke((20, 30))
    cine.ask("undo_edit")
    cine.stroke((40, 30))
    after = cine.mask(0)
    assert not cine.state.undo.can_redo
    cine.ask("redo_edit")
    assert np.array_equal(cine.mask(0), after)
    cine.ask("undo_edit")
    assert cine.painted() == []


def test_undo_leaves_what_is_hidden_hidden_and_the_tool_at_work(cine: AppDriver) -> None:
    first = cine.segment
    cine.ask("add_segment")
    cine.ask("toggle_segment", first)
    cine.set(tool="paint")
    cine.stroke((20, 30))
    painted = cine.mask(0)
    cine.ask("undo_edit")
    assert [row.visible for row in cine.state.segments.rows] == [False, True]
    cine.stroke((20, 30))
    assert np.array_equal(cine.mask(0), painted)


def test_a_hundred_steps_are_kept(cine: AppDriver) -> None:
    cine.set(tool="paint", brush_size=2)
    for number in range(100):
        cine.show(number % 6)
        cine.stroke((5 + number % 50, 10 + number % 3))
    for _stroke in range(100):
        cine.ask("undo_edit")
    assert not cine.state.undo.can_undo
    assert cine.painted() == cine.marked() == []


def test_all_that_changes_marks_is_undone_in_turn(cine: AppDriver) -> None:
    """Painting, absent, remove mark, and the segments: one history, which jumps to the frame concerned."""
    first = cine.segment
    cine.set(tool="paint")
    cine.show(2)
    cine.stroke((20, 30))
    drawn = cine.mask(2)
    cine.ask("mark_absent")
    assert not cine.mask(2).any() and cine.state.undo.undo_text == "Absent here"
    cine.show(4)
    cine.stroke((40, 30))
    cine.show(0)
    cine.ask("forget_mark", 4)
    cine.ask("rename_segment", first, "Cavity")
    color = cine.state.segments.rows[0].color
    cine.ask("recolor_segment", first, "#123456")
    cine.ask("add_segment")
    second = cine.segment
    cine.stroke((50, 50))
    cine.ask("remove_segment", second)
    cine.show(1)

    cine.ask("undo_edit")
    assert [row.id for row in cine.state.segments.rows] == [first, second]
    assert cine.mask(0, second)[50, 50] and cine.state.segments.rows[1].drawn
    cine.ask("undo_edit")
    assert cine.state.cine.frame == 0 and not cine.mask(0, second).any()
    cine.ask("undo_edit")
    assert [row.id for row in cine.state.segments.rows] == [first] and cine.segment == first
    cine.ask("undo_edit")
    assert cine.state.segments.rows[0].color == color
    cine.ask("undo_edit")
    assert cine.state.segments.rows[0].name == "Segment 1"
    assert cine.marked() == [2]
    cine.ask("undo_edit")
    assert cine.marked() == [2, 4] and cine.state.cine.frame == 4
    cine.ask("undo_edit")
    cine.ask("undo_edit")
    assert cine.state.cine.frame == 2 and np.array_equal(cine.mask(2), drawn)
    cine.stroke((30, 30))
    assert cine.mask(2)[30, 30] and not cine.state.undo.can_redo
    cine.ask("undo_edit")
    cine.ask("undo_edit")
    assert not cine.state.undo.can_undo and cine.painted() == []


def test_the_last_segment_comes_back_and_can_be_painted(cine: AppDriver) -> None:
    cine.ask("remove_segment", cine.segment)
    assert cine.state.segments.rows == []
    cine.ask("undo_edit")
    assert cine.segment == cine.state.segments.rows[0].id
    cine.set(tool="paint")
    cine.stroke((20, 30))
    assert cine.painted() == [0]
