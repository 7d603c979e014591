"""Marking by clicks, lines and boxes: what the page says of the chosen segment goes to the engine's process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from rabengine.events import Failed
from RABSegmentLib.Engine.Installation import hasTorch
from RABSegmentLib.FrontEnd import Texts
from RABSegmentLib.Session.PromptMarking import FoundMask
from RABSegmentLib.Session.Session import SegmentVideoSession

from .cines import CineControl
from .contours import Point, outlines
from .desk import Desk
from .editing import TOOLS, ToolState
from .runs import RUN, RunState
from .segments import SEGMENTS, SegmentState
from .undo import EditHistory
from .variables import flag, from_page, names

POLL_SECONDS = 0.01
TOOL = "prompt"
STEP = "Mark by clicks"
CLICK, LINE, BOX = "click", "line", "box"


@dataclass
class PromptStep:
    """A click, a line or a box: places (column, row) of pixels, and whether they are in the segment."""

    points: list[list[float]]
    is_positive: bool
    is_box: bool


@dataclass
class PromptState:
    """What was said of the chosen segment on a frame.

    Attributes:
        frame: of the steps and of the preview; -1 for none.
        steps: in their order.
        preview: closed lines [column, row, column, ...] round what a click under the mouse would give.
        text: what goes on, and what to do.
        takes_others: a mark may take what other segments have.
    """

    frame: int = -1
    steps: list[PromptStep] = field(default_factory=list)
    preview: list[list[float]] = field(default_factory=list)
    is_waiting: bool = False
    text: str = ""
    takes_others: bool = field(default=False, metadata=from_page(flag))


PROMPTS = names(PromptState)


class PromptControl:
    """Asks the engine, and puts what it finds into the segment as one step of the history for each answer.

    Args:
        desk: whose cine is marked.
        cines: shows the frame on which something was said.
        history: takes it back, click by click.
        tell: shows the masks that the frame has now.
    """

    def __init__(self, desk: Desk, cines: CineControl, history: EditHistory, tell: Callable[[], None]) -> None:
        self._desk = desk
        self._cines = cines
        self._history = history
        self._tell = tell
        self._state = desk.state.part(PromptState)
        self._tools = desk.state.part(ToolState)
        self._segments = desk.state.part(SegmentState)
        self._run = desk.state.part(RunState)
        self._quality: float | None = None
        self._failure = ""
        self._is_undoing = False
        self._polling: asyncio.Task[None] | None = None
        desk.state.bind(ToolState, {TOOLS.tool: lambda *_tool: self._prepare()})
        desk.state.bind(SegmentState, {SEGMENTS.chosen: lambda *_segment: self._prepare()})
        desk.state.bind(RunState, {RUN.device: lambda *_device: self._prepare()})
        desk.follow(cine=self._on_cine, frame=self._prepare)

    def say(self, kind: str, frame: int, points: list[Point], is_positive: bool) -> None:
        """Something more about the chosen segment: CLICK, LINE or BOX, at places (column, row) of pixels.

        The frame on which it was said is shown: another one may be by now.
        """
        session, segment = self._desk.session, self._segments.chosen
        if session is None or not segment or frame >= session.segmentation.frameCount:
            return
        self._cines.show(frame)
        prompting, self._failure = session.prompting, ""
        prompting.takesOthers = bool(self._state.takes_others)
        rows, columns = session.segmentation.cine.frameSize
        inside = [(x, y) for x, y in points if -0.5 <= x < columns - 0.5 and -0.5 <= y < rows - 0.5]
        if kind == BOX and len(points) > 1:
            prompting.box(frame, segment, points[0], points[-1])
        elif inside and kind == CLICK:
            prompting.click(frame, segment, *_within(inside[0], rows, columns), is_positive)
        elif inside and kind == LINE:
            prompting.scribble(frame, segment, [_within(one, rows, columns) for one in inside], is_positive)
        self._wake()

    def preview(self, frame: int, points: list[Point], is_positive: bool) -> None:
        """Show what a click there would give."""
        session, segment = self._desk.session, self._segments.chosen
        if session is None or not segment or frame != session.segmentation.selectedFrame:
            return
        rows, columns = session.segmentation.cine.frameSize
        x, y = points[0]
        if 0 <= x < columns and 0 <= y < rows:
            session.prompting.preview(frame, segment, x, y, is_positive)
            self._wake()

    def end_preview(self) -> None:
        """The mouse has gone."""
        if self._desk.session is not None:
            self._desk.session.prompting.endPreview()
        self._state.preview = []

    def warm(self) -> None:
        """A cine has been looked at for a moment: have ready what the first click would have to wait for."""
        session = self._desk.session
        if session is None or session.isRunning or session.isPrompting or not hasTorch():
            return
        session.prompting.device = self._run.device
        session.prompting.warm(self._shown)
        self._wake()

    def undo(self) -> None:
        """Take back the last click, or the last step of any kind."""
        session = self._desk.session
        prompting = None if session is None else session.prompting
        if prompting is not None and prompting.takeBack():
            self._wake()  # a click that is not answered yet is in no history
            return
        is_last = self._history.last == STEP and prompting is not None and prompting.canUndo
        if prompting is None or not is_last or prompting.frame != self._shown:
            self._history.undo()
            return
        self._is_undoing = True
        prompting.undo()
        self._wake()

    @property
    def _shown(self) -> int:
        return -1 if self._desk.segmentation is None else int(self._desk.segmentation.selectedFrame)

    def _prepare(self) -> None:
        """Have the engine look at the frame that is shown, before anybody clicks."""
        session = self._desk.session
        self._state.preview = []
        if session is None:
            return
        if self._tools.tool != TOOL:
            session.prompting.leave()
            return
        self._failure, session.prompting.device = "", self._run.device
        session.prompting.endPreview()
        session.prompting.prepare(self._shown, self._segments.chosen or None)
        self._show(session)
        self._wake()

    def _on_cine(self) -> None:
        session, self._quality, self._failure = self._desk.session, None, ""
        self._state.frame, self._state.steps, self._state.preview = -1, [], []
        if session is None:
            return
        prompting = session.prompting
        prompting.found.connect(lambda found: self._on_found(session, found))
        prompting.previewed.connect(lambda found: self._on_previewed(session, found))
        prompting.failed.connect(lambda failed: self._on_failed(session, failed))
        prompting.changed.connect(lambda: self._show(session))

    def _on_found(self, session: SegmentVideoSession, found: FoundMask) -> None:
        is_undoing, self._is_undoing = self._is_undoing, False
        if session is not self._desk.session:
            return
        with self._desk.state:
            if session.prompting.isAbout(found.frame, found.segmentId):  # and not of one that was left since
                self._quality, self._failure, self._state.preview = found.quality, "", []
            if is_undoing:
                self._history.undo()
            with self._history.step(STEP, found.frame):
                is_different = session.putFound(found)
            if is_different:
                self._tell()
                self._desk.workspace.render()
                self._desk.tell_change()

    def _on_previewed(self, session: SegmentVideoSession, found: FoundMask) -> None:
        if session is self._desk.session and found.frame == self._shown:
            with self._desk.state:
                self._state.frame = found.frame
                self._state.preview = [np.round(line, 2).ravel().tolist() for line in outlines(found.mask)]

    def _on_failed(self, session: SegmentVideoSession, failed: Failed) -> None:
        self._failure, self._is_undoing = failed.text, False
        self._show(session)

    def _show(self, session: SegmentVideoSession) -> None:
        if session is not self._desk.session:
            return
        prompting = session.prompting
        # What was said elsewhere is kept for who comes back to it, but it is not of what is shown.
        steps = prompting.steps if prompting.isAbout(self._shown, self._segments.chosen) else ()
        with self._desk.state:
            self._state.frame = -1 if prompting.frame is None else prompting.frame
            self._state.steps = [
                PromptStep([list(point) for point in one.points], one.isPositive, one.isBox) for one in steps
            ]
            self._state.is_waiting = prompting.isWaiting
            self._state.text = self._failure or Texts.promptText(len(steps), prompting.isWaiting, self._quality)

    def _wake(self) -> None:
        """Look at what the engine says until it has answered."""
        if self._polling is None or self._polling.done():
            self._polling = asyncio.get_running_loop().create_task(self._poll())

    async def _poll(self) -> None:
        session = self._desk.session
        while session is not None and session is self._desk.session and session.isPrompting:
            with self._desk.reporting(STEP):
                session.poll()
            await asyncio.sleep(POLL_SECONDS)


def _within(point: Point, rows: int, columns: int) -> Point:
    return min(max(point[0], 0.0), columns - 1.0), min(max(point[1], 0.0), rows - 1.0)
