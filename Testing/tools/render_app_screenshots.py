"""Render the page of `rabsegment view` in some of its states into Resources/Screenshots: `make screenshots`.

    PYTHONPATH=Testing python -m tools.render_app_screenshots [OUTPUT]

A real server and a real Chromium, used with the mouse: what the pictures show is what a user sees.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from pathlib import Path

from PIL import Image

from helpers.browser import WINDOW, ViewPage, ViewServer, chromium
from helpers.page_state import IN_PAGE
from rabengine.demo.sample import MARKS_FILE, read_polygons

REPOSITORY = Path(__file__).resolve().parents[2]
COLORS, KMEANS = 256, 5  # of a picture: the README is read over slow lines, too
NOWHERE = 1100, 785  # where no control is that would say what it does
STEPS = 4  # of the mouse between two corners of a drawn outline


class Photographer:
    """Writes the page as it is.

    Args:
        view: of the tab.
        output: folder.
    """

    def __init__(self, view: ViewPage, output: Path) -> None:
        self._view = view
        self._output = output

    def shoot(self, name: str) -> None:
        """Write one PNG."""
        self._view.page.wait_for_timeout(800)  # what fades in is there
        path = self._output / f"app_{name}.png"
        picture = Image.open(io.BytesIO(self._view.page.screenshot())).convert("RGB")
        picture.quantize(COLORS, Image.Quantize.MAXCOVERAGE, KMEANS, dither=Image.Dither.NONE).save(path, optimize=True)
        print(path)


def render(output: Path) -> None:
    """Write one PNG a state."""
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as state, chromium() as browser:
        os.environ["XDG_STATE_HOME"] = state  # what was done before is not in the pictures
        server = ViewServer(Path(folder))
        try:
            page = browser.new_context(viewport=WINDOW, color_scheme="dark").new_page()
            view = ViewPage(page)
            view.open(server.address)
            photographer = Photographer(view, output)
            photographer.shoot("welcome")
            open_sample(view)
            mark(view, photographer)
            run(view, photographer)
            look_at_results(view, photographer)
        finally:
            server.close()


def open_sample(view: ViewPage) -> None:
    """The sample cine, with its segment named."""
    view.click("welcome-demo")
    view.wait_for_frame(0)
    view.click("close-notice")
    view.click("edit-name-0")
    view.page.keyboard.type("Left ventricle")
    view.key("Enter")


def mark(view: ViewPage, photographer: Photographer) -> None:
    """Draw around the ventricle on the frames of the demo; the last outline is photographed before it is filled."""
    polygons = sorted(read_polygons(MARKS_FILE).items())
    for number, (frame, polygon) in enumerate(polygons):
        view.click("tool-draw")
        view.page.evaluate("frame => window.trame.trigger('show_frame', [frame])", frame)
        view.wait_for_frame(frame)
        places = [view.place(*corner) for corner in [*polygon, polygon[0]]]
        view.page.mouse.move(*places[0])
        view.page.mouse.down()
        for place in places[1:]:
            view.page.mouse.move(*place, steps=STEPS)
        if number == len(polygons) - 1:
            photographer.shoot("painting")
        view.page.mouse.up()
        view.find(f"mark-row-{frame}").wait_for()


def run(view: ViewPage, photographer: Photographer) -> None:
    """Segment the video; photographed in its first phase."""
    view.click("segment-video")
    view.until(f"{IN_PAGE.run.phase} !== ''")
    photographer.shoot("running")
    view.page.wait_for_function(f"() => !{IN_PAGE.run.is_running}", timeout=1_200_000)
    view.click("next-frame")
    view.page.mouse.move(*NOWHERE)
    photographer.shoot("finished")


def look_at_results(view: ViewPage, photographer: Photographer) -> None:
    """Areas, ejection fraction with its points at end-diastole, and table, in light colours."""
    view.click("theme")
    view.click("tab-results")
    view.click("landmark-frame-ED")
    view.page.mouse.move(*NOWHERE)
    photographer.shoot("results")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", nargs="?", type=Path, default=REPOSITORY / "Resources" / "Screenshots")
    render(parser.parse_args().output)


if __name__ == "__main__":
    main()
