"""The tools of the browser front end that change a whole frame: threshold, smoothing, islands."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.view_app import AppDriver, phantom_frames
from helpers.view_masks import GEOMETRIES, box, disc, likeness


@pytest.mark.parametrize("channels", [1, 3])
def test_threshold_takes_the_pixels_of_the_frame_that_is_shown(app: AppDriver, channels: int) -> None:
    frames = phantom_frames()
    app.put(frames if channels == 1 else np.repeat(frames[..., None], 3, -1), spacing=(0.5, 0.5))
    assert (app.state.tools.range_low, app.state.tools.range_high) == (frames.min(), frames.max())
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
    tools = app.state.tools
    assert frames.min() - tools.range_step < tools.range_low <= frames.min()
    assert frames.max() <= tools.range_high < frames.max() + tools.range_step
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
    assert not cine.state.undo.can_undo


def test_a_cine_with_large_steps_of_brightness_is_no_trouble(app: AppDriver) -> None:
    frames = (phantom_frames().astype(np.int16) - 100) * 100
    app.put(frames)
    app.set(tool="threshold", threshold=[-1000, 5000])
    app.ask("apply_tool")
    assert np.array_equal(app.mask(0), (frames[0] >= -1000) & (frames[0] <= 5000))
