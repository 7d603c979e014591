"""A day's use of the page in a real Chromium: clicks, outlines, distances, marks among many frames, narrow windows."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator

import numpy as np
import pytest
import SimpleITK

from helpers.browser import WINDOW, Browser, Point, ViewPage, ViewServer
from helpers.browser_steps import FRAMES, TRUTH, draw_cavity, is_tinted, open_heart, to_frame
from helpers.page_state import IN_PAGE


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ViewServer]:
    folder = tmp_path_factory.mktemp("cines")
    for name, frames, spacing in (
        ("heart", FRAMES, (0.5, 0.5, 1.0)),
        ("plain", np.float32(FRAMES / 255 - 2), (1.0, 1.0, 1.0)),
        ("long", np.tile(FRAMES, (19, 1, 1))[:300], (1.0, 1.0, 1.0)),
    ):
        image = SimpleITK.GetImageFromArray(frames)
        image.SetSpacing(spacing)
        SimpleITK.WriteImage(image, str(folder / f"{name}.nrrd"))
    started = ViewServer(folder)
    yield started
    started.close()


@pytest.fixture
def view(server: ViewServer, browser: Browser) -> Iterator[ViewPage]:
    page = ViewPage(
        browser.new_context(viewport=WINDOW, color_scheme="dark", has_touch=True, reduced_motion="reduce").new_page()
    )
    page.open(server.address)
    yield page
    page.page.context.close()
    assert page.complaints == []
    assert not any("Traceback" in line for line in server.output), "".join(server.output)


def open_anew(view: ViewPage) -> None:
    """The cine without marks of an earlier test."""
    open_heart(view)
    for row in view.state.marks.rows:
        view.click(f"remove-mark-{row['frame']}")
    if view.find("start-anew").is_visible():
        offer, frame = view.find("offer").bounding_box(), view.find("view").bounding_box()
        assert offer is not None and frame is not None and offer["y"] + offer["height"] <= frame["y"] + 1
        view.click("start-anew")


def middle(frame: int) -> tuple[float, float]:
    rows, columns = np.nonzero(TRUTH[frame])
    return float(columns.mean()), float(rows.mean())


def beside(frame: int) -> tuple[float, float]:
    """In the cavity too, where no sign of a click in its middle is drawn."""
    return middle(frame)[0] + 6, middle(frame)[1]


def test_clicks_mark_and_are_taken_back(view: ViewPage) -> None:
    open_anew(view)
    to_frame(view, 2)
    view.key("q")
    place = view.place(*middle(2))
    view.page.mouse.move(*place)
    view.until(f"{IN_PAGE.prompts.preview}.length > 0")
    assert not is_tinted(view, *beside(2)), "a preview writes nothing"
    view.page.mouse.down()
    view.page.mouse.up()
    view.find("mark-row-2").wait_for()
    view.wait(lambda: is_tinted(view, *beside(2)))
    view.page.mouse.click(*view.place(8, 8), button="right")
    view.until(f"{IN_PAGE.prompts.steps}.length === 2 && !{IN_PAGE.prompts.is_waiting}")
    assert [step["is_positive"] for step in view.state.prompts.steps] == [True, False]
    view.page.keyboard.down("Control")
    view.page.mouse.click(*view.place(100, 8))
    view.page.keyboard.up("Control")
    view.until(f"{IN_PAGE.prompts.steps}.length === 3 && !{IN_PAGE.prompts.is_waiting}")
    with_caps_lock = {"key": "Z", "ctrlKey": True, "bubbles": True, "cancelable": True}
    view.find("view").dispatch_event("keydown", with_caps_lock)
    view.until(f"{IN_PAGE.prompts.steps}.length === 2")
    view.stroke(middle(2), (middle(2)[0] + 5, middle(2)[1] + 5))
    view.until(f"{IN_PAGE.prompts.steps}.length === 3")
    assert len(view.state.prompts.steps[2]["points"]) > 1
    view.page.keyboard.down("Shift")
    view.stroke((40, 20), (90, 80))
    view.page.keyboard.up("Shift")
    view.until(f"{IN_PAGE.prompts.steps}.length === 4")
    assert view.state.prompts.steps[3]["is_box"]


def test_a_finger_marks_too(view: ViewPage) -> None:
    open_anew(view)
    to_frame(view, 5)
    view.click("tool-prompt")
    view.page.touchscreen.tap(*view.place(*middle(5)))
    view.find("mark-row-5").wait_for()
    view.click("prompt-removes")
    view.page.touchscreen.tap(*view.place(8, 8))
    view.until(f"{IN_PAGE.prompts.steps}.some((step) => !step.is_positive)")
    view.click("prompt-adds")
    steps, zoom = len(view.state.prompts.steps), float(view.find("picture").get_attribute("data-zoom") or 0)
    (left, row), (right, _row) = view.place(40, 40), view.place(80, 40)
    touch = view.page.context.new_cdp_session(view.page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", (left, row))
    fingers("touchStart", (left, row), (right, row))
    for apart in (20, 40, 60):
        fingers("touchMove", (left - apart, row), (right + apart, row))
    fingers("touchEnd")
    view.until(f"Number(document.querySelector('[data-testid=picture]').dataset.zoom) > {1.1 * zoom}")
    assert len(view.state.prompts.steps) == steps, "two fingers zoom, and mark nothing"
    view.key("f")


def test_the_points_of_an_outline_are_dragged_added_and_removed(view: ViewPage) -> None:
    open_anew(view)
    draw_cavity(view, 0)
    view.key("w")
    x, _y = middle(0)
    top = int(np.nonzero(TRUTH[0][:, round(x)])[0].min())
    view.until("Number(document.querySelector('[data-testid=picture]').dataset.outlines) === 1")
    strokes = view.find("picture").get_attribute("data-strokes")
    edge = next(row for row in range(top - 16, top + 16) if is_tinted(view, x, row))
    view.stroke((x, edge - 0.5), (x, edge - 14))  # a point there, and away with it
    view.until(f"document.querySelector('[data-testid=picture]').dataset.strokes !== '{strokes}'")
    view.wait(lambda: is_tinted(view, x, edge - 8))
    assert view.state.undo.undo_text == "Reshape the outline"
    view.page.mouse.click(*view.place(x, edge - 14), button="right")
    view.wait(lambda: not is_tinted(view, x, edge - 8))
    view.key("c")
    view.wait_for_frame(1)
    view.find("mark-row-1").wait_for()
    view.wait(lambda: is_tinted(view, *middle(0)))
    # Another piece has points too, and once the pieces have met both are kept.
    view.click("tool-draw")
    view.stroke((5, 70), (25, 70), (25, 90), (5, 90))
    view.until("Number(document.querySelector('[data-testid=picture]').dataset.outlines) === 2")
    view.key("w")
    view.stroke((15, 69.5), (15, 60))
    view.wait(lambda: is_tinted(view, 15, 65))
    assert is_tinted(view, *middle(0))
    view.stroke((25, 80), (middle(0)[0], 80), middle(0))
    view.until("Number(document.querySelector('[data-testid=picture]').dataset.outlines) === 1")
    view.stroke((5, 80), (1, 80))
    view.wait(lambda: is_tinted(view, 3, 80))
    assert is_tinted(view, *middle(0)) and is_tinted(view, middle(0)[0] + 12, middle(0)[1])


def begin(view: ViewPage, start: Point, end: Point) -> None:
    """Press the mouse at a pixel of the frame, and drag it to another one."""
    view.take_mouse(start)
    view.page.mouse.move(*view.place(*start))
    view.page.mouse.down()
    view.page.mouse.move(*view.place(*end), steps=4)


def test_strokes_are_seen_until_the_server_has_painted_them(view: ViewPage, server: ViewServer) -> None:
    open_anew(view)
    view.key("p")
    view.find("brush-size").wait_for()
    view.take_mouse((100, 20))
    strokes = [((20, 20), (30, 20)), ((60, 20), (70, 20)), ((100, 20), (110, 20))]
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        for points in strokes:
            view.stroke(*points)
        assert all(is_tinted(view, *points[0]) for points in strokes)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    view.wait(lambda: view.state.undo.undo_text == "Paint" and view.state.timeline.status[0] == "m")
    for points in strokes:
        view.wait(lambda points=points: is_tinted(view, *points[0]))
    # What is painted covers nothing of what comes next.
    view.key("Control+z")
    view.wait(lambda: not is_tinted(view, *strokes[-1][0]))
    assert is_tinted(view, *strokes[0][0])


def test_a_drag_changes_what_it_began_on_though_another_frame_segment_or_cine_is_shown(view: ViewPage) -> None:
    open_anew(view)
    draw_cavity(view, 0)
    view.key("w")
    x, _y = middle(0)
    view.until("Number(document.querySelector('[data-testid=picture]').dataset.outlines) === 1")
    edge = next(row for row in range(4, 48) if is_tinted(view, x, row))
    begin(view, (x, edge - 0.5), (x, edge - 14))
    view.key("ArrowRight")
    view.wait_for_frame(1)
    view.page.evaluate("window.trame.trigger('add_segment')")
    view.find("segment-name-1").wait_for()
    view.page.mouse.up()
    view.wait_for_frame(0)
    view.wait(lambda: is_tinted(view, x, edge - 8))
    assert [row["frame"] for row in view.state.marks.rows] == ["0"]
    assert view.state.marks.rows[0]["segments"] == "Segment 1"

    # Another cine: neither the drag, nor a name that is typed, nor a question goes on to it.
    for tool, question in (("draw", False), ("outline", True)):
        view.click(f"tool-{tool}")
        if question:
            view.click("delete-segment-0")
            view.find("answer-yes").wait_for()
        else:
            begin(view, (40, 40), (80, 60))
            view.page.mouse.move(*view.place(40, 70))
            view.page.evaluate("document.querySelector('[data-testid=edit-name-0]').click()")
            view.find("rename-0").fill("Cavity")
        number = view.state.cine.number
        view.page.evaluate(
            "name => window.trame.trigger('open_path', [name])", "long.nrrd" if question else "plain.nrrd"
        )
        view.until(f"{IN_PAGE.cine.number} > {number} && !{IN_PAGE.reading.is_on}")
        view.wait_for_frame(0)
        view.until(f"!{IN_PAGE.marks.rows}.length")
        if question:
            view.find("answer-yes").wait_for(state="hidden")
        else:
            view.find("rename-0").wait_for(state="hidden")
            view.page.mouse.move(*view.place(30, 30))
            view.page.mouse.up()
            draw_cavity(view, 0)  # which the server hears of after it
            assert view.state.undo.undo_text == "Draw" and is_tinted(view, *middle(0))
            assert not is_tinted(view, 40, 66)
        assert view.text("segment-name-0") == "Segment 1"


def test_a_distance_is_in_mm_and_a_pixel_size_can_be_set(view: ViewPage) -> None:
    open_heart(view)
    view.key("m")
    view.stroke((20, 30), (60, 60))
    view.wait(lambda: view.text("distance") == "25.0 mm")
    # Where the file has no pixel size, a line of known length gives it.
    view.click("open")
    view.click("open-folder")
    view.click("file-plain.nrrd")
    view.find("cine-name").get_by_text("plain").wait_for()
    view.wait_for_frame(0)
    assert re.fullmatch(r"W 0\.\d{4} L -1\.\d{4}", view.text("window")), view.text("window")
    view.key("m")
    view.stroke((20, 30), (60, 60))
    view.click("measure-scale")
    view.find("scale-line").locator("input").fill("100")
    view.click("scale-set-line")
    view.until(f"Math.abs({IN_PAGE.scale.spacing}[0] - 2) < 0.02")
    view.click("close-scale")
    view.wait(lambda: view.text("distance").startswith(("99.", "100.")))
    # Brightness below 0 has its place in the plot.
    draw_cavity(view, 0)
    view.click("tab-results")
    view.page.evaluate("window.trame.state.set('ResultState__measure', 'mean brightness')")
    plot = view.find("area-plot")
    plot.get_by_text("Mean brightness").wait_for()
    curve, axis = plot.locator("path").bounding_box(), plot.get_by_text("Frame").bounding_box()
    assert curve is not None and axis is not None and curve["y"] < axis["y"] - 10


def test_marks_among_300_frames_are_seen_and_gone_to(view: ViewPage) -> None:
    view.click("open")
    view.click("open-folder")
    view.click("file-long.nrrd")
    view.until(f"{IN_PAGE.cine.frame_count} === 300")
    view.wait_for_frame(0)
    view.key("q")
    for frame in (3, 150, 299):
        view.page.evaluate("frame => window.trame.trigger('show_frame', [frame])", frame)
        view.wait_for_frame(frame)
        view.click("absent")
        view.find(f"mark-row-{frame}").wait_for()
    ticks = [box for one in view.find("tick").all() if (box := one.bounding_box())]
    assert len(ticks) == 3 and all(tick["width"] >= 3 and tick["height"] >= 10 for tick in ticks)
    view.key("PageUp")
    view.wait_for_frame(150)
    view.click("previous-mark")
    view.wait_for_frame(3)
    view.click("next-mark")
    view.wait_for_frame(150)


@pytest.mark.parametrize("width", [600, 1000])
def test_a_narrow_window_has_all_controls(view: ViewPage, server: ViewServer, width: int) -> None:
    open_heart(view)
    view.page.set_viewport_size({"width": width, "height": 760})
    view.open(server.address)
    view.wait_for_frame(view.state.cine.frame)
    assert view.page.evaluate("document.documentElement.scrollWidth") <= width
    for control in ("open", "download", "theme", "help", "toggle-side", "play", "next-mark", "frame-slider"):
        box = view.find(control).bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width, control
    if not view.find("side").is_visible():
        view.click("toggle-side")
    side = view.find("side").bounding_box()
    assert side is not None and side["x"] >= 52 and side["x"] + side["width"] <= width
    picture = view.find("picture").bounding_box()
    view.click("toggle-side")
    view.find("side").wait_for(state="hidden")
    wider = view.find("picture").bounding_box()
    assert picture is not None and wider is not None and wider["width"] >= max(picture["width"], width - 60)


def test_the_left_ventricle_has_its_place_only_where_a_segment_is_one(view: ViewPage) -> None:
    open_anew(view)
    draw_cavity(view, 0)
    view.click("tab-results")
    view.find("area-plot").wait_for()
    if view.state.results.ventricle:
        view.click("tab-segment")
    assert not view.find("ventricle-section").is_visible()
    view.click("tab-segment")
    view.find("segment-name-0").dblclick()
    view.find("rename-0").fill("Left ventricle")
    view.key("Enter")
    view.click("tab-results")
    view.find("ventricle-section").wait_for()


def drag_by_finger(view: ViewPage, start: tuple[float, float], way: tuple[float, float]) -> None:
    client = view.page.context.new_cdp_session(view.page)
    for kind, share in (("touchStart", 0.0), ("touchMove", 0.5), ("touchMove", 1.0), ("touchEnd", None)):
        places = [] if share is None else [view.place(start[0] + way[0] * share, start[1] + way[1] * share)]
        places = [{"x": x, "y": y} for x, y in places]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})


def test_the_line_of_an_m_mode_goes_with_mouse_finger_and_keys(view: ViewPage) -> None:
    open_anew(view)
    draw_cavity(view, 0)
    view.click("tab-results")
    view.click("draw-line")
    view.until("document.querySelector('[data-testid=sketch]').dataset.lineEnds === '2'")
    (x, y), end = view.state.line.ends

    def begin_is_at(column: float, row: float) -> None:
        view.wait(lambda: view.state.line.ends[0] == pytest.approx((column, row), abs=0.6))
        assert view.state.line.ends[1] == end

    view.stroke((x, y), (x + 12, y + 7))
    begin_is_at(x + 12, y + 7)
    frame = view.shown_frame()
    view.click("line-0")
    view.key("ArrowLeft")
    view.key("Shift+ArrowDown")
    begin_is_at(x + 11, y + 12)
    assert view.shown_frame() == frame, "the arrows move the end, not the frames"
    drag_by_finger(view, (x + 11, y + 12), (-5, 3))
    begin_is_at(x + 6, y + 15)
    view.click("remove-line")
    view.until("document.querySelector('[data-testid=sketch]').dataset.lineEnds === '0'")


def test_the_apex_goes_with_mouse_finger_and_keys_and_the_values_follow(view: ViewPage) -> None:
    open_anew(view)
    draw_cavity(view, 0)
    to_frame(view, 4)
    draw_cavity(view, 4)
    view.find("segment-name-0").dblclick()
    view.find("rename-0").fill("Left ventricle")
    view.key("Enter")
    view.click("tab-results")
    view.click("landmark-frame-ED")
    view.until(f"{IN_PAGE.landmarks.frames}.length === 2")
    view.until("document.querySelector('[data-testid=sketch]').dataset.landmarks === '3'")

    def apex() -> tuple[float, float]:
        end = next(one for one in view.state.landmarks.frames if one["end"] == "ED")
        return tuple(end["points"][0])

    view.wait_for_frame(view.state.landmarks.frames[0]["frame"])
    before, said = apex(), view.text("ejection")
    view.stroke(before, (before[0] + 4, before[1] + 9))
    view.wait(lambda: apex() == pytest.approx((before[0] + 4, before[1] + 9), abs=0.6))
    view.wait(lambda: view.text("ejection") != said)
    moved, said = apex(), view.text("ejection")
    view.click("landmark-ED-0")
    view.key("ArrowLeft")
    view.key("Shift+ArrowUp")
    view.wait(lambda: apex() == pytest.approx((moved[0] - 1, moved[1] - 5), abs=0.01))
    assert view.shown_frame() == view.state.landmarks.frames[0]["frame"], "the arrows move the point, not the frames"
    now = apex()
    drag_by_finger(view, now, (5, 3))
    view.wait(lambda: apex() == pytest.approx((now[0] + 5, now[1] + 3), abs=0.6))
    view.click("reset-landmarks")
    view.wait(lambda: apex() == before)
    assert view.find("reset-landmarks").is_disabled()


def test_a_second_tab_has_the_picture_at_once(view: ViewPage, server: ViewServer) -> None:
    open_heart(view)
    to_frame(view, 9)
    other = ViewPage(view.page.context.new_page())
    other.open(server.address)
    other.wait_for_frame(9)  # nobody has moved the mouse there
    assert max(other.color(64, 48)) > 0
    other.page.close()


def test_what_cannot_be_sent_while_the_page_goes_is_no_error_of_the_page(view: ViewPage) -> None:
    reject = "code => { setTimeout(() => Promise.reject({code, message: 'RPC call unsuccessful'})); }"
    view.page.evaluate(reject, -32099)  # as the client of trame does where its connection is not open
    view.page.wait_for_timeout(300)
    assert view.complaints == []
    view.page.evaluate(reject, -1)
    view.wait(lambda: view.complaints)
    view.complaints.clear()
