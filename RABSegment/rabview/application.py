"""The application: its parts, and what the page may ask of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trame.app import get_server
from trame_slicer import module as slicer_assets

from rabengine.demo.sample import sample_cine_path
from RABSegmentLib.Session.Sessions import SegmentVideoSessions
from RABSegmentLib.Session.StudyQueue import StudyQueue
from rabview.page import build_page
from rabview.server import Access, Files, attach

from . import variables
from .buttons import ButtonControl
from .calibration import CalibrationControl
from .cines import CineControl, CineState
from .desk import Desk
from .editing import EditControl
from .kept_marks import KeepControl
from .landmarks import LandmarkControl
from .line import LineControl
from .marks import MarkControl
from .outlining import OutlineControl
from .prompting import PromptControl
from .results import ResultControl
from .runs import RunControl
from .segments import SegmentControl
from .serving import HOST, PORT, UPLOAD_LIMIT_MB
from .stream import SliceStreamFactory
from .study import StudyControl
from .thumbnails import Thumbnails
from .timeline import TimelineControl
from .viewing import ViewControl
from .watching import WatchControl
from .workspace import VIEW_NAME, Workspace, quiet_libraries

DEMO_NAME = "Echocardiogram"
# What says something of the frame or cine that is shown: while a file is read it is covered, and who presses a key
# looks forward to another one.
JUDGING = ("verify", "mark_absent", "copy_to_next", "check_cine")


class ViewApplication:
    """One cine and its page; all tabs of a browser show the same.

    Args:
        folder: whose cines the page may open.
        cine: to open at once, None for an empty page.
        cine_name: that is shown, empty for that of the file.
        name: of the trame server; one in a process for each application.
        access: who may use it; without it every program of this computer that asks for it by its usual address.
        upload_limit_mb: of what is dropped onto the page at once.
        study: whose cines are listed, None for none.
        is_blind: of a study neither predictions nor what others drew are shown.
    """

    def __init__(
        self,
        folder: Path,
        cine: Path | None = None,
        cine_name: str = "",
        name: str = "rabsegment",
        access: Access | None = None,
        upload_limit_mb: int = UPLOAD_LIMIT_MB,
        study: StudyQueue | None = None,
        is_blind: bool = False,
    ) -> None:
        self.server = get_server(name, client_type="vue3")
        self.server.enable_module(slicer_assets)
        self.state = variables.PageState(self.server.state)
        self._cine = self.state.part(CineState)
        self.workspace = Workspace()
        quiet_libraries()
        self.desk = Desk(self.state, self.workspace)
        self.sessions = SegmentVideoSessions()
        views = SliceStreamFactory(self.server, lambda: self.viewing.facts())
        self.workspace.add_view(views)
        self.cines = CineControl(self.desk, self.sessions)
        self.editing = EditControl(self.desk, self.cines)
        self.viewing = ViewControl(self.desk, views.get_factory_view(VIEW_NAME).pictures)
        self.segments = SegmentControl(self.desk, self.editing)
        self.buttons = ButtonControl(self.desk)
        self.runs = RunControl(self.desk, self.sessions, self.editing, self.buttons)
        self.marks = MarkControl(self.desk, self.editing.history, self.buttons)
        self.prompting = PromptControl(self.desk, self.cines, self.editing.history, self.viewing.tell)
        self.outlining = OutlineControl(self.desk, self.cines, self.editing.history)
        self.timeline = TimelineControl(self.desk)
        self.landmarks = LandmarkControl(self.desk, self.editing.history)
        self.line = LineControl(self.desk, self.editing.history)
        self.results = ResultControl(self.desk, self.timeline, self.landmarks)
        self.files = Files(self.desk, self.cines, self.marks, folder, upload_limit_mb, self.results.biplane)
        self.calibration = CalibrationControl(self.desk, self.cines, self.editing)
        self.kept_marks = KeepControl(self.desk, self.editing.history)
        self.watching = WatchControl(self.desk)
        self.study = StudyControl(self.desk, self.cines, study, is_blind)
        self.thumbnails = None if study is None else Thumbnails(study.study)
        self._first = cine
        self._first_name = cine_name
        self._asking: asyncio.Task[None] | None = None
        triggers = self._offer()
        build_page(self.server)
        attach(self.server, self.files, access or Access(HOST, PORT), triggers, self.state.readers, self.thumbnails)
        self.server.controller.on_server_ready.add(self._on_ready)
        self.server.controller.on_client_exited.add(self.watching.leave)

    def close(self) -> None:
        """Keep the marks, end the engine, and remove all temporary files. Idempotent."""
        self.kept_marks.flush()
        self.study.close()
        self.sessions.close()
        self.files.close()

    def _offer(self) -> list[str]:
        """What the page may ask for, by name; with it go readers of the arguments, which anybody can send."""
        offers: dict[str, tuple[Callable[..., Any], tuple[variables.Reader, ...]]] = {
            "show_frame": (self.cines.show, (variables.FRAME,)),
            "step": (self.cines.step, (variables.STEPS,)),
            "play": (self.cines.toggle_playing, ()),
            "play_from_here": (self.cines.begin_here, ()),
            "play_to_here": (self.cines.end_here, ()),
            "play_whole": (self.cines.player.whole, ()),
            "show_mark": (self.cines.show_mark, (variables.whole(-1, 1),)),
            "open_demo": (self._open_demo, ()),
            "fit": (self.workspace.fit, ()),
            "zoom": (self.workspace.zoom, (variables.number(-10.0, 10.0),)),
            "zoom_at": (self.workspace.zoom_at, (variables.STEPS, variables.SHARE, variables.SHARE)),
            "reset_window": (self.viewing.reset_window, ()),
            "brighten": (self.viewing.brighten, ()),
            "actual_size": (self.viewing.actual_size, ()),
            "toggle_all": (self.viewing.toggle_all, ()),
            "scale_brush": (self.editing.scale_brush, (variables.STEPS,)),
            "take_tool": (self.editing.take, (variables.WORD,)),
            "apply_tool": (self.editing.apply, ()),
            "stroke": (self.editing.stroke, (variables.WORD, variables.FRAME, variables.PIXELS)),
            "prompt": (
                self.prompting.say,
                (variables.WORD, variables.FRAME, variables.PIXELS, variables.flag),
            ),
            "preview_prompt": (self.prompting.preview, (variables.FRAME, variables.PIXELS, variables.flag)),
            "end_preview": (self.prompting.end_preview, ()),
            "warm_prompts": (self.prompting.warm, ()),
            "reshape": (self.outlining.reshape, (variables.FRAME, variables.FRAME, variables.PIXELS)),
            "copy_to_next": (self.outlining.copy_to_next, ()),
            "undo_edit": (self.prompting.undo, ()),
            "redo_edit": (self.editing.history.redo, ()),
            "choose_segment": (self.segments.choose, (variables.WORD,)),
            "add_segment": (self.segments.add, ()),
            "remove_segment": (self.segments.remove, (variables.WORD,)),
            "rename_segment": (self.segments.rename, (variables.WORD, variables.WORD)),
            "recolor_segment": (self.segments.recolor, (variables.WORD, variables.color)),
            "toggle_segment": (self.segments.toggle, (variables.WORD,)),
            "segment_video": (self.runs.start, ()),
            "cancel_run": (self.runs.cancel, (variables.FRAME,)),
            "mark_absent": (self.marks.mark_absent, ()),
            "forget_mark": (self.marks.forget, (variables.FRAME,)),
            "choose": (self.desk.choice.choose, (variables.PATH,)),
            "verify": (self.marks.verify, ()),
            "next": (self._show_next, ()),
            "undo_run": (self.runs.undo_run, ()),
            "set_spacing": (self.calibration.set_spacing, (variables.SIZE, variables.SIZE)),
            "set_frame_time": (self.calibration.set_frame_time, (variables.SIZE,)),
            "watch": (self.watching.watch, (variables.WORD, variables.flag)),
            "resume_marks": (self.kept_marks.resume, ()),
            "start_anew": (self.kept_marks.start_anew, ()),
            "resume_last": (self._resume_last, ()),
            "show_areas": (self.results.show, ()),
            "keep_view": (self.results.keep_view, ()),
            "move_landmark": (self.landmarks.move, (variables.FRAME, variables.whole(0, 2), variables.PIXELS)),
            "nudge_landmark": (
                self.landmarks.nudge,
                (variables.FRAME, variables.whole(0, 2), variables.STEPS, variables.STEPS),
            ),
            "reset_landmarks": (self.landmarks.reset, ()),
            "draw_line": (self.line.draw, ()),
            "remove_line": (self.line.remove, ()),
            "move_line": (self.line.move, (variables.whole(0, 1), variables.PIXELS)),
            "nudge_line": (self.line.nudge, (variables.whole(0, 1), variables.STEPS, variables.STEPS)),
            "read_notice": (self.desk.read_notice, (variables.FRAME,)),
            "open_study_cine": (self.study.open, (variables.FRAME,)),
            "next_cine": (self.study.next, ()),
            "step_cine": (self.study.step, (variables.whole(-1, 1),)),
            "check_cine": (self.study.check, ()),
            "more_cines": (self.study.more, ()),
            "take_path": (self.files.take_path, (variables.PATH,)),
            "take_upload": (self.files.take_upload, (variables.WORD, variables.FRAME, variables.FRAME)),
            "open_path": (self.files.open_path, (variables.PATH,)),
            "open_upload": (self.files.open_upload, (variables.WORD, variables.FRAME, variables.FRAME)),
        }
        for name, (call, readers) in offers.items():
            self.server.controller.trigger(name)(self._guarded(name, call, readers))
        return list(offers)

    def _guarded(
        self, name: str, call: Callable[..., Any], readers: tuple[variables.Reader, ...]
    ) -> Callable[..., None]:
        """As the page may call it: odd arguments do nothing, and what goes wrong is said in the page."""

        def reported(*arguments: Any, **about: Any) -> None:
            try:
                values = variables.read_arguments(arguments, readers)
                named = {key: variables.ABOUT[key](value) for key, value in about.items()}
            except (ValueError, KeyError):
                return
            with self.desk.reporting():
                if self._is_there(**named) and not (name in JUDGING and self.desk.reading.is_on):
                    call(*values)

        return reported

    def _is_there(self, cine: int | None = None, segment: str = "") -> bool:
        """Whether what somebody began with a cine and a segment is about something that is still there.

        The segment is chosen then: a drag takes its time, and another one may have been chosen meanwhile.
        """
        if cine is not None and cine != self._cine.number:
            return False
        return not segment or self.segments.choose_again(segment)

    def _open_demo(self) -> None:
        self.cines.open(sample_cine_path(), DEMO_NAME, stays=False)

    def _resume_last(self) -> None:
        if self.files.open_last():
            self.kept_marks.goes_on = True

    def _show_next(self) -> None:
        frame = self.runs.next_frame()
        if frame is not None:
            self.cines.show(frame)

    def _on_ready(self, **_state: Any) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_report_unless_gone)
        self._asking = loop.create_task(self.runs.ask_for_devices())
        self.study.begin()
        if self._first is not None:
            self.cines.open(self._first, self._first_name, stays=self._first != sample_cine_path())
        elif self.study.queue is None:
            self.files.offer_last()


def _report_unless_gone(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """As the loop does, but for what was still being sent to a page that is gone: nobody needs to know."""
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)
