"""The browser front end as its user has it: the command in a process of its own, and its page in a real Chromium."""

from __future__ import annotations

import queue
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from helpers.engine_processes import engines_of
from helpers.page_state import IN_PAGE, PageParts
from helpers.processes import PATIENCE_SECONDS, start_command

pytest.importorskip("trame_slicer", reason="trame-slicer, on which the browser front end is built, is not installed")
pytest.importorskip("playwright", reason="playwright, which drives the browser, is not installed")

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, sync_playwright

# The first is Chromium without what no window needs: a tab takes it four fifths of the time.
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, CHROMIUMS)), None)
if CHROMIUM is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)

# Playwright's own, which an option of the same name takes the place of, and the two pages that Chromium keeps ready in
# each window for its field of addresses: they take as long as the page that is tested.
FEATURES_OFF = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "MediaRouter"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
    *("AimEnabled", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
)
CHROMIUM_OPTIONS = (
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WINDOW = {"width": 1280, "height": 800}
LOOK_MS = 25  # between two looks of a page that waits
Point = tuple[float, float]


class ViewServer:
    """`rabsegment view`, as a user starts it.

    Args:
        folder: that its page may open cines from; the command runs in it.
        arguments: beside those that a test needs.
        env: another than `helpers.processes.environment()`.

    Attributes:
        address: of the page.
    """

    def __init__(self, folder: Path, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.process = start_command(
            *("view", "--no-browser", "--port", "0"), *arguments, cwd=folder, stderr=subprocess.STDOUT, env=env
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.output: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.address = self._address()

    def engines(self) -> list[int]:
        """Its engine processes."""
        return engines_of(self.process.pid)

    def close(self) -> None:
        """End it as Ctrl+C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE_SECONDS)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            self._lines.put(line)

    def _address(self) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                found = re.search(r"http://\S+", self._lines.get(timeout=0.2))
            except queue.Empty:
                continue
            if found:
                return found.group()
        self.close()
        raise AssertionError("rabsegment view did not start: " + "".join(self.output))


# Whether the picture was made for this tab's view, and not for one of another shape.
HAS_ITS_SHAPE = """(([picture]) => {
    const area = picture.getBoundingClientRect();
    return Math.abs(picture.width / picture.height - area.width / area.height) < 0.02;
})(document.querySelectorAll("[data-testid=picture]"))"""


class ViewPage:
    """One tab with the page.

    Args:
        page: of Playwright, open at the address of the server.
        patience_seconds: that anything may take.

    Attributes:
        complaints: errors that the browser reported.
    """

    def __init__(self, page: Page, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._patience_ms = 1000 * patience_seconds
        page.set_default_timeout(self._patience_ms)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._on_console)

    def open(self, address: str) -> None:
        """Go to the page, and wait until it is there."""
        self.page.goto(address)
        self.find("open").wait_for()
        self.until(f"window.trame?.state && {IN_PAGE.buttons.play.tip}")

    def find(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    def click(self, test_id: str) -> None:
        self.find(test_id).click()

    def text(self, test_id: str) -> str:
        return self.find(test_id).inner_text()

    @property
    def state(self) -> PageParts:
        """What the page knows; tests that ask it have used the page's own controls to change it."""
        return PageParts(lambda name: self.page.evaluate("name => window.trame.state.get(name)", name))

    def until(self, expression: str) -> None:
        """Wait until a JavaScript expression holds in the page."""
        # A look before each paint, as it is by default, keeps the browser painting.
        self.page.wait_for_function(f"() => {expression}", timeout=self._patience_ms, polling=LOOK_MS)

    def wait(self, condition: Callable[[], Any]) -> None:
        """Wait until a condition that Python asks holds."""
        deadline = time.monotonic() + self._patience_ms / 1000
        while not condition():
            assert time.monotonic() < deadline, "it never happened"
            self.page.wait_for_timeout(50)

    def key(self, name: str) -> None:
        self.page.keyboard.press(name)

    def _on_console(self, message: ConsoleMessage) -> None:
        # The client of trame asks first for a launcher, which there is none of.
        if message.type == "error" and not str(message.location.get("url", "")).endswith("/paraview/"):
            self.complaints.append(message.text)

    # ---- the frame

    def shown_frame(self) -> int:
        """The frame in the picture that is displayed."""
        return int(self.find("picture").get_attribute("data-frame") or -1)

    def wait_for_frame(self, frame: int) -> None:
        """Until its picture is displayed."""
        self.until(f"Number(document.querySelector('[data-testid=picture]').dataset.frame) === {frame}")

    def place(self, column: float, row: float) -> Point:
        """Where a pixel of the frame is in the window, while the whole frame is fitted into the view."""
        zoom = self._zoom()
        size, area = self._frame_size(), self.find("picture").bounding_box()
        assert area is not None
        return (
            area["x"] + area["width"] / 2 + zoom * (column + 0.5 - size[0] / 2),
            area["y"] + area["height"] / 2 + zoom * (row + 0.5 - size[1] / 2),
        )

    def stroke(self, *points: Point) -> None:
        """Drag the mouse over pixels (column, row) of the frame, with its left button down."""
        mouse = self.page.mouse
        self.take_mouse(points[0])
        mouse.move(*self.place(*points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.place(*point), steps=4)
        mouse.up()

    def take_mouse(self, point: Point) -> None:
        """Move the mouse at a pixel until the picture has this tab's shape, which it gets whatever other tabs say."""

        def moved_and_looked() -> bool:
            x, y = self.place(*point)
            for aside in (1, 0):
                self.page.mouse.move(x + aside, y)
            return bool(self.page.evaluate(HAS_ITS_SHAPE))

        self.wait(moved_and_looked)

    def color(self, column: float, row: float) -> tuple[int, int, int]:
        """(red, green, blue) of what is displayed, the picture and what is drawn over it, at a pixel of the frame."""
        x, y = self.place(column, row)
        red, green, blue = self.page.evaluate(
            """([x, y]) => {
                const of = (name) => {
                    const canvas = document.querySelector(`[data-testid=${name}]`);
                    const area = canvas.getBoundingClientRect();
                    const across = Math.round(((x - area.left) / area.width) * canvas.width);
                    const down = Math.round(((y - area.top) / area.height) * canvas.height);
                    return [...canvas.getContext("2d").getImageData(across, down, 1, 1).data];
                };
                const [below, above] = [of("picture"), of("sketch")];
                return [0, 1, 2].map((i) => Math.round(below[i] + (above[3] / 255) * (above[i] - below[i])));
            }""",
            [x, y],
        )
        return red, green, blue

    def _zoom(self) -> float:
        """The page tells it when it draws over the picture, a moment after the first one came."""
        told = "document.querySelector('[data-testid=picture]').dataset.zoom"
        zoom = self.page.evaluate(f"() => Number({told})")
        if not zoom > 0:
            self.until(f"Number({told}) > 0")
            return self._zoom()
        return float(zoom)

    def _frame_size(self) -> tuple[int, int]:
        """(columns, rows)."""
        found = re.search(r"of (\d+) x (\d+) pixels", self.state.cine.text)
        assert found is not None
        return int(found.group(1)), int(found.group(2))


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_OPTIONS))
        try:
            yield browser
        finally:
            browser.close()
