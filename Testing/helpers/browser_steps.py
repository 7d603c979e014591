"""What tests do in the page of the browser front end, as its user does it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from helpers.browser import ViewPage
from helpers.page_state import IN_PAGE
from rabengine.synthetic.phantom import beating_ellipse

FRAMES, TRUTH = beating_ellipse(16, 96, 128, seed=1)  # of the cine in the server's folder


def open_demo(view: ViewPage) -> None:
    """By the button of the empty page, or by the menu."""
    if view.find("welcome-demo").is_visible():
        view.click("welcome-demo")
    else:
        view.click("open")
        view.click("open-demo")
    answer_question(view)
    view.find("cine-name").get_by_text("Echocardiogram").wait_for()
    view.wait_for_frame(0)
    close_notice(view)


def open_heart(view: ViewPage) -> None:
    """The cine of the server's folder."""
    number = view.state.cine.number
    view.click("open")
    view.click("open-folder")
    view.click("file-heart.nrrd")
    answer_question(view)
    view.until(f"{IN_PAGE.cine.number} > {number}")
    view.until(f"{IN_PAGE.cine.text}.startsWith('16 frames') && !{IN_PAGE.reading.is_on}")
    view.find("cine-name").get_by_text("heart").wait_for()
    view.wait_for_frame(0)


def answer_question(view: ViewPage) -> None:
    """Yes, where the page asks whether the cine that is open may be closed."""
    if view.state.cine.is_open and view.state.run.is_running:
        view.click("answer-yes")


def close_notice(view: ViewPage) -> str:
    """Read what the page says."""
    text = view.text("notice-text")
    view.click("close-notice")
    view.find("notice").wait_for(state="hidden")
    return text


def choose_preset(view: ViewPage, name: str) -> None:
    view.page.locator(".v-select").filter(has=view.find("preset")).or_(view.find("preset")).first.click()
    view.page.get_by_role("option", name=re.compile(f"^{name}")).click()
    view.until(f"{IN_PAGE.run.preset} === '{name}'")


def draw_cavity(view: ViewPage, frame: int) -> None:
    """Draw round the cavity of the phantom on the frame that is shown."""
    rows, columns = np.nonzero(TRUTH[frame])
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    view.click("tool-draw")
    view.stroke(
        *((columns.mean() + 2 * columns.std() * np.cos(a), rows.mean() + 2 * rows.std() * np.sin(a)) for a in angles)
    )
    view.find(f"mark-row-{frame}").wait_for()


def wait_for_end(view: ViewPage) -> str:
    """Of the run; what is said then."""
    view.until(f"!{IN_PAGE.run.is_running}")
    view.find("segment-video").get_by_text("Segment video").wait_for()
    return view.text("phase")


def is_tinted(view: ViewPage, column: float, row: float) -> bool:
    """Whether the picture has the orange of the first segment there."""
    red, _green, blue = view.color(column, row)
    return red > blue + 25


def to_frame(view: ViewPage, frame: int) -> None:
    """By a click on the timeline."""
    area = view.find("timeline").bounding_box()
    assert area is not None
    share = (frame + 0.5) / view.state.cine.frame_count
    view.page.mouse.click(area["x"] + share * area["width"], area["y"] + area["height"] / 2)
    view.wait_for_frame(frame)


def drop(view: ViewPage, *paths: Path) -> None:
    """Files onto the page, as from a file manager."""
    files = [[path.name, list(path.read_bytes())] for path in paths]
    data = view.page.evaluate_handle(
        """files => {
            const data = new DataTransfer();
            for (const [name, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name));
            return data;
        }""",
        files,
    )
    place = view.find("view")
    place.dispatch_event("dragenter", {"dataTransfer": data})
    view.find("drop-zone").wait_for()
    place.dispatch_event("dragover", {"dataTransfer": data})
    place.dispatch_event("drop", {"dataTransfer": data})
    view.find("drop-zone").wait_for(state="hidden")
