"""A mark as a closed line that can be reshaped, and as a beginning for the next frame."""

from __future__ import annotations

import numpy as np

from RABSegmentLib.Scene.FrameRecords import Means
from RABSegmentLib.Session.Session import SegmentVideoSession

from .cines import CineControl
from .contours import Point, filled, outlines
from .desk import Desk
from .segments import SegmentState
from .undo import EditHistory

RESHAPE, COPY = "Reshape the outline", "Copy to next frame"
_FEWEST = 3  # points of a line that encloses something


class OutlineControl:
    """Takes outlines that the page has drawn.

    Args:
        desk: whose cine is marked.
        cines: shows the next frame.
        history: takes it back.
    """

    def __init__(self, desk: Desk, cines: CineControl, history: EditHistory) -> None:
        self._desk = desk
        self._cines = cines
        self._history = history
        self._segments = desk.state.part(SegmentState)

    def reshape(self, frame: int, number: int, line: list[Point]) -> None:
        """What the chosen segment encloses by one of its lines is now what another line encloses; holes stay.

        Args:
            frame: on which it was drawn; it is shown.
            number: of the line, as `contours.outlines` gives them; one that is not there adds a piece.
            line: columns and rows of pixels.
        """
        session, segment = self._desk.session, self._segments.chosen
        if session is None or len(line) < _FEWEST or frame >= session.segmentation.frameCount:
            return
        masks = session.segmentation.masks(frame)
        if segment not in masks:
            return
        self._cines.show(frame)
        mask, size = masks[segment], session.segmentation.cine.frameSize
        lines = outlines(mask)
        before = filled(lines[number], size) if number < len(lines) else np.zeros(size, bool)
        holes = before & ~mask
        self._write(session, frame, {segment: (mask & ~before) | (filled(line, size) & ~holes)}, RESHAPE)

    def copy_to_next(self) -> None:
        """The next frame gets what the chosen segment has on the one that is shown, and is shown."""
        session, segment = self._desk.session, self._segments.chosen
        if session is None or session.isRunning:
            return
        frame = session.segmentation.selectedFrame
        masks = session.segmentation.masks(frame)
        if frame + 1 >= session.segmentation.frameCount or segment not in masks or not masks[segment].any():
            return
        self._cines.show(frame + 1)
        self._write(session, frame + 1, {segment: masks[segment]}, COPY, Means.COPIED)

    def _write(
        self,
        session: SegmentVideoSession,
        frame: int,
        masks: dict[str, np.ndarray],
        step: str,
        means: Means = Means.PAINTED,
    ) -> None:
        with self._history.step(step, frame), session.keeping.by(means):
            session.segmentation.setMasks(frame, masks)
            session.keeping.noticeEdit(frame)
        self._desk.workspace.render()
        self._desk.tell_change()
