"""The browser front end without a browser: a real application, driven as the page and the mouse drive it."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from helpers.engine_processes import engines_of
from helpers.page_state import PARTS, changes
from helpers.processes import PATIENCE_SECONDS

pytest.importorskip("trame_slicer", reason="trame-slicer, on which the browser front end is built, is not installed")

import vtk
from trame_server.utils.typed_state import TypedState

from rabengine.cine import Cine
from rabengine.synthetic.phantom import beating_ellipse
from RABSegmentLib.Session.StudyQueue import StudyQueue
from rabview.application import ViewApplication
from rabview.runs import RunState
from rabview.variables import read_variables

Point = tuple[float, float]
VIEW_SIZE = (640, 480)
_numbers = itertools.count()


class AppDriver:
    """An application whose web server is not started; its event loop runs only inside the methods of the driver.

    Args:
        folder: whose cines may be opened.
        study: whose cines are listed. is_blind: see `ViewApplication`.

    Attributes:
        application: that is driven.
        state: what the page shows, part by part.
        loop: of the application.
    """

    def __init__(self, folder: Path, study: StudyQueue | None = None, is_blind: bool = False) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.application = ViewApplication(folder, name=f"test-{next(_numbers)}", study=study, is_blind=is_blind)
        self.application.server.state.ready()
        self.state = SimpleNamespace(**{name: self.application.state.part(kind) for name, kind in PARTS.items()})
        self.view = self.application.workspace.view
        self.view.update_size(*VIEW_SIZE)
        self.view.interactor().InvokeEvent("WindowResizeEvent")

    @property
    def session(self) -> Any:
        return self.application.desk.session

    @property
    def segmentation(self) -> Any:
        return self.application.desk.segmentation

    @property
    def scene(self) -> Any:
        return self.application.workspace.scene

    @property
    def segment(self) -> str:
        """Id of the segment that is painted."""
        return str(self.state.segments.chosen)

    @property
    def shown(self) -> np.ndarray:
        """(H, W) or (H, W, 3) pixels in the node that the view shows."""
        from RABSegmentLib.Scene.CineSequence import pixelsOf

        return pixelsOf(self.segmentation.cineProxyNode)

    def snapshot(self, part: str) -> Any:
        """A part of the state as its dataclass, as it is now."""
        return TypedState.as_dataclass(getattr(self.state, part))

    def close(self) -> None:
        """End what it started."""
        self.do(self.application.cines.close)
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()
        asyncio.set_event_loop(None)

    def do(self, call: Callable[[], Any]) -> Any:
        """Call in the event loop, and let it settle."""
        return self.loop.run_until_complete(self._do(call))

    def ask(self, name: str, *arguments: Any, **about: Any) -> None:
        """As `trigger(name, arguments)` in the page; with `about` as `triggerOf`."""
        self.do(lambda: self.trigger(name, *arguments, **about))

    def trigger(self, name: str, *arguments: Any, **about: Any) -> None:
        """As `ask`, in the event loop: what is begun before in the same call of `do` cannot be over."""
        trigger = self.application.server.controller.trigger_fn(name)
        assert trigger is not None, name
        with self.application.state:
            trigger(*arguments, **about)

    def set(self, **values: Any) -> None:
        """As a control of the page sets fields of a part; the server looks at what comes."""

        def call() -> None:
            with self.application.state:
                known = self.application.state.readers
                self.application.server.state.update(read_variables(changes(**values), known))

        self.do(call)

    def wait(self, condition: Callable[[], Any]) -> None:
        """Let the application work until the condition holds."""
        self.loop.run_until_complete(self._wait(condition))

    def reset(self) -> None:
        """An application as it is when it starts: no cine, no choices."""
        self.do(self.application.cines.close)

        def call() -> None:
            with self.application.state as state:
                run = state.part(RunState)
                asked_once = run.devices, run.device_text
                state.reset()
                run.devices, run.device_text = asked_once

        self.do(call)

    def notice(self) -> str:
        """What the page was told; it is read then."""
        assert self.state.notice.is_open, "nothing was said"
        self.ask("read_notice", self.state.notice.number)
        return str(self.state.notice.text)

    def put(self, frames: np.ndarray, **geometry: Any) -> None:
        """Show a cine that needs not be read from a file."""
        self.do(lambda: self.application.cines.put(Cine(frames, **geometry), "Heart"))

    def open(self, path: Path) -> None:
        """Open a file, and wait until it was read or refused."""
        self.do(lambda: self.application.cines.open(path))
        self.wait(lambda: not self.state.reading.is_on)

    def place(self, column: float, row: float) -> tuple[int, int]:
        """Where a pixel of the frame is in the view, in its own pixels."""
        to_world, to_view = vtk.vtkMatrix4x4(), vtk.vtkMatrix4x4()
        self.segmentation.cineProxyNode.GetIJKToRASMatrix(to_world)
        to_view.DeepCopy(self.view.get_view_node().GetXYToRAS())
        to_view.Invert()
        x, y, depth, _one = to_view.MultiplyPoint(to_world.MultiplyPoint([column, row, 0, 1]))
        assert abs(depth) < 1e-3, "the view does not lie in the plane of the frame"
        return round(x), round(y)

    def resize(self, width: int, height: int) -> None:
        """Give the view another size, as a tab does."""

        def call() -> None:
            self.view.update_size(width, height)
            self.view.interactor().InvokeEvent("WindowResizeEvent")

        self.do(call)

    def mouse(self, event: str, point: Point) -> None:
        """A mouse event over a pixel (column, row) of the frame."""
        x, y = self.place(*point)
        interactor = self.view.interactor()
        interactor.SetEventInformation(x, y, 0, 0, "\0", 0, None)
        self.do(lambda: interactor.InvokeEvent(event))

    def press(self, point: Point) -> None:
        self.mouse("MouseMoveEvent", point)
        self.mouse("LeftButtonPressEvent", point)

    def release(self, point: Point) -> None:
        self.mouse("LeftButtonReleaseEvent", point)

    def stroke(self, *points: Point) -> None:
        """Drag the mouse over pixels (column, row), with its left button down."""
        self.press(points[0])
        for point in points[1:]:
            self.mouse("MouseMoveEvent", point)
        self.release(points[-1])

    def show(self, frame: int) -> None:
        self.ask("show_frame", frame)

    def mask(self, frame: int, segment: str = "") -> np.ndarray:
        """(H, W) bool of a segment, of the one that is painted when none is named."""
        return self.segmentation.masks(frame)[segment or self.segment]

    def areas(self, segment: str = "") -> list[int]:
        """Pixels of a segment on each frame."""
        return [int(self.mask(frame, segment).sum()) for frame in range(self.segmentation.frameCount)]

    def painted(self) -> list[int]:
        """Frames on which some segment is."""
        frames = range(self.segmentation.frameCount)
        return [frame for frame in frames if any(mask.any() for mask in self.segmentation.masks(frame).values())]

    def marked(self) -> list[int]:
        """Frames that the table of marks shows."""
        return [int(row.frame) for row in self.state.marks.rows]

    def works(self, control: str) -> bool:
        return bool(getattr(self.state.buttons, control).works)

    async def _do(self, call: Callable[[], Any]) -> Any:
        result = call()
        for _turn in range(3):
            await asyncio.sleep(0)
        return result

    async def _wait(self, condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"it never happened; the page says {self.state.notice.text!r}"
            await asyncio.sleep(0.01)


def phantom_frames(count: int = 6, height: int = 64, width: int = 64) -> np.ndarray:
    """(T, H, W) uint8."""
    return beating_ellipse(count, height, width, seed=1)[0]


def children() -> list[int]:
    """The engine processes of this one."""
    return engines_of(os.getpid())
