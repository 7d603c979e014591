"""Quick gestures in a real Chromium: what is drawn is what is painted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from playwright.sync_api import Route

from helpers.browser import HAS_ITS_SHAPE, WINDOW, Browser, Point, ViewPage, ViewServer
from helpers.browser_steps import FRAMES, choose_preset, draw_cavity, drop, open_heart, to_frame, wait_for_end
from helpers.own_presets import WAITING, OwnPresets
from helpers.page_state import IN_PAGE

CENTRE, RADIUS = (64.0, 48.0), 30.0
WIDE = 14  # pixels
MOVES = 18  # in 0.3 s at 60 a second


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, own_presets: OwnPresets) -> Iterator[ViewServer]:
    folder = tmp_path_factory.mktemp("cines")
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(FRAMES), str(folder / "heart.nrrd"))
    started = ViewServer(folder, env=own_presets.environment)
    yield started
    started.close()


@pytest.fixture
def view(server: ViewServer, browser: Browser) -> Iterator[ViewPage]:
    context = browser.new_context(viewport=WINDOW)
    page = ViewPage(context.new_page())
    page.open(server.address)
    yield page
    context.close()
    assert page.complaints == []
    assert not any("Traceback" in line for line in server.output), "".join(server.output)


def circle(radius: float, count: int = MOVES) -> list[tuple[float, float]]:
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return [(CENTRE[0] + radius * np.cos(angle), CENTRE[1] + radius * np.sin(angle)) for angle in angles]


def polygon_area(points: list[tuple[float, float]]) -> float:
    x, y = np.array(points).T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def gesture(view: ViewPage, points: list[tuple[float, float]]) -> None:
    """A quick one: 60 moves a second, and nobody waits for the server."""
    mouse = view.page.mouse
    places = [view.place(*point) for point in points]
    mouse.move(*places[0])
    mouse.down()
    move_on(view, places[1:])
    mouse.up()


def move_on(view: ViewPage, places: list[Point]) -> None:
    due = time.monotonic()
    for place in places:
        due += 1 / 60
        time.sleep(max(due - time.monotonic(), 0))
        view.page.mouse.move(*place)


def area(view: ViewPage, frame: int = 0) -> float:
    """Pixels of the first segment, as the results say."""
    curves = view.state.results.curves
    value = curves[0]["values"][frame] if curves and curves[0]["values"] else None
    return float(value or 0)


def test_a_quick_gesture_keeps_its_area(view: ViewPage) -> None:
    open_heart(view)
    view.click("tab-results")
    view.key("d")
    view.until(f"{IN_PAGE.tools.tool} === 'draw'")
    large, small = polygon_area(circle(RADIUS)), polygon_area(circle(RADIUS / 2))
    for _again in range(3):
        gesture(view, circle(RADIUS))
        view.wait(lambda: abs(area(view) / large - 1) < 0.03)
        view.key("Control+z")
        view.wait(lambda: area(view) == 0)
    view.key("Control+y")
    view.wait(lambda: area(view) > 0)
    view.wait(lambda: sum(view.color(40, 48)) > sum(view.color(64, 48)) + 60)  # the cine is seen through the segment
    view.key("s")
    view.until(f"{IN_PAGE.tools.tool} === 'scissors'")
    gesture(view, circle(RADIUS / 2))
    view.wait(lambda: abs(area(view) / (large - small) - 1) < 0.03)

    # A view that gets another shape in the middle of it, as when another tab tells its size.
    view.key("Control+z")
    view.key("Control+z")
    view.wait(lambda: area(view) == 0)
    view.key("d")
    view.until(f"{IN_PAGE.tools.tool} === 'draw'")
    width, height = WINDOW["width"], WINDOW["height"]
    way = circle(RADIUS)
    half = len(way) // 2
    view.page.mouse.move(*view.place(*way[0]))
    view.page.mouse.down()
    move_on(view, [view.place(*point) for point in way[1:half]])
    view.page.set_viewport_size({"width": width, "height": height - 120})
    view.until(f"document.querySelector('[data-testid=picture]').height < {height} - 300")
    view.until(HAS_ITS_SHAPE)
    move_on(view, [view.place(*point) for point in way[half:]])
    view.page.mouse.up()
    view.wait(lambda: abs(area(view) / large - 1) < 0.03)
    view.page.set_viewport_size(WINDOW)

    # The brush on another frame: all of its way is painted.
    to_frame(view, 3)
    view.key("p")
    view.until(f"{IN_PAGE.tools.tool} === 'paint'")
    while (brush := float(view.state.tools.brush_size)) < WIDE:  # of a narrow one the pixels of its edge are too much
        view.key("]")
        view.until(f"{IN_PAGE.tools.brush_size} > {brush}")
    gesture(view, [*circle(RADIUS), circle(RADIUS)[0]])
    ring = np.pi * ((RADIUS + brush / 2) ** 2 - (RADIUS - brush / 2) ** 2)
    view.wait(lambda: abs(area(view, 3) / ring - 1) < 0.06)


# Presses in the moment in which a tab learns that the run has begun; the mouse of a test may come much later.
PRESS_WHEN_IT_CHANGES = """() => {
    const button = document.querySelector("[data-testid=segment-video]");
    new MutationObserver((_changes, observer) => {
        if (!button.innerText.includes("Cancel")) return;
        observer.disconnect();
        button.click();
        window.pressed = performance.now();
    }).observe(button, { childList: true, characterData: true, subtree: true });
}"""


def test_a_key_right_after_a_stroke_counts(view: ViewPage) -> None:
    open_heart(view)  # anew: nothing can be undone
    assert not view.state.undo.can_undo
    view.key("d")
    view.until(f"{IN_PAGE.tools.tool} === 'draw'")
    gesture(view, circle(RADIUS))
    view.key("Control+z")
    view.key("Control+y")
    view.key("Control+z")
    view.until(f"{IN_PAGE.undo.can_redo} && !{IN_PAGE.undo.can_undo} && !{IN_PAGE.marks.rows}.length")
    view.key(" ")
    view.until(f"{IN_PAGE.play.is_on} && {IN_PAGE.cine.frame} > 1")
    view.key("a")  # the cine stops at the frame that was seen
    view.until(f"{IN_PAGE.marks.rows}.length === 1 && !{IN_PAGE.play.is_on}")
    assert [int(row["frame"]) for row in view.state.marks.rows] == [view.state.cine.frame]


def test_a_run_that_began_during_an_upload_is_asked_about(view: ViewPage, tmp_path: Path) -> None:
    open_heart(view)
    draw_cavity(view, 0)
    choose_preset(view, WAITING)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(FRAMES[:4]), str(tmp_path / "short.nrrd"))
    held: list[Route] = []
    view.page.route("**/upload/**", lambda route: held.append(route))
    drop(view, tmp_path / "short.nrrd")
    view.wait(lambda: held)
    view.click("segment-video")
    view.until(f"/left/.test({IN_PAGE.run.phase})")
    held.pop().continue_()
    view.find("question").get_by_text("its run ends").wait_for()
    view.click("answer-no")
    drop(view, tmp_path / "short.nrrd")
    view.click("answer-yes")
    view.wait(lambda: held)
    held.pop().continue_()  # what was agreed to is not asked again
    view.until(f"{IN_PAGE.cine.frame_count} === 4")


def test_a_double_click_starts_one_run_and_another_tab_does_not_end_it(view: ViewPage, server: ViewServer) -> None:
    open_heart(view)
    draw_cavity(view, 0)
    choose_preset(view, WAITING)
    other = ViewPage(view.page.context.new_page())
    other.open(server.address)
    number = view.state.run.number
    for tab in (view, other):
        tab.page.evaluate(PRESS_WHEN_IT_CHANGES)
    view.find("segment-video").evaluate("(button) => { button.click(); button.click(); }")
    for tab in (view, other):
        tab.until("window.pressed")
    view.until(f"/left/.test({IN_PAGE.run.phase})")
    assert view.state.run.is_running and view.state.run.number == number + 1
    assert other.complaints == []
    other.page.close()
    view.until("performance.now() - window.pressed > 1000")  # a press is no haste any more
    view.find("segment-video").get_by_text("Cancel").click()
    assert wait_for_end(view).startswith("Cancelled")


def test_a_page_that_is_opened_during_a_run_can_cancel_it_at_once(view: ViewPage) -> None:
    open_heart(view)
    draw_cavity(view, 0)
    choose_preset(view, WAITING)
    view.click("segment-video")
    view.until(f"/left/.test({IN_PAGE.run.phase})")
    view.page.reload()
    view.find("segment-video").get_by_text("Cancel").click()
    assert wait_for_end(view).startswith("Cancelled")


def test_absent_over_a_drawing_is_undone_on_its_frame(view: ViewPage) -> None:
    open_heart(view)
    to_frame(view, 4)
    draw_cavity(view, 4)
    view.click("tab-results")
    view.wait(lambda: area(view, 4) > 0)
    drawn = area(view, 4)
    view.key("a")
    view.wait(lambda: area(view, 4) == 0)
    to_frame(view, 9)
    assert view.find("undo-stroke").is_enabled()
    view.key("Control+z")
    view.wait_for_frame(4)
    view.wait(lambda: area(view, 4) == drawn)
