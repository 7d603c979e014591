"""The marked frames of the cine that is open: from a label file, as absent, verified, or forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rabengine.errors import ChoiceError, InputError
from RABSegmentLib.FrontEnd import Controls, Texts
from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Session.MarksFromFile import labelsFromFile, sumsOf, takeLabels

from .buttons import ButtonControl
from .choosing import Question, ReadTask
from .desk import DONE, Desk
from .segments import SegmentState
from .undo import EditHistory
from .variables import names


@dataclass
class MarkRow:
    """A marked frame in the list of the page: its number, its time, its segments, by whom and how it was made."""

    frame: str
    time: str
    segments: str
    by: str
    made: str


@dataclass
class MarkState:
    """All marked frames."""

    rows: list[MarkRow] = field(default_factory=list)


MARKS = names(MarkState)
BUSY = "Another run or file is on its way.", "Wait for it."


class MarkControl:
    """Marks frames in other ways than by painting, and lists those that are marked.

    Args:
        desk: whose cine is marked.
        history: to take that back.
        buttons: say what can be done.
    """

    def __init__(self, desk: Desk, history: EditHistory, buttons: ButtonControl) -> None:
        self._desk = desk
        self._history = history
        self._buttons = buttons
        self._state = desk.state.part(MarkState)
        self._segments = desk.state.part(SegmentState)
        self._taking: ReadTask | None = None
        desk.follow(change=self._update, frame=self._update)

    def take(
        self, path: Path, name: str = "", then: Callable[[], None] = lambda: None, frame: int | None = None
    ) -> None:
        """Begin to read marks.

        Args:
            path: of labels, a DICOM segmentation or a training set, also as ZIP; of a file or a folder.
            name: what its user calls it; empty for the name that it has.
            then: called when it was read, or will not be.
            frame: that a single picture is of; None for the one that is shown now.

        Raises:
            InputError: no cine is open, or a run or another file is on its way.
        """
        session = self._desk.session
        if session is None or session.isRunning or (self._taking is not None and not self._taking.done()):
            then()
            if session is None:
                raise InputError("No cine is open that the marks could belong to.", "Open it first.")
            raise InputError(*BUSY)
        called = name or path.name

        def read(of_cine: str) -> ReadTask:
            self._taking = self._desk.reading.begin(called, self._take(path, called, of_cine, frame))
            return self._taking

        title, text = Texts.chooseCineTitle(), Texts.chooseCineText(called)
        self._desk.choice.read(Question(title, text, read, then))

    def mark_absent(self) -> None:
        """The chosen segment is not on this frame."""
        session = self._desk.session
        if session is not None and Controls.absentControl(self._buttons.situation()).enabled:
            frame = session.segmentation.selectedFrame
            with self._history.step(Action.ABSENT.title, frame):
                session.markAbsent(frame, self._segments.chosen)

    def forget(self, frame: int) -> None:
        """A marked frame counts as predicted again."""
        session = self._desk.session
        if session is not None and not session.isRunning and frame in session.keeping.markedFrames():
            with self._history.step(Action.REMOVE_MARK.title, frame):
                session.forgetMark(frame)

    def verify(self) -> None:
        """Accept the frame that is shown."""
        session = self._desk.session
        if session is not None and Controls.verifyControl(self._buttons.situation()).enabled:
            frame = session.segmentation.selectedFrame
            with self._history.step(Action.VERIFY.title, frame):
                session.verify(frame)

    async def _take(self, path: Path, name: str, of_cine: str, frame: int | None) -> ChoiceError | None:
        session = self._desk.session
        assert session is not None
        segmentation = session.segmentation
        with self._desk.state, self._desk.reporting(f"Taking marks from {name}"):
            shown = max(segmentation.selectedFrame if frame is None else frame, 0)
            cine = engineCine(segmentation.cine)
            sums = sumsOf(segmentation.cine)
            try:
                labels = await asyncio.to_thread(labelsFromFile, path, cine, shown, name, sums, of_cine or None)
            except ChoiceError as error:
                return error if self._desk.session is session else None
            if self._desk.session is not session:
                return None
            if session.isRunning:  # it was begun since
                raise InputError(*BUSY)
            with self._history.step(f"Marks from {name}", min(labels, default=None)):
                taken = takeLabels(session, labels, name)
            self._desk.notify(DONE, taken.text)
            self._desk.workspace.render()
            self._desk.tell_change()
        return None

    def _update(self) -> None:
        self._state.rows = [MarkRow(*row) for row in Texts.markRows(self._desk.segmentation)]
