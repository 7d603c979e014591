"""Apex and mitral plane of the left ventricle: shown on the ends of its beat, moved and reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rabengine.errors import InputError
from rabengine.measurement.landmarks import GivenLandmarks
from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.FrontEnd.VentricleReport import VentricleReport
from RABSegmentLib.Results.EjectionFraction import ejectionFraction
from RABSegmentLib.Results.MovedPoints import keepMovedPoints, movedPoints
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .contours import Point
from .desk import Desk
from .undo import EditHistory
from .variables import names

APEX = 0  # number of the apex among the points; the two of the mitral valve follow
_DECIMALS = 1  # of a pixel's place


@dataclass
class FrameLandmarks:
    """Of one frame.

    Attributes:
        frame: its number.
        end: "ED" or "ES".
        points: column and row of the apex and of the two hinge points of the mitral valve.
        is_moved: a person moved one of them.
    """

    frame: int
    end: str
    points: list[list[float]]
    is_moved: bool


@dataclass
class LandmarkState:
    """Of the segment that is the left ventricle.

    Attributes:
        frames: the ends of the beat that is reported; none where there is no ejection fraction.
        is_moved: a person moved a point on any frame.
    """

    frames: list[FrameLandmarks] = field(default_factory=list)
    is_moved: bool = False


LANDMARKS = names(LandmarkState)


class LandmarkControl:
    """Shows them, and takes what a person moves.

    Args:
        desk: whose cine it is.
        history: takes back what was moved.

    Attributes:
        measure: measures anew and shows what comes of it.
    """

    def __init__(self, desk: Desk, history: EditHistory) -> None:
        self._desk = desk
        self._history = history
        self._state = desk.state.part(LandmarkState)
        self._segment = ""
        self.measure: Callable[[], None] = lambda: None

    def clear(self) -> None:
        """There is no ventricle."""
        self._segment, self._state.frames, self._state.is_moved = "", [], False

    def show(self, segmentation: SegmentationSequence, report: VentricleReport) -> None:
        """Show what was found or given for a report."""
        self._segment = report.segment
        given = movedPoints(segmentation, report.segment)
        self._state.is_moved = bool(given)
        found = report.found
        ends = () if found is None else (("ED", found.edFrame), ("ES", found.esFrame))
        self._state.frames = [
            FrameLandmarks(
                frame,
                end,
                [[round(float(value), _DECIMALS) for value in point] for point in (marks.apex, *marks.mitral)],
                frame in given,
            )
            for end, frame in ends
            if found is not None and (marks := found.ventricle.landmarks[frame]) is not None
        ]

    def move(self, frame: int, number: int, place: list[Point]) -> None:
        """Put a point of a frame elsewhere; the values follow.

        Args:
            frame: one of those that are shown.
            number: of the point: 0 is the apex, 1 and 2 are those of the mitral valve.
            place: column and row, the only one of a path; it stays in the frame.

        Raises:
            InputError: nothing of the ventricle would lie between apex and mitral plane; nothing is moved then.
        """
        segmentation = self._open()
        shown = self._shown(frame)
        if segmentation is None or shown is None or number >= len(shown.points):
            return
        rows, columns = segmentation.cine.frameSize
        x, y = place[0]
        points = [(float(x), float(y)) for x, y in shown.points]
        points[number] = min(max(x, 0.0), columns - 1.0), min(max(y, 0.0), rows - 1.0)
        given = movedPoints(segmentation, self._segment)
        said = given.get(frame, GivenLandmarks())
        said = replace(said, apex=points[0]) if number == APEX else replace(said, mitral=(points[1], points[2]))
        with self._history.step(Action.MOVE_POINT.title, frame, f"point {number} of {self._segment} on {frame}"):
            keepMovedPoints(segmentation, self._segment, {**given, frame: said})
            try:
                ejectionFraction(segmentation, self._segment)
            except InputError:
                keepMovedPoints(segmentation, self._segment, given)
                raise
        self._changed()

    def nudge(self, frame: int, number: int, right: int, down: int) -> None:
        """Move a point by so many pixels; see `move`."""
        shown = self._shown(frame)
        if shown is not None and number < len(shown.points):
            x, y = shown.points[number]
            self.move(frame, number, [(x + right, y + down)])

    def reset(self) -> None:
        """Take the points that are found on the mask again, on all frames."""
        segmentation = self._open()
        if segmentation is not None:
            with self._history.step(Action.RESET_POINTS.title):
                keepMovedPoints(segmentation, self._segment, {})
            self._changed()

    def _shown(self, frame: int) -> FrameLandmarks | None:
        return next((one for one in self._state.frames if one.frame == frame), None)

    def _open(self) -> SegmentationSequence | None:
        """The segmentation whose points may be moved now."""
        session = self._desk.session
        return None if session is None or session.isRunning or not self._segment else session.segmentation

    def _changed(self) -> None:
        self.measure()
        self._desk.tell_change()
