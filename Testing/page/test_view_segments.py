"""The segments table of the browser front end: on all frames, and in the page."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.view_app import AppDriver


def test_a_new_segment_is_on_all_frames_and_painted_next(cine: AppDriver) -> None:
    first = cine.segment
    cine.set(tool="paint")
    cine.stroke((20, 30))
    cine.ask("add_segment")
    cine.ask("add_segment")
    assert [row.name for row in cine.state.segments.rows] == ["Segment 1", "Segment 2", "Segment 3"]
    assert len({row.color for row in cine.state.segments.rows}) == 3
    assert cine.segment == cine.state.segments.rows[2].id
    names = [set(cine.segmentation.masks(frame)) for frame in range(6)]
    assert all(name == {row.id for row in cine.state.segments.rows} for name in names)
    assert cine.mask(0, first).any()
    assert cine.state.undo.undo_text == "Add Segment 3"
    cine.stroke((40, 30))
    assert cine.mask(0)[30, 40] and not cine.mask(0, first)[30, 40]


def test_names_and_colours_hold_on_all_frames(cine: AppDriver) -> None:
    segment = cine.segment
    cine.ask("rename_segment", segment, "  Left <b>ventricle</b> ")
    cine.ask("recolor_segment", segment, "#12aB00")
    cine.show(4)
    assert cine.state.segments.rows[0].name == "Left <b>ventricle</b>"
    assert cine.state.segments.rows[0].color == "#12ab00"
    cine.ask("rename_segment", segment, "   ")
    assert cine.state.segments.rows[0].name == "Left <b>ventricle</b>"
    cine.show(2)
    cine.ask("add_segment")
    assert [row.name for row in cine.state.segments.rows] == ["Left <b>ventricle</b>", "Segment 1"]


@pytest.mark.parametrize("color", ["", "red", "#12", "#gggggg", None, 7])
def test_a_colour_that_is_none_changes_nothing(cine: AppDriver, color: object) -> None:
    before = cine.state.segments.rows[0].color
    cine.ask("recolor_segment", cine.segment, color)
    assert cine.state.segments.rows[0].color == before


def test_a_removed_segment_is_gone_from_all_frames(cine: AppDriver) -> None:
    first = cine.segment
    cine.set(tool="paint")
    cine.stroke((20, 30))
    cine.ask("add_segment")
    second = cine.segment
    cine.stroke((40, 30))
    cine.show(3)
    cine.stroke((40, 30))
    kept = cine.mask(0, first)
    cine.ask("remove_segment", second)
    assert cine.segment == first
    assert [row.id for row in cine.state.segments.rows] == [first]
    assert all(set(cine.segmentation.masks(frame)) == {first} for frame in range(6))
    assert np.array_equal(cine.mask(0), kept)
    cine.stroke((50, 50))
    assert cine.mask(3, first)[50, 50]


def test_after_the_last_segment_a_new_one_can_be_painted(cine: AppDriver) -> None:
    cine.set(tool="paint")
    cine.stroke((20, 30))
    cine.ask("remove_segment", cine.segment)
    assert cine.state.segments.rows == [] and cine.segment == ""
    for tool in ("threshold", "smoothing", "islands", "paint"):
        cine.set(tool=tool)
        cine.ask("apply_tool")
        cine.stroke((20, 30))
    assert not cine.works("absent")
    cine.ask("add_segment")
    assert cine.segment
    cine.stroke((20, 30))
    assert cine.painted() == [0]
    assert cine.works("segment")


def test_a_hidden_segment_is_hidden_on_all_frames_and_can_be_painted(cine: AppDriver) -> None:
    cine.set(tool="paint")
    cine.ask("toggle_segment", cine.segment)
    assert not cine.state.segments.rows[0].visible
    cine.show(3)
    assert not cine.state.segments.rows[0].visible
    cine.stroke((20, 30))
    assert cine.painted() == [3]
    cine.ask("toggle_segment", cine.segment)
    assert cine.state.segments.rows[0].visible


@pytest.mark.parametrize("name", ["choose_segment", "remove_segment", "toggle_segment"])
def test_a_segment_that_is_not_there_changes_nothing(cine: AppDriver, name: str) -> None:
    segments, segment = cine.state.segments.rows, cine.segment
    cine.ask(name, "no such segment")
    assert cine.state.segments.rows == segments and cine.segment == segment
    cine.set(tool="paint")
    cine.stroke((20, 30))
    assert cine.painted() == [0]
