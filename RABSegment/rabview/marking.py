"""Label files as marks of the cine that is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from rabengine.errors import InputError
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Session.MarksFromFile import labelsFromFile, takeLabels

from .desk import DONE, Desk
from .undo import EditHistory


class MarkingControl:
    """Reads a label file beside the page, and marks the frames that it is of.

    Args:
        desk: whose cine is marked.
        history: to take that back.
    """

    def __init__(self, desk: Desk, history: EditHistory) -> None:
        self._desk = desk
        self._history = history
        self._taking: asyncio.Task[None] | None = None

    def take(self, path: Path, name: str = "", then: Callable[[], None] = lambda: None) -> None:
        """Begin to read a label file; a single picture is of the frame that is shown now.

        Args:
            path: of the file, or of a folder of label pictures.
            name: what its user calls it; empty for the name that it has.
            then: called when it was read, or will not be.

        Raises:
            InputError: no cine is open, or a run or another file is on its way.
        """
        session = self._desk.session
        if session is None or session.isRunning or (self._taking is not None and not self._taking.done()):
            then()
            if session is None:
                raise InputError("No cine is open that the marks could belong to.", "Open it first.")
            raise InputError("Another run or file is on its way.", "Wait for it.")
        self._taking = asyncio.get_running_loop().create_task(self._take(path, name or path.name))
        self._taking.add_done_callback(lambda _task: then())

    async def _take(self, path: Path, name: str) -> None:
        session, state = self._desk.session, self._desk.state
        assert session is not None
        segmentation = session.segmentation
        with state:
            state.is_reading, state.reading_name = True, name
        try:
            with state, self._desk.reporting(f"Taking marks from {name}"):
                shown = max(segmentation.selectedFrame, 0)
                cine = engineCine(segmentation.cine)
                labels = await asyncio.to_thread(labelsFromFile, path, cine, shown, name)
                if self._desk.session is not session:
                    return
                with self._history.step(f"Marks from {name}", min(labels, default=None)):
                    taken = takeLabels(session, labels, name)
                self._desk.notify(DONE, taken.text)
                self._desk.workspace.render()
                self._desk.tell_change()
        finally:
            with state:
                state.is_reading = False
