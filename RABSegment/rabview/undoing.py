"""Undo and redo of what was painted, on the frame where it was painted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from undo_stack import UndoCommand, UndoStack

from .desk import Desk

LIMIT = 30  # strokes; each keeps the masks of a frame before and after it


class EditHistory:
    """An undo stack that shows the frame of a stroke first: an undo that nobody sees would be a trap.

    Args:
        desk: tells the frame that is shown.
        show: shows a frame.

    Attributes:
        stack: for the segment editor.
    """

    def __init__(self, desk: Desk, show: Callable[[int], None]) -> None:
        self._state = desk.state
        self.stack = _FrameStack(desk, show)
        self.stack.index_changed.connect(self._update)

    def undo(self) -> None:
        """Take the last stroke back."""
        self.stack.undo()

    def redo(self) -> None:
        """Paint the stroke again that was taken back last."""
        self.stack.redo()

    def clear(self) -> None:
        """Forget all strokes: something else changed the masks or the segments since."""
        self.stack.clear()
        self._update()

    def _update(self, *_args: Any) -> None:
        self._state.can_undo_edit = self.stack.can_undo()
        self._state.can_redo_edit = self.stack.can_redo()


class _FrameStack(UndoStack):
    def __init__(self, desk: Desk, show: Callable[[int], None]) -> None:
        super().__init__(undo_limit=LIMIT)
        self._desk = desk
        self._show = show

    def push(self, command: UndoCommand) -> None:
        segmentation = self._desk.segmentation
        if segmentation is not None:
            super().push(_OnFrame(command, segmentation.selectedFrame, self._show))


class _OnFrame(UndoCommand):
    """A command of the segment editor with the frame on which it was given."""

    def __init__(self, command: UndoCommand, frame: int, show: Callable[[int], None]) -> None:
        super().__init__()
        self._command = command
        self._frame = frame
        self._show = show

    def undo(self) -> None:
        self._show(self._frame)
        self._command.undo()

    def redo(self) -> None:
        self._show(self._frame)
        self._command.redo()
