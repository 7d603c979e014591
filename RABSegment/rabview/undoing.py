"""Undo and redo of what was painted, on the frame where it was painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from undo_stack import UndoCommand, UndoStack

from RABSegmentLib.FrameSnapshot import FrameSnapshot, putBack, takeSnapshot

from .desk import Desk

LIMIT = 30  # strokes; each keeps the masks of a frame before and after it


@dataclass(frozen=True)
class _Stroke:
    """A frame before and after it was painted on."""

    frame: int
    before: FrameSnapshot
    after: FrameSnapshot


class EditHistory:
    """Takes strokes back; the frame of a stroke is shown first: an undo that nobody sees would be a trap.

    The commands of the segment editor are not used: they replace the whole segments table of the frame, which
    all frames share. What something else changed since, such as a run, is never undone with a stroke.

    Args:
        desk: tells the frame that is shown.
        show: shows a frame.

    Attributes:
        stack: for the segment editor, which pushes after each stroke.
    """

    def __init__(self, desk: Desk, show: Callable[[int], None]) -> None:
        self._desk = desk
        self._show = show
        self._done: list[_Stroke] = []
        self._undone: list[_Stroke] = []
        self._begun: tuple[int, FrameSnapshot] | None = None
        self.stack: UndoStack = _StrokeListener(self._end)
        desk.follow(frame=self._begin_again, change=self._on_change)

    def begin(self) -> None:
        """Call before the frame that is shown is changed."""
        segmentation = self._desk.segmentation
        if segmentation is not None:
            frame = segmentation.selectedFrame
            self._begun = frame, takeSnapshot(segmentation, frame)

    def undo(self) -> None:
        """Take the last stroke back."""
        self._forget_stale()
        if self._done:
            stroke = self._done.pop()
            self._put_back(stroke.frame, stroke.before)
            self._undone.append(stroke)
            self._update()

    def redo(self) -> None:
        """Paint the stroke again that was taken back last."""
        self._forget_stale()
        if self._undone:
            stroke = self._undone.pop()
            self._put_back(stroke.frame, stroke.after)
            self._done.append(stroke)
            self._update()

    def clear(self) -> None:
        """Forget all strokes: something else changed the masks or the segments since."""
        self._done.clear()
        self._undone.clear()
        self._begun = None
        self._update()

    def _end(self) -> None:
        """The frame that is shown was changed."""
        segmentation, begun = self._desk.segmentation, self._begun
        if segmentation is None or begun is None or begun[0] != segmentation.selectedFrame:
            return
        frame, before = begun
        self._begun = None
        after = takeSnapshot(segmentation, frame)
        if after.record == before.record:
            return  # such as a click outside the picture
        self._done.append(_Stroke(frame, before, after))
        del self._done[:-LIMIT]
        self._undone.clear()
        self._update()

    def _begin_again(self) -> None:
        """A stroke that goes on counts for the frame that is shown when it ends, as that frame was then."""
        if self._begun is not None:
            self.begin()

    def _on_change(self) -> None:
        self._begin_again()
        self._forget_stale()
        self._update()

    def _put_back(self, frame: int, snapshot: FrameSnapshot) -> None:
        segmentation = self._desk.segmentation
        assert segmentation is not None  # without a cine there are no strokes
        self._show(frame)
        putBack(segmentation, {frame: snapshot})
        self._desk.workspace.render()

    def _forget_stale(self) -> None:
        """Strokes whose frame is not as they left it any more; its record tells, for it has the fingerprints."""
        segmentation = self._desk.segmentation
        if segmentation is None:
            return
        while self._done and segmentation.record(self._done[-1].frame) != self._done[-1].after.record:
            self._done.pop()
        while self._undone and segmentation.record(self._undone[-1].frame) != self._undone[-1].before.record:
            self._undone.pop()

    def _update(self) -> None:
        self._desk.state.can_undo_edit = bool(self._done)
        self._desk.state.can_redo_edit = bool(self._undone)


class _StrokeListener(UndoStack):
    """Hears of the strokes of the segment editor, and keeps none of its commands."""

    def __init__(self, on_stroke: Callable[[], None]) -> None:
        super().__init__()
        self._on_stroke = on_stroke

    def push(self, _command: UndoCommand) -> None:
        self._on_stroke()
