"""Segmenting the video, and going through what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rabengine.errors import RABSegmentError
from rabengine.events import Done, Failed, Progress, RunEvent, Stopped
from RABSegmentLib.Engine.Devices import DeviceInformation, DeviceQuery
from RABSegmentLib.Engine.Installation import hasTorch
from RABSegmentLib.FrontEnd import Controls as PanelState
from RABSegmentLib.FrontEnd import Texts as PanelTexts
from RABSegmentLib.Session.Job import RunChoices
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Session.Sessions import SegmentVideoSessions

from .desk import ERROR, Desk
from .editing import VIEW, EditControl

WIDTH, HEIGHT = 100, 24  # units of the drawing, which the page stretches
MOST_POINTS = 200


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

    def shapes(self) -> list[dict[str, Any]]:
        """SVG: [{"name", "text" of the newest value, "points"}]."""
        return [
            {"name": name, "text": f"{values[-1]:.3g}", "points": _points(values)}
            for name, values in self._values.items()
        ]


def _points(values: list[float]) -> str:
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = WIDTH / max(len(values) - 1, 1)
    places = ((number * step, 1 + (HEIGHT - 2) * (high - value) / span) for number, value in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


POLL_SECONDS = 0.05
UNDO_RUN = "Undo last run"
WRITING_PAUSE = 0.005  # between two turns of writing what was found, for all else
NO_TORCH = 'PyTorch, which the engine needs, is not installed. Run: pip install "torch>=2.5"; then start this again.'


class RunControl:
    """Starts and cancels runs, and keeps what the page says of them.

    Args:
        desk: whose cine is segmented.
        sessions: of all cines.
        editing: what a run writes is a step of its history.
    """

    def __init__(self, desk: Desk, sessions: SegmentVideoSessions, editing: EditControl) -> None:
        self._desk = desk
        self._sessions = sessions
        self._editing = editing
        self._information = DeviceInformation()
        self._losses = LossCurves()
        self._now = PanelState.Situation()
        self._polling: asyncio.Task[None] | None = None
        self._outcome: Callable[[], str] | None = None  # what is said of the last run, as long as it is true
        desk.state.presets = [{"title": title, "value": name} for name, title in PanelTexts.presetTitles()]
        desk.follow(cine=self._on_cine, frame=self._on_frame, change=self.update)
        sessions.events.connect(self._on_event)
        sessions.recordsChanged.connect(self._on_changed)
        sessions.segmentsChanged.connect(self._on_changed)
        self.update()

    def start(self) -> None:
        """Segment the video; while it is being segmented nothing else happens, however often it is asked for."""
        session, state = self._desk.session, self._desk.state
        if session is None or session.isRunning:
            return
        state.run_number += 1
        with self._desk.reporting("Segmenting"):
            self._losses.clear()
            self._outcome = None
            state.update({"phase": "Starting the engine ...", "progress": 0.0, "losses": []})
            self._editing.history.begin_run()
            try:
                session.start(RunChoices(state.preset, state.device, int(state.seed)))
            except RABSegmentError:
                self._editing.history.end_run()
                raise
            state.tool = VIEW
            self._polling = asyncio.get_running_loop().create_task(self._poll())
        if not session.isRunning:
            state.phase = ""
        self.update()  # at once: the button says "Cancel" now

    def cancel(self, number: int) -> None:
        """Stop a run.

        Args:
            number: of the run, as the page has it: a wish that comes late does not end the next one.
        """
        session, state = self._desk.session, self._desk.state
        if session is not None and session.isRunning and number == state.run_number:
            state.phase = "Stopping ..."
            session.cancel()

    def mark_absent(self) -> None:
        """The chosen segment is not on this frame."""
        session = self._desk.session
        if session is not None and PanelState.absentControl(self._situation()).enabled:
            frame = session.segmentation.selectedFrame
            with self._editing.history.step("Absent here", frame):
                session.markAbsent(frame, self._desk.state.segment)

    def forget_mark(self, frame: int) -> None:
        """A marked frame counts as predicted again."""
        session = self._desk.session
        if session is not None and not session.isRunning and frame in session.keeping.markedFrames():
            with self._editing.history.step("Remove mark", frame):
                session.forgetMark(frame)

    def verify(self) -> None:
        """Accept the frame that is shown."""
        session = self._desk.session
        if session is not None and PanelState.verifyControl(self._situation()).enabled:
            frame = session.segmentation.selectedFrame
            with self._editing.history.step("Verify", frame):
                session.verify(frame)

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
            with self._editing.history.step(UNDO_RUN):
                session.undoLastRun()
            self._outcome = lambda: "The last run was undone." if self._desk.state.undo_text == UNDO_RUN else ""
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
        self._now = self._situation()
        state = self._desk.state
        state.is_running = self._now.isRunning
        if self._outcome is not None and not self._now.isRunning:
            state.phase = self._outcome()
        state.marks = [
            dict(zip(("frame", "time", "segments", "by"), row, strict=True))
            for row in PanelTexts.markRows(self._desk.segmentation)
        ]
        state.devices = [
            {"title": "automatic" if name == "auto" else name, "value": name} for name in self._information.names
        ]
        state.device_text = PanelTexts.deviceText(self._information, self._now.hasTorch)
        self._show(self._now)

    def _on_frame(self) -> None:
        """Another frame is shown; while a cine plays there is no time to read the records of all frames."""
        segmentation = self._desk.segmentation
        if segmentation is not None and segmentation.selectedFrame >= 0:
            self._now = replace(self._now, frame=segmentation.record(segmentation.selectedFrame))
            self._show(self._now)

    def _show(self, now: PanelState.Situation) -> None:
        controls = {
            "segment": PanelState.segmentControl(now),
            "verify": PanelState.verifyControl(now),
            "next": PanelState.nextControl(now),
            "absent": PanelState.absentControl(now),
            "undo_run": PanelState.undoControl(now),
            "result": PanelState.resultControl(now),
            "play": PanelState.playControl(now),
        }
        shown = {name: {"works": one.enabled, "tip": one.toolTip} for name, one in controls.items()}
        if now.hasCine and not now.hasTorch:
            shown["segment"]["tip"] = NO_TORCH
        self._desk.state.controls = shown
        self._desk.state.frame_status = now.frame.status.value

    def _situation(self) -> PanelState.Situation:
        return PanelState.situation(self._desk.session, hasTorch(), str(self._desk.state.segment), None)

    def _on_cine(self) -> None:
        self._losses.clear()
        self._outcome = None
        self._desk.state.update({"phase": "", "progress": 0.0, "losses": []})

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
        with self._desk.state as state:
            state.progress = round(100 * share, 1)
            state.phase = PanelTexts.progressText(replace(progress, losses={}), share)
            if progress.losses:
                self._losses.add(progress.losses)
                state.losses = self._losses.shapes()

    def _ended(self, session: SegmentVideoSession, end: Done | Stopped | Failed) -> None:
        """What is said of it holds until what the run wrote is taken back; after a redo it holds again."""
        had_written = session.hasWritten

        def outcome() -> str:
            return "" if had_written and not session.hasWritten else PanelTexts.endText(session, end)

        self._outcome = outcome
        with self._desk.state as state:
            state.phase = PanelTexts.endText(session, end)
        self._editing.history.end_run()
        self._desk.tell_change()

    async def _poll(self) -> None:
        while self._sessions.isBusy:
            self._sessions.poll()
            await asyncio.sleep(WRITING_PAUSE if self._sessions.hasUnwritten else POLL_SECONDS)
        self._sessions.poll()
        self._desk.tell_change()
