"""Painting in the browser front end: mouse events on the real view, and what they leave in the segmentation."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.view_app import VIEW_SIZE, AppDriver, phantom_frames
from helpers.view_masks import GEOMETRIES, box, disc, likeness, rectangle


@pytest.mark.parametrize("geometry", GEOMETRIES.values(), ids=GEOMETRIES)
def test_every_tool_changes_the_pixels_under_the_mouse(app: AppDriver, geometry: dict) -> None:
    frames = phantom_frames()
    app.put(frames, **geometry)
    (left, top), (right, bottom) = app.place(0, 0), app.place(63, 63)
    assert left < right and bottom < top, "columns go to the right, rows go down, whatever cine was shown before"
    x, y = geometry.get("spacing", (1.0, 1.0))
    rows, columns = np.mgrid[:64, :64]
    brush = np.hypot((rows - 30) * y, (columns - 20) * x) <= 6 * x

    app.set(tool="paint", brush_size=12)
    app.stroke((20, 30))
    assert likeness(app.mask(0), brush) > 0.93

    app.set(tool="erase")
    app.stroke((20, 30))
    assert not app.mask(0).any()

    app.set(tool="draw")
    app.stroke(*rectangle(10, 15, 40, 45))
    assert likeness(app.mask(0), box(10, 15, 40, 45)) > 0.96

    app.set(tool="scissors", scissors_mode="erase_inside")
    app.stroke(*rectangle(20, 20, 29, 29))
    assert likeness(app.mask(0), box(10, 15, 40, 45) & ~box(20, 20, 29, 29)) > 0.95

    app.set(tool="threshold", threshold=[100, 150])
    app.ask("apply_tool")
    assert np.array_equal(app.mask(0), (frames[0] >= 100) & (frames[0] <= 150))


def test_a_stroke_of_the_page_lies_where_it_was_drawn_whatever_the_view_has_become(cine: AppDriver) -> None:
    """The page sends pixels of the frame, for another tab may have given the view its size meanwhile."""
    drawn = [list(map(float, point)) for point in rectangle(10, 15, 40, 45)]
    for change in (lambda: cine.resize(300, 500), lambda: cine.ask("zoom_at", -2, 0.7, 0.4)):
        change()
        cine.ask("stroke", "draw", 0, drawn)
        assert likeness(cine.mask(0), box(10, 15, 40, 45)) > 0.96
        cine.ask("undo_edit")
        assert not cine.mask(0).any()
    cine.resize(*VIEW_SIZE)
    cine.ask("fit")


def test_a_drag_may_end_anywhere(cine: AppDriver) -> None:
    """Nothing is made as large as the way to there, which ended the program."""
    for tool in ("draw", "paint"):
        cine.ask("stroke", tool, 0, [[20.0, 30.0], [1e5, 30.0], [1e5, 1e5], [20.0, 1e5]])
        assert cine.mask(0)[31, 40] and not cine.mask(0)[20, 10]
        cine.ask("undo_edit")


def test_a_stroke_marks_the_frame_that_is_shown_and_no_other(cine: AppDriver) -> None:
    cine.set(tool="paint")
    cine.stroke((20, 30), (40, 30))
    assert cine.painted() == cine.marked() == [0]

    cine.show(3)
    assert cine.painted() == [0]
    cine.stroke((30, 20), (30, 40))
    first, second = cine.mask(0), cine.mask(3)
    assert cine.painted() == cine.marked() == [0, 3]
    assert first[30, 40] and not first[40, 30]
    assert second[40, 30] and not second[30, 40]

    cine.show(0)
    cine.stroke((50, 50))
    assert cine.marked() == [0, 3]
    assert np.array_equal(cine.mask(3), second)
    assert (cine.mask(0) & ~first)[50, 50] and not (first & ~cine.mask(0)).any()
    assert cine.state.marks.rows[0].by == "marked"
    assert cine.works("segment")


def test_looking_through_the_frames_marks_none(cine: AppDriver) -> None:
    cine.set(tool="paint")
    for frame in (3, 1, 5, 0):
        cine.show(frame)
        cine.mouse("MouseMoveEvent", (20, 20))
    assert cine.painted() == cine.marked() == []


def test_the_view_tool_leaves_the_masks_alone(cine: AppDriver) -> None:
    cine.stroke((20, 30), (40, 30))
    assert cine.painted() == cine.marked() == []
    assert not cine.state.undo.can_undo


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 20, 40])
def test_the_brush_is_as_many_pixels_wide_as_it_says(cine: AppDriver, size: int) -> None:
    cine.set(tool="paint", brush_size=size)
    cine.stroke((32, 32))
    widths = cine.mask(0).sum(1).max(), cine.mask(0).sum(0).max()
    assert abs(widths[0] - size) <= 1 and abs(widths[1] - size) <= 1, widths
    assert cine.mask(0)[32, 32]


def test_a_changed_brush_counts_for_the_next_stroke(cine: AppDriver) -> None:
    cine.set(tool="paint", brush_size=4)
    cine.stroke((15, 15))
    small = cine.areas()[0]
    for _step in range(5):
        cine.ask("scale_brush", 1)
    assert cine.state.tools.brush_size == pytest.approx(4 * 1.2**5, rel=0.05)
    cine.stroke((45, 45))
    assert cine.areas()[0] > 4 * small
    cine.ask("scale_brush", -100)
    assert cine.state.tools.brush_size == 1
    cine.ask("scale_brush", 100)
    assert cine.state.tools.brush_size == 200


def test_a_fast_stroke_has_no_gaps(cine: AppDriver) -> None:
    cine.set(tool="paint", brush_size=4)
    cine.stroke((8, 32), (56, 32))
    assert cine.mask(0)[32, 8:57].all()


def test_erasing_the_last_pixel_says_that_the_segment_is_absent(cine: AppDriver) -> None:
    cine.set(tool="paint")
    cine.stroke((20, 30))
    cine.set(tool="erase", brush_size=60)
    cine.stroke((20, 30))
    assert cine.painted() == []
    assert cine.state.marks.rows[0].segments == "no Segment 1"


def test_draw_adds_to_what_is_there(cine: AppDriver) -> None:
    cine.set(tool="draw")
    cine.stroke(*rectangle(5, 5, 20, 20))
    cine.stroke(*rectangle(15, 15, 30, 30))
    assert likeness(cine.mask(0), box(5, 5, 20, 20) | box(15, 15, 30, 30)) > 0.96


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("erase_inside", box(10, 10, 40, 40) & ~box(20, 20, 30, 50)),
        ("erase_outside", box(20, 20, 30, 40)),
        ("fill_inside", box(10, 10, 40, 40) | box(20, 20, 30, 50)),
    ],
)
def test_the_modes_of_the_scissors(cine: AppDriver, mode: str, expected: np.ndarray) -> None:
    cine.set(tool="draw")
    cine.stroke(*rectangle(10, 10, 40, 40))
    cine.set(tool="scissors", scissors_mode=mode)
    cine.stroke(*rectangle(20, 20, 30, 50))
    assert likeness(cine.mask(0), expected) > 0.95


def test_strokes_over_another_segment_leave_it_whole(cine: AppDriver) -> None:
    first = cine.segment
    cine.set(tool="draw")
    cine.stroke(*rectangle(10, 10, 40, 40))
    before = cine.mask(0, first)
    cine.ask("add_segment")
    second = cine.segment
    assert second != first
    for tool in ("draw", "paint"):
        cine.set(tool=tool)
        cine.stroke(*rectangle(20, 20, 50, 50))
    assert np.array_equal(cine.mask(0, first), before)
    assert (cine.mask(0, first) & cine.mask(0, second)).sum() > 300

    cine.set(tool="erase", brush_size=30)
    cine.stroke((30, 30))
    assert np.array_equal(cine.mask(0, first), before)
    cine.ask("choose_segment", first)
    other = cine.mask(0, second)
    cine.stroke((15, 15))
    assert np.array_equal(cine.mask(0, second), other)
    assert not np.array_equal(cine.mask(0, first), before)
    assert cine.state.marks.rows[0].segments == "Segment 1, Segment 2"


@pytest.mark.parametrize(("kind", "darkest", "brightest"), [("f4", 0, 1), ("u2", 0, 4095), ("i2", -1000, 2000)])
def test_a_range_is_chosen_in_the_values_of_the_cine(
    app: AppDriver, kind: str, darkest: float, brightest: float
) -> None:
    values = darkest + phantom_frames() / 255 * (brightest - darkest)
    frames = values.astype(kind)
    app.put(frames, spacing=(0.5, 0.5))
    span = float(frames.max()) - float(frames.min())
    assert 0.8 * span < app.state.view.window < span
    tools = app.state.tools
    steps = (tools.range_high - tools.range_low) / tools.range_step
    assert 200 < steps < 300 and steps == pytest.approx(round(steps)), "the slider reaches its end"
    app.set(tool="threshold", threshold=[tools.range_low, tools.range_high])
    app.ask("apply_tool")
    assert app.mask(0).all()
    least = tools.range_low + 100 * tools.range_step
    shown = float(f"{least:.{tools.decimals}f}")  # as the page says it
    app.set(threshold=[least, tools.range_high])
    app.ask("apply_tool")
    assert np.array_equal(app.mask(0), frames[0] >= shown) and 0 < app.mask(0).mean() < 1


@pytest.mark.parametrize("channels", [1, 3])
def test_limited_painting_stays_in_the_range(app: AppDriver, channels: int) -> None:
    frames = phantom_frames()
    app.put(frames if channels == 1 else np.repeat(frames[..., None], 3, -1), spacing=(0.5, 0.5))
    app.set(tool="paint", brush_size=30, threshold=[90, 255], is_limited=True)
    for frame in (0, 2):
        app.show(frame)
        app.stroke((32, 32))
        assert np.array_equal(app.mask(frame), disc_of(app, frame) & (frames[frame] >= 90))
    app.set(is_limited=False)
    app.show(4)
    app.stroke((32, 32))
    assert likeness(app.mask(4), disc(32, 32, 30)) > 0.95


def disc_of(app: AppDriver, frame: int) -> np.ndarray:
    """What the brush covers, from a stroke on another frame without the limit."""
    app.set(is_limited=False)
    app.show(5)
    app.stroke((32, 32))
    covered = app.mask(5)
    app.ask("undo_edit")
    app.show(frame)
    app.set(is_limited=True)
    return covered


@pytest.mark.parametrize(
    "odd",
    [
        {"tool": "hammer"},
        {"tool": None},
        {"brush_size": ""},
        {"brush_size": None},
        {"brush_size": 0},
        {"brush_size": -5},
        {"brush_size": 1e9},
        {"brush_size": float("nan")},
        {"smoothing_size": ""},
        {"smoothing_size": -3},
        {"smoothing_size": 1e6},
        {"smoothing_mode": "hammer"},
        {"islands_size": ""},
        {"islands_size": -1},
        {"islands_size": 1e12},
        {"islands_mode": None},
        {"scissors_mode": 3},
        {"threshold": [200, 100]},
        {"threshold": ["", ""]},
        {"threshold": None},
        {"threshold": [0]},
        {"is_limited": "yes", "threshold": None},
        {"frame": "x"},
        {"frame": float("nan")},
        {"frame": None},
        {"chosen": None},
        {"chosen": ["a"]},
    ],
    ids=str,
)
def test_odd_values_of_the_page_do_no_harm(cine: AppDriver, odd: dict) -> None:
    """A field that is being typed into, or a page that is not ours."""
    cine.set(**odd)
    for tool in ("smoothing", "islands", "threshold"):
        cine.set(tool=tool)
        cine.ask("apply_tool")
    cine.set(**odd)
    cine.set(tool="paint", brush_size=12, is_limited=False, frame=0)
    cine.set(threshold=[0, 255])
    cine.stroke((20, 30))
    assert cine.mask(0)[30, 20]
    assert cine.state.cine.frame == cine.segmentation.selectedFrame
