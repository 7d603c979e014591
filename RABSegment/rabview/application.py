"""The application: its parts, and what the page may ask of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from trame.app import get_server
from trame_slicer import module as slicer_assets
from trame_slicer.rca_view import RemoteSliceViewFactory

from rabengine.demo.material import demo_cine_path
from RABSegmentLib.SegmentVideoSessions import SegmentVideoSessions

from .cines import CineControl
from .desk import Desk
from .editing import EditControl
from .page import build_page
from .results import ResultControl
from .runs import RunControl
from .segments import SegmentControl
from .server import Files, attach
from .state import initial_state
from .timeline import TimelineControl
from .workspace import Workspace


class ViewApplication:
    """One cine and its page; all tabs of a browser show the same.

    Args:
        folder: whose cines the page may open.
        cine: to open at once, None for an empty page.
        name: of the trame server; one in a process for each application.
    """

    def __init__(self, folder: Path, cine: Path | None = None, name: str = "rabsegment") -> None:
        self.server = get_server(name, client_type="vue3")
        self.server.enable_module(slicer_assets)
        self.state = self.server.state
        self.state.update(initial_state())
        self.workspace = Workspace()
        self.desk = Desk(self.state, self.workspace)
        self.sessions = SegmentVideoSessions()
        self.workspace.add_view(RemoteSliceViewFactory(self.server))
        self.cines = CineControl(self.desk, self.sessions)
        self.editing = EditControl(self.desk, self.cines.show)
        self.segments = SegmentControl(self.desk, self.editing)
        self.runs = RunControl(self.desk, self.sessions, self.editing)
        self.timeline = TimelineControl(self.desk)
        self.results = ResultControl(self.desk)
        self.files = Files(self.desk, self.cines, folder)
        self._first = cine
        self._offer()
        build_page(self.server)
        attach(self.server, self.files)
        self.server.controller.on_server_ready.add(self._on_ready)
        self.server.controller.on_server_exited.add(self._on_exited)

    def _offer(self) -> None:
        """What the page may ask for, by name."""
        offers = {
            "show_frame": lambda frame: self.cines.show(int(frame)),
            "step": lambda count: self.cines.step(int(count)),
            "play": self.cines.toggle_playing,
            "open_demo": lambda: self.cines.open(demo_cine_path(), "Echocardiogram"),
            "fit": self.workspace.fit,
            "zoom": lambda factor: self.workspace.zoom(float(factor)),
            "scale_brush": lambda steps: self.editing.scale_brush(int(steps)),
            "apply_tool": self.editing.apply,
            "undo_edit": self.editing.history.undo,
            "redo_edit": self.editing.history.redo,
            "choose_segment": self.segments.choose,
            "add_segment": self.segments.add,
            "remove_segment": self.segments.remove,
            "rename_segment": self.segments.rename,
            "recolor_segment": self.segments.recolor,
            "toggle_segment": self.segments.toggle,
            "segment_video": self.runs.toggle,
            "mark_absent": self.runs.mark_absent,
            "forget_mark": lambda frame: self.runs.forget_mark(int(frame)),
            "verify": self.runs.verify,
            "next": self._show_next,
            "undo_run": self.runs.undo_run,
            "show_areas": self.results.show,
            "list_folder": self.files.list_folder,
            "open_path": self.files.open_path,
            "open_upload": self.files.open_upload,
        }
        for name, call in offers.items():
            self.server.controller.trigger(name)(self._guarded(call))

    def _guarded(self, call: Any) -> Any:
        def reported(*arguments: Any) -> None:
            with self.desk.reporting():
                call(*arguments)

        return reported

    def _show_next(self) -> None:
        frame = self.runs.next_frame()
        if frame is not None:
            self.cines.show(frame)

    def _on_ready(self, **_state: Any) -> None:
        loop = asyncio.get_running_loop()
        loop.create_task(self.runs.ask_for_devices())
        if self._first is not None:
            self.cines.open(self._first)

    def _on_exited(self, **_state: Any) -> None:
        self.sessions.close()
