"""Undo and redo of all that changes marks, points and line, as the page shows and asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from undo_stack import UndoCommand, UndoStack

from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.Session.KeptMarks import KeptFrame
from RABSegmentLib.Session.MarkHistory import MarkHistory

from .desk import Desk
from .tools import EDIT_TOOLS, NO_TOOL
from .variables import names


@dataclass
class UndoState:
    """What can be undone and done again, and what that is."""

    can_undo: bool = False
    can_redo: bool = False
    undo_text: str = ""
    redo_text: str = ""


UNDO = names(UndoState)


class EditHistory:
    """The history of the cine that is open.

    The commands of the segment editor are not used: they replace the whole segments table of the frame, which
    all frames share.

    Args:
        desk: tells the frame that is shown.
        show: shows a frame.
        tool: in hand, after which a stroke is called.

    Attributes:
        stack: for the segment editor, which pushes after each stroke.
    """

    def __init__(self, desk: Desk, show: Callable[[int], None], tool: Callable[[], str]) -> None:
        self._desk = desk
        self._show = show
        self._tool = tool
        self._state = desk.state.part(UndoState)
        self._history: MarkHistory | None = None
        self.stack: UndoStack = _StrokeListener(self._record_stroke)
        desk.follow(change=self._on_change)

    def open(self) -> None:
        """Another cine is open, or none."""
        segmentation = self._desk.segmentation
        self._history = None if segmentation is None else MarkHistory(segmentation, self._show, self._update)
        self._update()

    @property
    def last(self) -> str:
        """What `undo` would take back; empty for nothing."""
        return "" if self._history is None else self._history.undoText

    def begin(self) -> None:
        """Call before a stroke: what a run wrote until then is the run's."""
        if self._history is not None:
            self._history.settle()

    @contextmanager
    def step(self, text: str, frame: int | None = None, kind: str = "") -> Iterator[None]:
        """What is changed inside is one step; see `MarkHistory.step`."""
        if self._history is None:
            yield
            return
        with self._history.step(text, frame, kind):
            yield

    def begin_run(self) -> None:
        """A run begins to write frames."""
        if self._history is not None:
            self._history.beginRun(Action.SEGMENT.title)

    def end_run(self) -> None:
        """It is over."""
        if self._history is not None:
            self._history.endRun()

    def frames(self) -> dict[int, KeptFrame]:
        """{frame: as it is now}; see `MarkHistory.frames`."""
        return {} if self._history is None else self._history.frames()

    def rename_frames(self, names: Mapping[str, str]) -> None:
        """The frames have other index values now, {before: after}."""
        if self._history is not None:
            self._history.renameFrames(names)

    def undo(self) -> None:
        """Take the last step back."""
        if self._history is not None and self._history.undo():
            self._tell()

    def redo(self) -> None:
        """Do the step again that was taken back last."""
        if self._history is not None and self._history.redo():
            self._tell()

    def _record_stroke(self) -> None:
        """The frame that is shown was painted on."""
        segmentation = self._desk.segmentation
        if self._history is not None and segmentation is not None:
            tool = EDIT_TOOLS.get(self._tool(), EDIT_TOOLS[NO_TOOL])
            self._history.record(tool.step, segmentation.selectedFrame)

    def _on_change(self) -> None:
        if self._history is not None and self._desk.session is not None and self._desk.session.isRunning:
            self._history.settle()

    def _tell(self) -> None:
        self._desk.workspace.render()
        self._desk.tell_change()

    def _update(self) -> None:
        undo, redo = ("", "") if self._history is None else (self._history.undoText, self._history.redoText)
        state = self._state
        state.can_undo, state.can_redo, state.undo_text, state.redo_text = bool(undo), bool(redo), undo, redo


class _StrokeListener(UndoStack):
    """Hears of the strokes of the segment editor, and keeps none of its commands."""

    def __init__(self, on_stroke: Callable[[], None]) -> None:
        super().__init__()
        self._on_stroke = on_stroke

    def push(self, _command: UndoCommand) -> None:
        self._on_stroke()
