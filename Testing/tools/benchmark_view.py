"""Measures how smooth the browser front end is on this computer: PYTHONPATH=Testing python -m tools.benchmark_view

It starts `rabsegment view` and Chromium here, both on this computer, and uses the page with the mouse.

Scrubbing: the slider of a cine of 320 x 240 and 30 frames is dragged to and fro, from one end to the other in one
second, so that 30 frames a second are the most there can be. A picture counts when it has arrived, is drawn into
the page, shows another frame than the one before and has other pixels; it is seen by a look at the page before each
time the browser paints.

Painting: for each move of the mouse with the button down, the time from the browser's own time of that event to the
end of the first paint of the page that has the stroke under the mouse, where there was none before. The page sketches a
stroke itself before the server has painted it, so the second number tells how long after the button is let go the
segmentation itself has the stroke, and the page draws what the server says of it. What the screen adds is in neither.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import math
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.browser import Browser, ViewPage

BRUSH_STEP = 24  # pixels of the frame between two moves: further than the brush reaches
MOVES_PER_STROKE = 5
SWEEP_SECONDS = 1.0
LONGEST_SECONDS = 120.0
STEP_SECONDS = 60.0  # that the page may take to open, or a frame or a stroke to become visible
MOST_TRIES = 5
ROWS = range(40, 240, 28)  # of the frame, one of each stroke: further from one another than the brush reaches

WATCH = Path(__file__).with_name("benchmark_view.js")


def main(arguments: list[str] | None = None, browser: Browser | None = None) -> int:
    """Measure, and print.

    Args:
        arguments: of the command line.
        browser: one that is there already; None starts one.
    """
    parser = argparse.ArgumentParser(description="Measure how smooth `rabsegment view` is on this computer.")
    parser.add_argument("--seconds", type=float, default=8.0, help="of scrubbing (default: %(default)s)")
    parser.add_argument("--strokes", type=int, default=20, help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    import pytest

    try:
        from helpers.browser import WINDOW, ViewPage, ViewServer, chromium
        from helpers.page_state import IN_PAGE
    except pytest.skip.Exception as missing:
        print(f"benchmark_view: {missing}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder  # marks that were made before would be offered over the picture
        server = ViewServer(Path(folder), "--demo")
        try:
            with (
                chromium() if browser is None else contextlib.nullcontext(browser) as started,
                started.new_page(viewport=WINDOW) as page,
            ):
                view = ViewPage(page, STEP_SECONDS)
                view.open(server.address)
                view.until(f"{IN_PAGE.cine.is_open}")
                view.wait_for_frame(0)
                if view.find("notice").is_visible():
                    view.click("close-notice")
                view.page.evaluate(WATCH.read_text(encoding="utf-8"))
                report_scrubbing(scrub(view, options.seconds))
                report_painting(*paint(view, options.strokes))
        finally:
            server.close()
    return 0


def scrub(view: ViewPage, seconds: float) -> list[dict[str, Any]]:
    """Drag the slider to and fro; returns the pictures that were displayed, [{"time" in ms, "frame"}]."""
    track = view.find("frame-slider").bounding_box()
    assert track is not None
    y = track["y"] + track["height"] / 2
    view.page.mouse.move(track["x"] + 1, y)
    view.page.mouse.down()
    view.page.evaluate("window.bench.pictures = []")
    began = time.monotonic()
    # A busy computer may need longer for the two pictures that make a rate.
    while (now := time.monotonic() - began) < seconds or (now < LONGEST_SECONDS and _pictures(view) < 2):
        share = abs((now / SWEEP_SECONDS + 1) % 2 - 1)
        view.page.mouse.move(track["x"] + 1 + share * (track["width"] - 2), y)
        view.page.wait_for_timeout(8)
    pictures = view.page.evaluate("window.bench.pictures")
    view.page.mouse.up()
    slider = "document.querySelector('[data-testid=frame-slider]').ariaValueNow"
    view.until(f"{slider} === document.querySelector('[data-testid=picture]').dataset.frame")
    return pictures


def _pictures(view: ViewPage) -> int:
    """That were displayed so far."""
    return int(view.page.evaluate("window.bench.pictures.length"))


def paint(view: ViewPage, strokes: int) -> tuple[list[float], list[float]]:
    """Paint on fresh places.

    Returns:
        Milliseconds of each move until its stroke is visible, and of the end of each stroke until it is painted.
    """
    view.key("p")
    # Also a try that failed may have painted: where a stroke is already, no other becomes visible.
    places = itertools.product(ROWS, range(view.state.cine.frame_count))
    for _ in range(strokes):
        if not any(_stroke(view, frame, row) for row, frame in itertools.islice(places, MOST_TRIES)):
            raise SystemExit("benchmark_view: no stroke became visible")
    return view.page.evaluate("[window.bench.moves, window.bench.ends]")


def _stroke(view: ViewPage, frame: int, row: int) -> bool:
    """One stroke; False where it did not become visible: a frame that came late, after the scrubbing, ends a stroke."""
    from playwright.sync_api import TimeoutError as NotInTime

    if not _show(view, frame):
        return False
    ends = view.page.evaluate("window.bench.ends.length")
    mouse = view.page.mouse
    mouse.move(*view.place(90, row))
    mouse.down()
    try:
        for move in range(1, MOVES_PER_STROKE + 1):
            moves = view.page.evaluate("window.bench.moves.length")
            mouse.move(*view.place(90 + BRUSH_STEP * move, row))
            _until_longer(view, "moves", moves, frame)
        x, y = view.place(90 + BRUSH_STEP * MOVES_PER_STROKE, row)
        view.page.evaluate(f"window.bench.end({x}, {y})")
        mouse.up()
        _until_longer(view, "ends", ends, frame)
    except (NotInTime, _Lost):
        mouse.up()
        view.page.evaluate("window.bench.waiting = []")
        return False
    return True


def _show(view: ViewPage, frame: int) -> bool:
    """Display a frame; False where the page went to another one: the slider's last frames came late."""
    from playwright.sync_api import TimeoutError as NotInTime

    view.page.evaluate(f"window.trame.trigger('show_frame', [{frame}])")
    try:
        view.wait_for_frame(frame)
    except NotInTime:
        return False
    return True


