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
    """All marked frames.

    Attributes:
        rows: of them.
        set_name: of a set of which several cines may be the one that is open, empty for none.
        set_cines: their names, until one is chosen.
    """

    rows: list[MarkRow] = field(default_factory=list)
    set_name: str = ""
    set_cines: list[str] = field(default_factory=list)


MARKS = names(MarkState)


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
        self._taking: asyncio.Task[None] | None = None
        self._set: tuple[Path, Callable[[], None]] | None = None  # that waits for a choice, and what follows
        desk.follow(cine=lambda: self.choose_cine(""), change=self._update, frame=self._update)

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
        self.choose_cine("")
        session = self._desk.session
        if session is None or session.isRunning or (self._taking is not None and not self._taking.done()):
            then()
            if session is None:
                raise InputError("No cine is open that the marks could belong to.", "Open it first.")
            raise InputError("Another run or file is on its way.", "Wait for it.")
        self._begin(path, name or path.name, then, frame=frame)

    def choose_cine(self, name: str) -> None:
        """Say which cine of a set is meant, where several fit; empty for none of them."""
        if self._set is None:
            return
        (path, then), self._set = self._set, None
        source, known = self._state.set_name, self._state.set_cines
        self._state.set_name, self._state.set_cines = "", []
        if name in known and self._desk.session is not None and not self._desk.session.isRunning:
            self._begin(path, source, then, name)
        else:
            then()

    def _begin(
        self,
        path: Path,
        name: str,
        then: Callable[[], None],
        of_cine: str | None = None,
        frame: int | None = None,
    ) -> None:
        def done(_task: asyncio.Task[None]) -> None:
            if self._set is None or self._set[0] != path:
                then()

        self._taking = self._desk.reading.begin(name, self._take(path, name, then, of_cine, frame))
        self._taking.add_done_callback(done)

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

    async def _take(
        self, path: Path, name: str, then: Callable[[], None], of_cine: str | None, frame: int | None
    ) -> None:
        session = self._desk.session
        assert session is not None
        segmentation = session.segmentation
        with self._desk.state, self._desk.reporting(f"Taking marks from {name}"):
            shown = max(segmentation.selectedFrame if frame is None else frame, 0)
            cine = engineCine(segmentation.cine)
            sums = sumsOf(segmentation.cine)
            try:
                labels = await asyncio.to_thread(labelsFromFile, path, cine, shown, name, sums, of_cine)
            except ChoiceError as error:
                if self._desk.session is session:
                    self._set = path, then
                    self._state.set_name, self._state.set_cines = name, list(error.choices)
                return
            if self._desk.session is not session:
                return
            with self._history.step(f"Marks from {name}", min(labels, default=None)):
                taken = takeLabels(session, labels, name)
            self._desk.notify(DONE, taken.text)
            self._desk.workspace.render()
            self._desk.tell_change()

    def _update(self) -> None:
        self._state.rows = [MarkRow(*row) for row in Texts.markRows(self._desk.segmentation)]
