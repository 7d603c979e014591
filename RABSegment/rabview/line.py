"""The line of an M-mode over the frames: drawn, moved by its ends, taken away."""

from __future__ import annotations

from dataclasses import dataclass, field

from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.Results.LineEnds import Ends
from RABSegmentLib.Results.LineNode import lineOf, middleLine, putLine

from .contours import Point
from .desk import Desk
from .undo import EditHistory
from .variables import names

_DECIMALS = 1  # of a pixel's place


@dataclass
class LineState:
    """The line of the cine that is open.

    Attributes:
        ends: column and row of where it begins and ends; empty for none.
    """

    ends: list[list[float]] = field(default_factory=list)


LINE = names(LineState)


class LineControl:
    """Shows the line, and takes what a person moves; it is kept with the segmentation.

    Args:
        desk: whose cine it is.
        history: takes back what was done to it.
    """

    def __init__(self, desk: Desk, history: EditHistory) -> None:
        self._desk = desk
        self._history = history
        self._state = desk.state.part(LineState)
        desk.follow(cine=self._show, change=self._show)

    def draw(self) -> None:
        """A line down the middle of the frames, where there is none."""
        segmentation = self._desk.segmentation
        if segmentation is not None and lineOf(segmentation) is None:
            self._put(middleLine(segmentation), Action.DRAW_LINE)

    def remove(self) -> None:
        """Take it away."""
        self._put(None, Action.REMOVE_LINE)

    def move(self, number: int, place: list[Point]) -> None:
        """Put an end elsewhere.

        Args:
            number: 0 is where the line begins, 1 where it ends.
            place: column and row, the only one of a path; it stays in the frame.
        """
        segmentation = self._desk.segmentation
        line = None if segmentation is None else lineOf(segmentation)
        if segmentation is None or line is None:
            return
        rows, columns = segmentation.cine.frameSize
        x, y = min(max(place[0][0], 0.0), columns - 1.0), min(max(place[0][1], 0.0), rows - 1.0)
        moved = (x, y, *line[2:]) if number == 0 else (*line[:2], x, y)
        self._put(moved, Action.MOVE_LINE, f"line {number}")

    def nudge(self, number: int, right: int, down: int) -> None:
        """Move an end by so many pixels; see `move`."""
        if self._state.ends:
            x, y = self._state.ends[number]
            self.move(number, [(x + right, y + down)])

    def _put(self, line: Ends | None, action: Action, kind: str = "") -> None:
        if self._desk.segmentation is not None:
            with self._history.step(action.title, kind=kind):
                putLine(self._desk.segmentation, line)
            self._show()
            self._desk.tell_change()

    def _show(self) -> None:
        segmentation = self._desk.segmentation
        line = None if segmentation is None else lineOf(segmentation)
        ends = [] if line is None else [list(line[:2]), list(line[2:])]
        self._state.ends = [[round(value, _DECIMALS) for value in end] for end in ends]
