"""Segmenting the video: runs of the engine, from the choices to what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from rabengine.errors import RABSegmentError
from rabengine.events import Done, Failed, Progress, RunEvent, Stopped
from rabengine.presets import DEFAULT
from RABSegmentLib.Engine.Devices import DeviceInformation, DeviceQuery
from RABSegmentLib.Engine.Installation import hasTorch
from RABSegmentLib.FrontEnd import Controls, Texts
from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.Session.Job import RunChoices
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Session.Sessions import SegmentVideoSessions

from .buttons import ButtonControl
from .desk import ERROR, Desk
from .editing import EditControl
from .undo import UndoState
from .variables import WORD, from_page, names, whole

POLL_SECONDS = 0.05
WIDTH, HEIGHT = 100, 24  # units of the drawing of losses, which the page stretches
MOST_POINTS = 200  # of a loss
WRITING_PAUSE = 0.005  # between two turns of writing what was found, for all else


@dataclass
class Loss:
    """A loss of the run: its newest value, and all of them as points of an SVG polyline."""

    name: str
    text: str
    points: str


@dataclass
class ListEntry:
    """An entry of a list to choose from."""

    title: str
    value: str


def _presets() -> list[ListEntry]:
    return [ListEntry(title, name) for name, title in Texts.presetTitles()]


@dataclass
class RunState:
    """The run, and the choices for the next one.

    Attributes:
        number: of runs that were started.
        progress: in whole percent.
        phase: of the run, or what came of the last one.
        preset, device: one of the values of `presets` and `devices`.
        device_text: what is computed on.
    """

    is_running: bool = False
    number: int = 0
    progress: int = 0
    phase: str = ""
    losses: list[Loss] = field(default_factory=list)
    presets: list[ListEntry] = field(default_factory=_presets)
    preset: str = field(default=DEFAULT, metadata=from_page(WORD))
    devices: list[ListEntry] = field(default_factory=list)
    device: str = field(default="auto", metadata=from_page(WORD))
    device_text: str = ""
    seed: int = field(default=0, metadata=from_page(whole(0, 2**31 - 1)))


RUN = names(RunState)


class RunControl:
    """Starts and cancels runs, and keeps what the page says of them.

    Args:
        desk: whose cine is segmented.
        sessions: of all cines.
        editing: what a run writes is a step of its history.
        buttons: change at once when a run begins.
    """

    def __init__(
        self, desk: Desk, sessions: SegmentVideoSessions, editing: EditControl, buttons: ButtonControl
    ) -> None:
        self._desk = desk
        self._sessions = sessions
        self._editing = editing
        self._buttons = buttons
        self._state = desk.state.part(RunState)
        self._undo = desk.state.part(UndoState)
        self._information = DeviceInformation()
        self._losses = LossCurves()
        self._polling: asyncio.Task[None] | None = None
        self._outcome: Callable[[], str] | None = None  # what is said of the last run, as long as it is true
        desk.follow(cine=self._on_cine, change=self.update)
        sessions.events.connect(self._on_event)
        sessions.recordsChanged.connect(self._on_changed)
        sessions.segmentsChanged.connect(self._on_changed)
        self.update()

    def start(self) -> None:
        """Segment the video, where a frame is marked; while it is being segmented nothing else happens, however often
        it is asked for."""
        session, state = self._desk.session, self._state
        if session is None or session.isRunning or not Controls.segmentControl(self._buttons.situation()).enabled:
            return
        state.number += 1
        with self._desk.reporting("Segmenting"):
            self._losses.clear()
            self._outcome = None
            state.phase, state.progress, state.losses = Texts.startingText(), 0, []
            self._editing.history.begin_run()
            try:
                session.start(RunChoices(state.preset, state.device, state.seed))
            except RABSegmentError:
                self._editing.history.end_run()
                raise
            self._polling = asyncio.get_running_loop().create_task(self._poll())
        if not session.isRunning:
            state.phase = ""
        self.update()  # at once: the button says "Cancel" now
        self._buttons.update()

    def cancel(self, number: int) -> None:
        """Stop a run.

        Args:
            number: of the run, as the page has it: a wish that comes late does not end the next one.
        """
        session, state = self._desk.session, self._state
        if session is not None and session.isRunning and number == state.number:
            state.phase = Texts.stoppingText()
            session.cancel()

    def next_frame(self) -> int | None:
        """The frame whose correction would help most."""
        session = self._desk.session
        return None if session is None else session.nextFrame()

    def undo_run(self) -> None:
        """Take the last run back."""
        session = self._desk.session
        if session is None:
            return
        with self._desk.reporting("Undoing"):
            with self._editing.history.step(Action.UNDO_RUN.title):
                session.undoLastRun()
            self._outcome = lambda: Texts.undoneText() if self._undo.undo_text == Action.UNDO_RUN.title else ""
        self._desk.tell_change()

    async def ask_for_devices(self) -> None:
        """What "auto" takes; in the background, for PyTorch takes seconds to import."""
        if not hasTorch():
            return
        query = DeviceQuery()
        try:
            while (answer := query.answer()) is None:
                await asyncio.sleep(POLL_SECONDS)
        finally:
            query.close()
        self._information = answer
        with self._desk.state:
            self.update()

    def update(self) -> None:
        """Show the state of the session."""
        session, state = self._desk.session, self._state
        state.is_running = session is not None and session.isRunning
        if self._outcome is not None and not state.is_running:
            state.phase = self._outcome()
        state.devices = [ListEntry(Texts.deviceTitle(name), name) for name in self._information.names]
        state.device_text = Texts.deviceText(self._information, hasTorch())

    def _on_cine(self) -> None:
        self._losses.clear()
        self._outcome = None
        self._state.phase, self._state.progress, self._state.losses = "", 0, []

    def _on_changed(self, session: SegmentVideoSession) -> None:
        if session is self._desk.session:
            self._desk.tell_change()

    def _on_event(self, session: SegmentVideoSession, event: RunEvent) -> None:
        """The run of a cine says something."""
        if session is not self._desk.session:
            return
        if isinstance(event, Progress):
            self._show_progress(event, session.share)
        elif isinstance(event, Done | Stopped | Failed):
            if isinstance(event, Failed):
                self._desk.notify(ERROR, event.text)
            self._ended(session, event)

    def _show_progress(self, progress: Progress, share: float) -> None:
        with self._desk.state:
            self._state.progress = round(100 * share)  # each change draws the page anew, on cores the engine needs
            self._state.phase = Texts.progressText(replace(progress, losses={}), share)
            if progress.losses:
                self._losses.add(progress.losses)
                self._state.losses = self._losses.drawn()

    def _ended(self, session: SegmentVideoSession, end: Done | Stopped | Failed) -> None:
        """What is said of it holds until what the run wrote is taken back; after a redo it holds again."""
        had_left = session.hasLeft

        def outcome() -> str:
            return "" if had_left and not session.hasLeft else Texts.endText(session, end)

        self._outcome = outcome
        with self._desk.state:
            self._state.phase = Texts.endText(session, end)
        self._editing.history.end_run()
        self._desk.tell_change()

    async def _poll(self) -> None:
        while self._sessions.isBusy:
            self._sessions.poll()
            await asyncio.sleep(WRITING_PAUSE if self._sessions.hasUnwritten else POLL_SECONDS)
        self._sessions.poll()
        self._desk.tell_change()


class LossCurves:
    """Remembers the losses of a run, thinned out where they are many."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def clear(self) -> None:
        """Another run begins."""
        self._values.clear()

    def add(self, losses: Mapping[str, float]) -> None:
        """Take the newest value of each, {name: value}."""
        for name, value in losses.items():
            values = self._values.setdefault(name, [])
            values.append(float(value))
            if len(values) > MOST_POINTS:
                del values[1:-1:2]

    def drawn(self) -> list[Loss]:
        """All of them, for the page."""
        return [Loss(name, f"{values[-1]:.3g}", _points(values)) for name, values in self._values.items()]


def _points(values: list[float]) -> str:
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = WIDTH / max(len(values) - 1, 1)
    places = ((number * step, 1 + (HEIGHT - 2) * (high - value) / span) for number, value in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
