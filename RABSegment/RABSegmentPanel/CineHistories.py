"""Undo and redo in the panel: of all that changes marks, points and line, cine by cine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from RABSegmentLib.FrontEnd import Texts
from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.Session.MarkHistory import MarkHistory, MarkStep


class CineHistories:
    """The histories of the cines that the panel has shown; one of them is followed.

    Args:
        ui: the panel's widgets, with undoButton and redoButton.
        onUndone: called after a step was taken back or done again.
    """

    def __init__(self, ui: Any, onUndone: Callable[[MarkStep], None]) -> None:
        self._ui = ui
        self._onUndone = onUndone
        self._histories: list[tuple[Any, MarkHistory]] = []  # (session, its history)
        self._session: Any = None
        self._stepping = False

    def follow(self, session: Any) -> None:
        """Go on with the history of a cine; None for no cine."""
        self._session = session
        self._histories = [(one, history) for one, history in self._histories if one.segmentation.isInScene]
        if session is not None and self._history is None:
            show = session.segmentation.select
            self._histories.append((session, MarkHistory(session.segmentation, show, self._update)))
        if self._history is not None and not session.isRunning:
            self._history.endRun()  # it may have ended while another cine was followed
        self._update()

    @contextmanager
    def step(self, text: str, frame: int | None = None) -> Iterator[None]:
        """What is changed inside is one step."""
        if self._history is None:
            yield
            return
        self._stepping = True
        try:
            with self._history.step(text, frame):
                yield
        finally:
            self._stepping = False

    def moved(self, text: str, frame: int | None = None, kind: str = "") -> None:
        """Something over the frames was moved; see `MarkHistory.record`."""
        if self._history is None:
            return
        if self._session.isRunning:
            self._history.settle()  # what the run wrote until now is the run's
        self._history.record(text, frame, kind)

    def noticed(self) -> None:
        """Masks, marks or segments changed: by the user in the segment editor, or by a run."""
        if self._history is None or self._stepping:
            return
        segmentation = self._session.segmentation
        shown = int(segmentation.selectedFrame)
        if not self._session.isRunning or segmentation.record(shown).isMark:
            self._history.record(Action.EDIT.title, shown)
        else:
            self._history.settle()

    def beginRun(self) -> None:
        """A run begins to write frames."""
        if self._history is not None:
            self._history.beginRun(Action.SEGMENT.title)

    def endRun(self, session: Any) -> None:
        """The run of a cine is over, whether it is followed or not."""
        for one, history in self._histories:
            if one is session:
                history.endRun()
        self._update()

    def renameFrames(self, names: Any) -> None:
        """The frames have other index values now, {before: after}."""
        if self._history is not None:
            self._history.renameFrames(names)

    def undo(self) -> None:
        """Take the last step back, on the frame that it concerns."""
        step = None if self._history is None else self._history.undo()
        if step is not None:
            self._onUndone(step)

    def redo(self) -> None:
        """Do the step again that was taken back last."""
        step = None if self._history is None else self._history.redo()
        if step is not None:
            self._onUndone(step)

    @property
    def _history(self) -> MarkHistory | None:
        return next((history for session, history in self._histories if session is self._session), None)

    def _update(self) -> None:
        history = self._history
        for button, text, idle in (
            (self._ui.undoButton, history.undoText if history else "", Texts.nothingToUndoText()),
            (self._ui.redoButton, history.redoText if history else "", Texts.nothingToRedoText()),
        ):
            button.enabled = bool(text)
            button.toolTip = text or idle
