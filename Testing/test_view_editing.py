"""Painting in the browser front end: mouse events on the real view, and what they leave in the segmentation."""

from __future__ import annotations

import numpy as np
import pytest

from view_app import AppDriver, phantom_frames

GEOMETRIES = {
    "uncalibrated": {},
    "isotropic": {"spacing": (0.5, 0.5)},
    "anisotropic": {"spacing": (0.3, 0.6), "slice_spacing": 5.0},
    "thin": {"spacing": (0.5, 0.5), "slice_spacing": 0.01},
    "oblique": {
        "spacing": (0.4, 0.4),
        "origin": (12.0, -40.0, 7.0),
        "direction": (0.8, 0.36, 0.48, 0.6, -0.48, -0.64, 0.0, 0.8, -0.6),
    },
    "through time": {"spacing": (0.5, 0.5), "direction": (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)},
}


@pytest.fixture
def cine(app: AppDriver) -> AppDriver:
    """The application with a small cine open."""
    app.put(phantom_frames(), spacing=(0.5, 0.5))
    return app


def disc(column: float, row: float, diameter: float, size: tuple[int, int] = (64, 64)) -> np.ndarray:
    """(H, W) bool."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    return np.hypot(rows - row, columns - column) <= diameter / 2


def rectangle(left: int, top: int, right: int, bottom: int) -> list[tuple[float, float]]:
    """The corners of a lasso round pixels left..right, top..bottom."""
    return [(left - 0.5, top - 0.5), (right + 0.5, top - 0.5), (right + 0.5, bottom + 0.5), (left - 0.5, bottom + 0.5)]


def box(left: int, top: int, right: int, bottom: int, size: tuple[int, int] = (64, 64)) -> np.ndarray:
    """(H, W) bool of pixels left..right, top..bottom."""
    mask = np.zeros(size, bool)
    mask[top : bottom + 1, left : right + 1] = True
    return mask


def likeness(mask: np.ndarray, other: np.ndarray) -> float:
    """Dice."""
    return 2 * float((mask & other).sum()) / float(mask.sum() + other.sum())


@pytest.mark.parametrize("geometry", GEOMETRIES.values(), ids=GEOMETRIES)
def test_every_tool_changes_the_pixels_under_the_mouse(app: AppDriver, geometry: dict) -> None:
    frames = phantom_frames()
    app.put(frames, **geometry)
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
    assert cine.state.marks[0]["by"] == "drawn"
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
    assert not cine.state.can_undo_edit


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
    assert cine.state.brush_size == pytest.approx(4 * 1.2**5, rel=0.05)
    cine.stroke((45, 45))
    assert cine.areas()[0] > 4 * small
    cine.ask("scale_brush", -100)
    assert cine.state.brush_size == 1
    cine.ask("scale_brush", 100)
    assert cine.state.brush_size == 200


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
    assert cine.state.marks[0]["segments"] == "no Segment 1"


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
    assert cine.state.marks[0]["segments"] == "Segment 1, Segment 2"


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


@pytest.mark.parametrize("channels", [1, 3])
def test_threshold_takes_the_pixels_of_the_frame_that_is_shown(app: AppDriver, channels: int) -> None:
    frames = phantom_frames()
    app.put(frames if channels == 1 else np.repeat(frames[..., None], 3, -1), spacing=(0.5, 0.5))
    assert (app.state.range_low, app.state.range_high) == (frames.min(), frames.max())
    app.set(tool="threshold", threshold=[60, 90])
    for frame in (0, 4, 2):
        app.show(frame)
        app.ask("apply_tool")
        assert np.array_equal(app.mask(frame), (frames[frame] >= 60) & (frames[frame] <= 90))
    assert app.marked() == [0, 2, 4]


def test_threshold_counts_a_colour_as_bright_as_the_eye_does(app: AppDriver) -> None:
    frames = np.zeros((2, 64, 64, 3), np.uint8)
    frames[:, :, 20:40, 0] = 200  # red, of which the eye makes 60
    frames[:, :, 40:, 1] = 200  # green, 117
    app.put(frames)
    app.set(tool="threshold", threshold=[100, 200])
    app.ask("apply_tool")
    assert np.array_equal(app.mask(0), box(40, 0, 63, 63))


def test_threshold_takes_values_that_are_no_bytes(app: AppDriver) -> None:
    frames = phantom_frames().astype(np.float32) / 255 - 0.5
    app.put(frames)
    assert app.state.range_low == pytest.approx(frames.min()) and app.state.range_high == pytest.approx(frames.max())
    app.set(tool="threshold", threshold=[-0.25, 0.0])
    app.ask("apply_tool")
    assert np.array_equal(app.mask(0), (frames[0] >= -0.25) & (frames[0] <= 0))


def lay(app: AppDriver, mask: np.ndarray) -> None:
    """Give the segment that is painted a mask on the frame that is shown."""
    app.do(lambda: app.session.mark(app.segmentation.selectedFrame, {app.segment: mask}))


def rough() -> np.ndarray:
    """A square with a hole, a spike and a speck."""
    mask = box(12, 12, 44, 44)
    mask[28:30, 28:30] = False
    mask[20, 45:56] = True
    mask[58, 58] = True
    return mask


@pytest.mark.parametrize("geometry", GEOMETRIES.values(), ids=GEOMETRIES)
@pytest.mark.parametrize(
    ("mode", "hole", "spike", "speck"),
    [
        ("median", True, False, False),
        ("gaussian", True, False, False),
        ("opening", False, False, False),
        ("closing", True, True, True),
    ],
)
def test_smoothing(app: AppDriver, geometry: dict, mode: str, hole: bool, spike: bool, speck: bool) -> None:
    """On frames of one slice, whatever their pixels' size."""
    app.put(phantom_frames(), **geometry)
    lay(app, rough())
    lay_on_other = box(5, 5, 10, 10)
    app.show(1)
    lay(app, lay_on_other)
    app.show(0)
    app.set(tool="smoothing", smoothing_mode=mode, smoothing_size=5)
    app.ask("apply_tool")
    smooth = app.mask(0)
    assert smooth[28, 28] == hole and smooth[20, 52] == spike and smooth[58, 58] == speck
    assert likeness(smooth, box(12, 12, 44, 44)) > 0.97
    assert np.array_equal(app.mask(1), lay_on_other)
    app.ask("undo_edit")
    assert np.array_equal(app.mask(0), rough())