class _Lost(Exception):
    """The page went to another frame in the middle of a stroke."""


def _until_longer(view: ViewPage, what: str, count: int, frame: int) -> None:
    """Until more than so many were noted of a stroke on a frame.

    Raises:
        _Lost: another frame is displayed.
        playwright's TimeoutError: it took longer than any computer needs.
    """
    is_noted = f"window.bench.{what}.length > {count}"
    shown = "Number(document.querySelector('[data-testid=picture]').dataset.frame)"
    view.until(f"{is_noted} || {shown} !== {frame}")
    if not view.page.evaluate(f"() => {is_noted}"):
        raise _Lost


def report_scrubbing(pictures: list[dict[str, Any]]) -> None:
    """Print pictures a second, between the first and the last."""
    times = [picture["time"] for picture in pictures]
    if len(times) < 2:
        print("scrubbing: fewer than two pictures were displayed")
        return
    seconds = (times[-1] - times[0]) / 1000
    longest = max(later - earlier for earlier, later in itertools.pairwise(times))
    print(
        f"scrubbing: {(len(times) - 1) / seconds:.1f} frames a second displayed "
        f"({len(times)} pictures in {seconds:.1f} s; the longest wait was {longest:.0f} ms)"
    )


def report_painting(moves: list[float], ends: list[float]) -> None:
    """Print medians and 95th percentiles."""
    for what, times in (
        ("from a mouse move to the stroke in the page", moves),
        ("from the end of a stroke to its pixels in the segmentation that is shown", ends),
    ):
        ranked = sorted(times)
        high = ranked[min(len(ranked) - 1, math.ceil(0.95 * len(ranked)) - 1)]
        print(f"painting: {statistics.median(times):.0f} ms {what} (median; 95 %: {high:.0f} ms; {len(times)} times)")


if __name__ == "__main__":
    sys.exit(main())
