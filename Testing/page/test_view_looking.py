"""How the browser front end shows a frame: fitted, zoomed, moved, brighter, with its segments or without."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.view_app import VIEW_SIZE, AppDriver, phantom_frames

CENTRE = (32.0, 32.0)


@pytest.fixture
def cine(app: AppDriver) -> AppDriver:
    """The application with a small cine open, as large as the view lets it be."""
    app.put(phantom_frames(), spacing=(0.5, 0.5))
    app.resize(*VIEW_SIZE)
    app.ask("fit")
    return app


def drag(driver: AppDriver, button: str, start: tuple[int, int], end: tuple[int, int], shift: int = 0) -> None:
    """Between two places of the view."""
    interactor = driver.view.interactor()

    def call(event: str, place: tuple[int, int]) -> None:
        interactor.SetEventInformation(*place, 0, shift, "\0", 0, None)
        driver.do(lambda: interactor.InvokeEvent(event))

    call(f"{button}ButtonPressEvent", start)
    for share in (0.25, 0.5, 0.75, 1.0):
        call("MouseMoveEvent", tuple(round(a + share * (b - a)) for a, b in zip(start, end, strict=True)))
    call(f"{button}ButtonReleaseEvent", end)


def corners(driver: AppDriver) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the first and the last pixel of the frame are in the view."""
    return driver.place(0, 0), driver.place(63, 63)


def test_the_whole_frame_is_as_large_as_the_view_lets_it_be(cine: AppDriver) -> None:
    for width, height in ((640, 480), (400, 800), (1400, 500)):
        cine.resize(width, height)
        (left, top), (right, bottom) = corners(cine)
        assert left < right and bottom < top, "columns go to the right, rows go down"
        assert max(right - left, top - bottom) == pytest.approx(min(width, height) * 63 / 64, abs=2)
        assert left + right == pytest.approx(width, abs=3) and top + bottom == pytest.approx(height, abs=3)
        assert cine.application.viewing.facts()["zoom"] == pytest.approx(min(width, height) / 64, rel=0.01)


def test_what_is_under_the_mouse_stays_there_while_zooming(cine: AppDriver) -> None:
    spot = cine.place(50, 20)
    cine.ask("zoom_at", 3, spot[0] / VIEW_SIZE[0], spot[1] / VIEW_SIZE[1])
    assert cine.place(50, 20) == pytest.approx(spot, abs=3)
    (left, _top), (right, _bottom) = corners(cine)
    assert right - left > 1.3 * VIEW_SIZE[1]
    cine.ask("zoom_at", -5, spot[0] / VIEW_SIZE[0], spot[1] / VIEW_SIZE[1])
    assert cine.place(50, 20) == pytest.approx(spot, abs=3)
    (left, _top), (right, _bottom) = corners(cine)
    assert right - left < VIEW_SIZE[1]


def test_a_zoomed_view_keeps_its_place_however_often_it_is_resized(cine: AppDriver) -> None:
    """A cine that moves is drawn smaller on a slow computer, and sharp again when it rests."""
    cine.ask("zoom_at", 3, 0.7, 0.4)
    before = corners(cine)
    for _time in range(20):
        cine.resize(353, 265)
        cine.resize(*VIEW_SIZE)
    for now, then in zip(corners(cine), before, strict=True):
        assert now == pytest.approx(then, abs=2)
    cine.ask("fit")
    assert cine.application.viewing.facts()["zoom"] == pytest.approx(VIEW_SIZE[1] / 64, rel=0.01)


@pytest.mark.parametrize(("button", "shift"), [("Middle", 0), ("Left", 1)])
@pytest.mark.parametrize("tool", ["view", "paint", "draw"])
def test_a_drag_moves_the_picture_with_every_tool(cine: AppDriver, tool: str, button: str, shift: int) -> None:
    cine.set(tool=tool)
    before = cine.place(*CENTRE)
    drag(cine, button, (300, 200), (340, 230), shift)
    after = cine.place(*CENTRE)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((40, 30), abs=2)
    assert not cine.painted() and not cine.marked()
    cine.stroke(CENTRE, (40.0, 40.0), (40.0, 30.0))
    assert bool(cine.painted()) == (tool != "view"), "the tool works again"


def test_a_right_drag_zooms(cine: AppDriver) -> None:
    before = cine.application.viewing.facts()["zoom"]
    drag(cine, "Right", (300, 200), (300, 300))
    assert cine.application.viewing.facts()["zoom"] != pytest.approx(before, rel=0.05)
    assert cine.state.view.zoom_text == f"{cine.application.viewing.facts()['zoom']:.1f}x"


@pytest.mark.parametrize("is_coloured", [False, True])
def test_a_drag_changes_brightness_and_contrast_of_the_whole_cine(app: AppDriver, is_coloured: bool) -> None:
    frames = phantom_frames()
    app.put(np.stack([frames] * 3, -1) if is_coloured else frames)
    shown = app.state.view.window, app.state.view.level
    drag(app, "Left", (300, 200), (400, 120))
    changed = app.state.view.window, app.state.view.level
    assert changed[0] != shown[0] and changed[1] != shown[1]
    app.show(3)
    assert (app.state.view.window, app.state.view.level) == changed
    assert not app.painted()
    app.ask("reset_window")
    assert (app.state.view.window, app.state.view.level) == shown


def test_a_tool_does_not_change_the_brightness(cine: AppDriver) -> None:
    before = cine.state.view.window, cine.state.view.level
    cine.set(tool="paint")
    cine.stroke(CENTRE, (50.0, 20.0))
    assert (cine.state.view.window, cine.state.view.level) == before
    assert cine.painted() == [0]


def test_all_segments_are_hidden_and_shown_again(cine: AppDriver) -> None:
    cine.set(tool="paint")
    cine.stroke(CENTRE)
    display = cine.segmentation.proxyNode.GetDisplayNode()
    cine.ask("toggle_all")
    assert not display.GetVisibility() and not cine.state.view.are_segments_shown
    cine.show(2)
    assert not display.GetVisibility(), "hidden on all frames"
    cine.ask("toggle_all")
    assert display.GetVisibility() and cine.state.view.are_segments_shown
    assert cine.painted() == [0]


def test_a_picture_says_what_it_shows(cine: AppDriver) -> None:
    """By that the page draws the brush, and knows in which picture a stroke is painted."""
    cine.show(4)
    facts = cine.application.viewing.facts()
    assert facts["frame"] == 4
    cine.set(tool="paint")
    cine.stroke(CENTRE)
    assert cine.application.viewing.facts()["strokes"] > facts["strokes"]


def test_slicer_keys_do_nothing_in_the_view(cine: AppDriver) -> None:
    """The page has keys of its own; r would fit the frame, and others show another slice."""
    cine.ask("zoom_at", 3, 0.7, 0.4)
    before = corners(cine)
    interactor = cine.view.interactor()
    for key in ("r", "f", "b", "Left", "Up", "space"):
        interactor.SetEventInformation(300, 200, 0, 0, key[0], 0, key)
        for event in ("KeyPressEvent", "CharEvent", "KeyReleaseEvent"):
            cine.do(lambda event=event: interactor.InvokeEvent(event))
    assert corners(cine) == before
    assert cine.state.cine.frame == 0