@pytest.mark.parametrize("mode", ["median", "gaussian", "opening", "closing"])
@pytest.mark.parametrize("touching", [0, 1])
def test_smoothing_leaves_what_is_smooth(cine: AppDriver, mode: str, touching: int) -> None:
    """Also at the edge of the frame, and a second time."""
    mask = disc(32 if not touching else 10, 32, 36)
    lay(cine, mask)
    cine.set(tool="smoothing", smoothing_mode=mode, smoothing_size=5)
    cine.ask("apply_tool")
    assert likeness(cine.mask(0), mask) > 0.97
    cine.ask("apply_tool")
    assert likeness(cine.mask(0), mask) > 0.97


def test_smoothing_leaves_other_segments_alone(cine: AppDriver) -> None:
    first = cine.segment
    lay(cine, rough())
    cine.ask("add_segment")
    lay(cine, rough())
    cine.set(tool="smoothing", smoothing_mode="median", smoothing_size=5)
    cine.ask("apply_tool")
    assert np.array_equal(cine.mask(0, first), rough())
    assert not np.array_equal(cine.mask(0), rough())


def test_a_stroke_with_the_smoothing_tool_smooths_what_is_under_the_brush(cine: AppDriver) -> None:
    lay(cine, rough())
    cine.set(tool="smoothing", smoothing_mode="median", smoothing_size=5, brush_size=12)
    cine.stroke((52, 20))
    assert not cine.mask(0)[20, 50:55].any()
    assert cine.mask(0)[58, 58] and not cine.mask(0)[28, 28]
    cine.ask("undo_edit")
    assert np.array_equal(cine.mask(0), rough())


@pytest.mark.parametrize(
    ("mode", "size", "kept"),
    [
        ("keep_largest", 50, [1]),
        ("remove_small", 50, [1, 2]),
        ("remove_small", 10, [1, 2, 3]),
        ("remove_small", 500, []),
    ],
)
def test_islands(cine: AppDriver, mode: str, size: int, kept: list[int]) -> None:
    islands = {1: box(10, 10, 29, 29), 2: box(40, 10, 49, 19), 3: box(40, 40, 44, 43)}
    lay(cine, islands[1] | islands[2] | islands[3])
    cine.set(tool="islands", islands_mode=mode, islands_size=size)
    cine.ask("apply_tool")
    expected = np.zeros((64, 64), bool)
    for number in kept:
        expected |= islands[number]
    assert np.array_equal(cine.mask(0), expected)


@pytest.mark.parametrize(("mode", "is_left"), [("keep_selected", True), ("remove_selected", False)])
def test_an_island_is_chosen_by_a_click(cine: AppDriver, mode: str, is_left: bool) -> None:
    large, small = box(10, 10, 29, 29), box(40, 10, 49, 19)
    lay(cine, large | small)
    cine.set(tool="islands", islands_mode=mode)
    cine.stroke((60, 60))
    assert np.array_equal(cine.mask(0), large | small)
    cine.stroke((45, 15))
    assert np.array_equal(cine.mask(0), small if is_left else large)
    cine.ask("undo_edit")
    assert np.array_equal(cine.mask(0), large | small)


@pytest.mark.parametrize("tool", ["smoothing", "islands", "erase", "scissors"])
def test_tools_that_take_away_leave_an_empty_frame_alone(cine: AppDriver, tool: str) -> None:
    cine.set(tool=tool)
    cine.ask("apply_tool")
    cine.stroke((20, 20), (40, 20), (40, 40))
    assert cine.painted() == cine.marked() == []
    assert not cine.state.can_undo_edit


def test_a_cine_with_large_steps_of_brightness_is_no_trouble(app: AppDriver) -> None:
    frames = (phantom_frames().astype(np.int16) - 100) * 100
    app.put(frames)
    app.set(tool="threshold", threshold=[-1000, 5000])
    app.ask("apply_tool")
    assert np.array_equal(app.mask(0), (frames[0] >= -1000) & (frames[0] <= 5000))


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
        {"segment": None},
        {"segment": ["a"]},
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
    assert cine.state.frame == cine.segmentation.selectedFrame
