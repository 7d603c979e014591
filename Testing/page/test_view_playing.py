"""Playing and looking in the page: speed, loop, range, from mark to mark, brightness, zoom, brush, times as words."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.view_app import VIEW_SIZE, AppDriver, phantom_frames


@pytest.fixture
def cine(app: AppDriver) -> AppDriver:
    """The application with a small cine open."""
    app.put(phantom_frames(12), spacing=(0.5, 0.5))
    return app


def seen_while(driver: AppDriver, until: object) -> set[int]:
    """Frames that are shown until a condition holds."""
    shown: set[int] = set()

    def look() -> bool:
        shown.add(driver.state.cine.frame)
        return bool(until(shown))

    driver.wait(look)
    return shown


def test_a_range_is_played_round_and_round(cine: AppDriver) -> None:
    cine.show(3)
    cine.ask("play_from_here")
    cine.show(6)
    cine.ask("play_to_here")
    assert (cine.state.play.first, cine.state.play.last) == (3, 6)
    cine.set(speed=8)
    cine.show(0)
    cine.ask("play")
    seen = seen_while(cine, lambda shown: {3, 6} <= shown)
    seen |= seen_while(cine, lambda shown: 3 in shown)
    assert seen <= {0, 3, 4, 5, 6}
    cine.ask("play")
    cine.ask("play_whole")
    assert (cine.state.play.first, cine.state.play.last) == (0, 11)


def test_without_loop_it_stops_at_the_last_frame(cine: AppDriver) -> None:
    cine.set(is_looping=False, speed=8)
    cine.show(8)
    cine.ask("play")
    cine.wait(lambda: not cine.state.play.is_on)
    assert cine.state.cine.frame == 11
    cine.ask("play")
    cine.wait(lambda: cine.state.cine.frame < 11)
    cine.ask("play")


@pytest.mark.parametrize("ends", [{"first": 9, "last": 2}, {"first": 0, "last": 10**6}, {"first": -3, "last": 4}])
def test_ends_of_a_range_are_brought_into_order(cine: AppDriver, ends: dict) -> None:
    cine.set(**ends)
    assert 0 <= cine.state.play.first <= cine.state.play.last <= 11


def test_one_goes_from_mark_to_mark(cine: AppDriver) -> None:
    disc = np.zeros((64, 64), bool)
    disc[20:40, 20:40] = True
    for frame in (2, 7):
        cine.do(lambda frame=frame: cine.session.mark(frame, {cine.segment: disc}))
    for direction, shown in ((1, 2), (1, 7), (1, 7), (-1, 2), (-1, 2)):
        cine.ask("show_mark", direction)
        assert cine.state.cine.frame == shown
    assert cine.state.timeline.status[2] == "m" and cine.state.timeline.words["m"] == "marked"


def test_a_dark_cine_and_a_dark_frame_are_made_bright(app: AppDriver) -> None:
    frames = phantom_frames() // 10
    frames[3] //= 2
    app.put(frames)
    assert app.state.view.level + app.state.view.window / 2 < 60, "white is what is brightest in the cine"
    shown = app.state.view.window
    app.show(3)
    app.ask("brighten")
    assert app.state.view.window < shown
    app.ask("reset_window")
    assert app.state.view.window == shown


def test_a_pixel_of_the_frame_is_a_pixel_of_the_page(cine: AppDriver) -> None:
    cine.ask("actual_size")
    assert cine.application.viewing.facts()["zoom"] == pytest.approx(1.0, rel=0.01)
    assert cine.state.view.zoom_text == "1.0x"
    cine.ask("fit")
    assert cine.application.viewing.facts()["zoom"] == pytest.approx(VIEW_SIZE[1] / 64, rel=0.01)


def test_nobody_zooms_so_far_that_the_frame_is_lost(cine: AppDriver) -> None:
    for _time in range(4):
        cine.ask("zoom_at", -100, 0.5, 0.5)
    assert cine.application.viewing.facts()["zoom"] >= 0.99
    for _time in range(4):
        cine.ask("zoom_at", 100, 0.5, 0.5)
    assert cine.application.viewing.facts()["zoom"] <= 65


@pytest.mark.parametrize(("size", "brush"), [(64, 4), (400, 24), (1000, 60)])
def test_the_brush_suits_the_size_of_the_cine(app: AppDriver, size: int, brush: float) -> None:
    app.put(np.random.default_rng(0).integers(0, 255, (2, size, size + 40), np.uint8))
    assert app.state.tools.brush_size == brush


def test_one_set_of_words_says_what_a_frame_is(cine: AppDriver) -> None:
    cine.set(tool="paint", brush_size=12)
    cine.stroke((20, 30))
    cine.ask("show_areas")
    words = {
        cine.state.cine.frame_text.rpartition(", ")[2],
        cine.state.marks.rows[0].by,
        cine.state.results.rows[0][-1],
        cine.state.timeline.words[cine.state.timeline.status[0]],
    }
    assert words == {"marked"}
    assert [one.title for one in cine.state.timeline.legend] == ["empty", "predicted", "marked", "verified"]


def test_times_are_as_people_write_them(app: AppDriver) -> None:
    clock = {"index_name": "time", "index_unit": "s"}
    app.put(phantom_frames(), index_values=(0.0, 0.0334, 0.0667, 0.1001, 59.0, 65.2), **clock)
    assert app.state.cine.times == ["0.00 s", "0.03 s", "0.07 s", "0.10 s", "59.00 s", "1:05.20 min"]
    app.put(phantom_frames(), index_values=tuple(0.002 * frame for frame in range(6)), **clock)
    assert app.state.cine.times[:3] == ["0.000 s", "0.002 s", "0.004 s"]
