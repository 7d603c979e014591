"""What a user does to marks, and to points and line over the frames, as undo and redo name it."""

from __future__ import annotations

from enum import Enum, auto

from RABSegmentLib.Translation import tr as _


class Action(Enum):
    """One step that can be taken back."""

    EDIT = auto()
    ABSENT = auto()
    REMOVE_MARK = auto()
    VERIFY = auto()
    SEGMENT = auto()
    UNDO_RUN = auto()
    MARKS_FILE = auto()
    MOVE_POINT = auto()
    RESET_POINTS = auto()
    DRAW_LINE = auto()
    MOVE_LINE = auto()
    REMOVE_LINE = auto()

    @property
    def title(self) -> str:
        """For its user."""
        titles = {
            Action.EDIT: _("Edit"),
            Action.ABSENT: _("Absent here"),
            Action.REMOVE_MARK: _("Remove mark"),
            Action.VERIFY: _("Verify"),
            Action.SEGMENT: _("Segment video"),
            Action.UNDO_RUN: _("Undo last run"),
            Action.MARKS_FILE: _("Marks from a file"),
            Action.MOVE_POINT: _("Move a point"),
            Action.RESET_POINTS: _("Reset points"),
            Action.DRAW_LINE: _("Draw line"),
            Action.MOVE_LINE: _("Move line"),
            Action.REMOVE_LINE: _("Remove line"),
        }
        return titles[self]
