"""The browser front end by clicks and drags in a real Chromium, from the empty page to the downloaded result."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from helpers.browser import HAS_ITS_SHAPE, WINDOW, Browser, ViewPage, ViewServer
from helpers.browser_downloads import check_downloads
from helpers.browser_steps import (
    FRAMES,
    TRUTH,
    answer_question,
    choose_preset,
    close_notice,
    draw_cavity,
    drop,
    is_tinted,
    open_demo,
    open_heart,
    to_frame,
    wait_for_end,
)
from helpers.own_presets import SMALL, WAITING, OwnPresets
from helpers.page_state import IN_PAGE
from rabengine.demo.sample import MARKS_FILE, read_polygons, sample_cine_path, sample_marks

POLYGONS = read_polygons(MARKS_FILE)
DRAWN, PAINTED = sorted(POLYGONS)[:2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page may open: a cine, one in a folder of its own, and files that are none."""
    made = tmp_path_factory.mktemp("hospital")
    (made / "patient 2").mkdir()
    for frames, name in ((FRAMES, "heart.nrrd"), (FRAMES[:5], "patient 2/short cine.nrrd")):
        image = SimpleITK.GetImageFromArray(frames)
        image.SetSpacing((0.5, 0.5, 1.0))  # a size of 1 mm would be warned of
        SimpleITK.WriteImage(image, str(made / name))
    (made / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\1" * 64)
    return made


@pytest.fixture(scope="module")
def server(folder: Path, own_presets: OwnPresets) -> Iterator[ViewServer]:
    started = ViewServer(folder, env=own_presets.environment)
    yield started
    started.close()


@pytest.fixture
def view(server: ViewServer, browser: Browser) -> Iterator[ViewPage]:
    """A tab with the page."""
    context = browser.new_context(viewport=WINDOW, accept_downloads=True, color_scheme="dark", reduced_motion="reduce")
    page = ViewPage(context.new_page())
    page.open(server.address)
    yield page
    context.close()
    assert page.complaints == []
    assert server.process.poll() is None, "".join(server.output)
    assert not any("Traceback" in line for line in server.output), "".join(server.output)


def test_from_the_empty_page_to_the_result(view: ViewPage, server: ViewServer, tmp_path: Path) -> None:
    assert view.page.title() == "Segment Video"
    view.find("welcome").wait_for()
    for control in ("segment-video", "next-frame", "verify", "absent", "undo-run", "download", "play", "tool-paint"):
        assert view.find(control).is_disabled()
    open_demo(view)
    assert view.text("frame-text").startswith("Frame 0, 0.00 s, empty")
    assert not view.find("welcome").is_visible()
    truth = sample_marks()

    # Two frames are marked, one by a lasso and one by a brush.
    to_frame(view, DRAWN)
    view.click("tool-draw")
    view.stroke(*map(tuple, POLYGONS[DRAWN].tolist()))
    view.find(f"mark-row-{DRAWN}").wait_for()
    rows, columns = np.nonzero(truth[DRAWN])
    inside = int(columns.mean()), int(rows.mean())
    view.wait(lambda: is_tinted(view, *inside) and not is_tinted(view, 40, 200))
    to_frame(view, PAINTED)
    assert not is_tinted(view, *inside)
    view.key("p")
    view.find("brush-size").wait_for()
    for _step in range(6):
        view.key("]")
    view.until(f"{IN_PAGE.tools.brush_size} > 30")
    rows, columns = np.nonzero(truth[PAINTED])
    middle = rows.mean()
    top, bottom = int(rows.min() + 18), int(rows.max() - 18)
    view.stroke((columns[rows == top].mean(), top), (columns.mean(), middle), (columns[rows == bottom].mean(), bottom))
    view.find(f"mark-row-{PAINTED}").wait_for()
    view.wait(lambda: is_tinted(view, columns.mean(), middle))

    # Segment.
    choose_preset(view, "image")
    view.click("segment-video")
    view.find("segment-video").get_by_text("Cancel").wait_for()
    view.find("progress").wait_for()
    view.until(f"/ s left/.test({IN_PAGE.run.phase})")
    phase = wait_for_end(view)
    assert re.match(r"Done in \d+ s on cpu", phase), phase
    assert not view.find("progress").is_visible()
    status = view.state.timeline.status
    assert set(status) == {"p", "m"} and status.count("m") == 2
    engines = server.engines()

    # The timeline says what the frame under the mouse is.
    for frame, title in ((PAINTED, "marked"), (status.index("p"), "predicted")):
        to_frame(view, frame)
        assert f" · {title}" in view.page.locator(".rab-tip").inner_text()

    # Scrub: the pictures follow, and the ventricle is on each of them.
    track = view.find("frame-slider").bounding_box()
    assert track is not None
    view.page.mouse.move(track["x"] + 2, track["y"] + track["height"] / 2)
    view.page.mouse.down()
    view.wait_for_frame(0)
    for frame in (9, 19, 29):
        view.page.mouse.move(track["x"] + (frame + 0.5) / 30 * track["width"], track["y"] + 2, steps=5)
        view.wait_for_frame(frame)
        view.wait(lambda: is_tinted(view, *inside))
        assert view.text("frame-number") == f"{frame} / 29"
    view.page.mouse.up()

    # The next frame to check is corrected; a run from there on is warm.
    to_frame(view, DRAWN)
    view.click("next-frame")
    view.until(f"{IN_PAGE.cine.frame_text}.includes('confidence')")
    doubtful = view.state.cine.frame
    assert doubtful not in (DRAWN, PAINTED)
    view.wait_for_frame(doubtful)
    view.click("tool-erase")
    view.stroke(inside)
    view.find(f"mark-row-{doubtful}").get_by_text("corrected").wait_for()
    view.click("undo-stroke")
    view.find(f"mark-row-{doubtful}").wait_for(state="detached")
    view.click("redo-stroke")
    view.find(f"mark-row-{doubtful}").wait_for()
    view.click("segment-video")
    view.until(f"{IN_PAGE.run.is_running}")
    wait_for_end(view)
    assert server.engines() == engines

    # Verify one frame by the button, the next by its key; another one lacks the segment.
    view.click("next-frame")
    view.find("verify").and_(view.page.locator(":enabled")).wait_for()
    verified = view.state.cine.frame
    view.click("verify")
    view.find(f"mark-row-{verified}").get_by_text("verified").wait_for()
    view.key("n")
    view.until(f"{IN_PAGE.cine.frame} !== {verified}")
    other = view.state.cine.frame
    view.key("Enter")
    view.find(f"mark-row-{other}").get_by_text("verified").wait_for()
    absent = next(frame for frame in (28, 27, 26) if str(frame) not in {row["frame"] for row in view.state.marks.rows})
    to_frame(view, absent)
    assert is_tinted(view, *inside)
    view.click("absent")
    view.find(f"mark-row-{absent}").get_by_text("no Segment 1").wait_for()
    view.wait(lambda: not is_tinted(view, *inside))

    # The last run is undone; what was corrected since stays.
    before = view.state.timeline.confidence
    view.click("undo-run")
    view.find("phase").get_by_text("The last run was undone.").wait_for()
    assert view.find("undo-run").is_disabled()
    assert view.state.timeline.confidence != before
    assert view.find(f"mark-row-{absent}").is_visible() and view.find(f"mark-row-{verified}").is_visible()

    # Results.
    view.click("tab-results")
    view.find("area-plot").locator("path").wait_for()
    rows_shown = view.find("area-table").locator("tbody tr")
    assert rows_shown.count() == 30
    rows_shown.nth(12).click()
    view.wait_for_frame(12)
    check_downloads(view, tmp_path, DRAWN, truth[DRAWN] > 0, absent)
    assert "text was made black" in close_notice(view)


def test_files_come_by_drop_by_button_and_from_the_folder(view: ViewPage, folder: Path, tmp_path: Path) -> None:
    view.click("open")
    view.click("open-folder")
    view.find("file-heart.nrrd").wait_for()
    view.click("file-patient 2")
    view.click("file-short cine.nrrd")
    answer_question(view)
    view.find("cine-name").get_by_text("short cine").wait_for()
    view.until(f"{IN_PAGE.cine.frame_count} === 5")

    view.click("open")
    with view.page.expect_file_chooser() as waiting:
        view.click("open-upload")
    waiting.value.set_files(str(folder / "heart.nrrd"))
    view.find("cine-name").get_by_text("heart").wait_for()
    view.until(f"{IN_PAGE.cine.frame_count} === 16")

    # A bad file says so in one sentence, and leaves the page as it was.
    drop(view, folder / "broken.dcm")
    view.find("notice").wait_for()
    text = close_notice(view)
    assert "broken" in text and text.endswith(".") and "Traceback" not in text and str(folder) not in text
    assert view.text("cine-name") == "heart"
    draw_cavity(view, 0)

    view.find("kept").wait_for()
    drop(view, sample_cine_path())
    view.find("cine-name").get_by_text("examples_ybr_color").wait_for()
    view.until(f"{IN_PAGE.cine.frame_count} === 30")
    assert "check areas" in close_notice(view)

    pictures = [tmp_path / f"{number:02}.png" for number in range(4)]
    for number, picture in enumerate(pictures):
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(FRAMES[number]), str(picture))
    (tmp_path / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")  # as macOS leaves it in folders
    drop(view, *pictures, tmp_path / ".DS_Store")
    view.until(f"{IN_PAGE.cine.frame_count} === 4")
    view.wait_for_frame(0)


def test_a_run_goes_on_while_the_page_is_loaded_anew_and_can_be_cancelled(view: ViewPage, server: ViewServer) -> None:
    open_heart(view)
    draw_cavity(view, 0)
    choose_preset(view, WAITING)
    view.click("segment-video")
    view.until(f"/left/.test({IN_PAGE.run.phase})")
    engines = server.engines()

    view.page.reload()
    view.find("segment-video").get_by_text("Cancel").wait_for()
    assert view.text("cine-name") == "heart"
    view.find("mark-row-0").wait_for()
    view.wait_for_frame(0)
    assert view.state.run.is_running and server.engines() == engines
    share = view.state.run.progress
    view.until(f"{IN_PAGE.run.progress} > {share}")
    # Its bar goes in whole steps: smooth motion would take a third of a core from the engine.
    bar = view.page.locator("[data-testid=progress] .v-progress-linear__determinate")
    assert share == int(share) and bar.evaluate("bar => getComputedStyle(bar).transitionDuration") == "0s"
    # What was found first is there while the engine learns.
    view.until(f"{IN_PAGE.timeline.status}.includes('p')")
    to_frame(view, 7)
    rows, columns = np.nonzero(TRUTH[7])
    view.wait(lambda: is_tinted(view, columns.mean(), rows.mean()))

    view.click("segment-video")
    phase = wait_for_end(view)
    assert phase.startswith("Cancelled.")
    assert view.find("undo-run").is_enabled()
    view.click("undo-run")
    view.until(f"!{IN_PAGE.timeline.status}.includes('p')")
    assert view.find("mark-row-0").is_visible()


def test_an_engine_that_is_killed_leaves_a_page_that_works(view: ViewPage, server: ViewServer) -> None:
    open_heart(view)
    draw_cavity(view, 0)
    choose_preset(view, WAITING)
    view.click("segment-video")
    view.until(f"/left/.test({IN_PAGE.run.phase})")
    for pid in server.engines():
        os.kill(pid, signal.SIGKILL)
    view.find("notice").wait_for()
    text = close_notice(view)
    assert "engine" in text.lower() and "Traceback" not in text
    wait_for_end(view)
    choose_preset(view, SMALL)
    number = view.state.run.number
    view.click("segment-video")
    view.until(f"{IN_PAGE.run.number} > {number}")
    assert wait_for_end(view).startswith("Done")
    assert set(view.state.timeline.status) == {"m", "p"}


def test_two_tabs_show_the_same(view: ViewPage, server: ViewServer) -> None:
    open_heart(view)
    other = ViewPage(view.page.context.new_page())
    other.page.set_viewport_size({"width": 1100, "height": 760})
    other.open(server.address)
    assert other.text("cine-name") == "heart"
    other.wait_for_frame(0)

    view.page.bring_to_front()  # a tab in the back takes one move of the mouse a second
    # The other tab tells its size once more while the mouse is in this one, and the picture is for the other then.
    view.take_mouse((64, 48))
    other.page.set_viewport_size({"width": 1100, "height": 660})
    view.until(f"!{HAS_ITS_SHAPE}")
    view.take_mouse((64, 48))
    draw_cavity(view, 0)
    rows, columns = np.nonzero(TRUTH[0])
    middle = columns.mean(), rows.mean()
    other.find("mark-row-0").wait_for()
    other.wait(lambda: is_tinted(other, *middle))
    to_frame(other, 5)
    view.wait_for_frame(5)
    other.page.bring_to_front()
    draw_cavity(other, 5)
    view.find("mark-row-5").wait_for()
    view.page.bring_to_front()
    view.wait(lambda: is_tinted(view, *middle))
    view.click("add-segment")
    other.find("segment-name-1").wait_for()
    # Each has its own list of a folder.
    for tab in (view, other):
        tab.click("open")
        tab.click("open-folder")
        tab.find("file-heart.nrrd").wait_for()
    view.click("file-patient 2")
    view.find("file-short cine.nrrd").wait_for()
    assert other.find("file-heart.nrrd").is_visible() and not other.text("folder-path").startswith("patient")
    view.click("close-folder")
    other.page.close()
    assert other.complaints == []
    to_frame(view, 2)


def test_colours_of_the_page(view: ViewPage) -> None:
    def brightness() -> float:
        shown = view.page.evaluate("getComputedStyle(document.querySelector('.v-application')).backgroundColor")
        return sum(map(float, re.findall(r"[\d.]+", shown)[:3])) / 3

    assert brightness() < 80  # the system's choice
    view.click("theme")
    view.wait(lambda: brightness() > 180)
    view.page.reload()
    view.find("theme").wait_for()
    view.wait(lambda: brightness() > 180)
    view.click("theme")
    view.wait(lambda: brightness() < 80)


def test_keys_and_wheel(view: ViewPage) -> None:
    open_heart(view)
    last = len(FRAMES) - 1
    for key, frame in (("Right", 1), ("Right", 2), ("Left", 1), ("End", last), ("Right", last), ("Home", 0)):
        view.key(f"Arrow{key}" if key in ("Left", "Right") else key)
        view.wait_for_frame(frame)
    view.key("Space")
    view.until(f"{IN_PAGE.play.is_on}")
    view.until("Number(document.querySelector('[data-testid=picture]').dataset.frame) > 2")
    view.key("Space")
    view.until(f"!{IN_PAGE.play.is_on}")
    for tool in ("paint", "erase", "draw", "scissors", "threshold", "view"):
        view.key(tool[0])
        view.until(f"{IN_PAGE.tools.tool} === '{tool}'")

    view.key("Home")
    view.wait_for_frame(0)
    view.page.mouse.move(*view.place(64, 48))
    view.page.mouse.wheel(0, 120)
    view.wait_for_frame(1)
    view.key("p")
    view.find("brush-size").wait_for()
    size = view.state.tools.brush_size
    view.page.keyboard.down("Shift")
    view.page.mouse.wheel(0, -120)
    view.page.keyboard.up("Shift")
    view.until(f"{IN_PAGE.tools.brush_size} > {size}")
    zoom = view.text("zoom")
    view.page.keyboard.down("Control")
    view.page.mouse.wheel(0, -120)
    view.page.keyboard.up("Control")
    view.wait(lambda: view.text("zoom") != zoom)
    step = view.text("zoom")
    view.key("f")
    view.wait(lambda: view.text("zoom") == zoom)
    # A touch pad sends many parts of a step.
    view.page.keyboard.down("Control")
    for _part in range(4):
        view.page.mouse.wheel(0, -4)
    view.page.keyboard.up("Control")
    view.wait(lambda: view.text("zoom") != zoom)
    view.key("m")
    view.until(f"{IN_PAGE.tools.tool} === 'measure'")
    assert view.text("zoom") == step
    view.key("p")
    view.key("f")
    view.wait(lambda: view.text("zoom") == zoom)

    view.stroke((64, 48))
    view.find("mark-row-1").wait_for()
    view.key("Control+z")
    view.find("mark-row-1").wait_for(state="detached")
    view.key("Control+y")
    view.find("mark-row-1").wait_for()
    view.wait(lambda: is_tinted(view, 64, 48))
    view.key("h")
    view.wait(lambda: not is_tinted(view, 64, 48))
    view.key("h")
    view.wait(lambda: is_tinted(view, 64, 48))
    view.key("?")
    view.find("dialog-help").get_by_text("Next frame to check").wait_for()
    view.key("Escape")
    view.find("dialog-help").get_by_text("Next frame to check").wait_for(state="hidden")
    assert view.state.tools.tool == "paint"


def keys_at_once(view: ViewPage, *keys: str) -> None:
    """So fast that the server has not answered the first when the last is pressed."""
    view.page.evaluate(
        """keys => keys.forEach((key) => window.dispatchEvent(new KeyboardEvent("keydown", {
            key: key.replace("Control+", ""), ctrlKey: key.startsWith("Control+"), cancelable: true,
        })))""",
        keys,
    )


def test_keys_and_calls_are_about_what_was_done_before_them(view: ViewPage) -> None:
    open_heart(view)
    draw_cavity(view, 0)
    keys_at_once(view, "Control+z", "Control+y", "Control+Enter")
    view.until(f"{IN_PAGE.run.is_running}")
    wait_for_end(view)
    keys_at_once(view, "Control+z", "Control+y", "n")
    view.until(f"{IN_PAGE.cine.frame} !== 0")
    view.click("delete-segment-0")
    view.click("answer-yes")
    view.find("segment-name-0").wait_for(state="detached")
    view.find("answer-yes").wait_for(state="hidden")
    keys_at_once(view, "v", "Control+z", "t")
    view.until(f"{IN_PAGE.tools.tool} === 'threshold' && {IN_PAGE.segments.chosen}")
    # What is set while a call is on its way is there when the next one is heard.
    view.page.evaluate("window.trame.client.beginBusy()")
    view.key("f")
    view.click("tool-smoothing")
    view.click("apply-tool")
    view.until(f"{IN_PAGE.undo.undo_text} === 'Smooth'")
    view.page.evaluate("window.trame.client.endBusy()")


def test_segments(view: ViewPage) -> None:
    open_heart(view)
    draw_cavity(view, 0)
    view.click("add-segment")
    view.find("segment-name-1").wait_for()
    view.click("tool-draw")
    view.stroke((5, 70), (25, 70), (25, 90), (5, 90))
    view.find("mark-row-0").get_by_text("Segment 1, Segment 2").wait_for()
    # Rename: what is typed into the field is no shortcut.
    view.click("edit-name-1")
    view.page.keyboard.type("apex")
    view.key("Enter")
    view.find("segment-name-1").get_by_text("apex").wait_for()
    view.find("mark-row-0").get_by_text("Segment 1, apex").wait_for()
    assert view.state.tools.tool == "draw"
    blue = view.color(15, 80)
    assert blue[2] > blue[0] + 15
    view.click("toggle-segment-1")
    view.wait(lambda: view.color(15, 80)[2] <= view.color(15, 80)[0] + 15)
    view.click("toggle-segment-1")
    view.click("delete-segment-1")
    view.click("answer-yes")
    view.find("segment-name-1").wait_for(state="detached")
    view.find("mark-row-0").get_by_text("Segment 1").wait_for()
    view.wait(lambda: view.color(15, 80)[2] <= view.color(15, 80)[0] + 15)
