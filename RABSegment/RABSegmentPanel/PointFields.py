"""Apex and mitral plane of the left ventricle in the red view, to be dragged where they were found wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from rabengine.errors import InputError
from RABSegmentLib.FrontEnd import Controls
from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.FrontEnd.VentricleReport import chosenSegment
from RABSegmentLib.Results.EjectionFraction import EjectionFraction, ejectionFraction
from RABSegmentLib.Results.MovedPoints import keepMovedPoints, movedPoints
from RABSegmentLib.Results.PointNodes import PointNodes
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .CineHistories import CineHistories
from .PanelPart import Connections, PanelPart, ShownCine, showControl

INTERVAL = 30  # milliseconds from a move to the values that it gives


class PointFields(PanelPart, VTKObservationMixin):
    """The buttons that show the points and put them back, and what a drag does.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        histories: to take back what was moved.
        onMoved: called when the measurements are others than before.
    """

    def __init__(
        self,
        ui: Any,
        connections: Connections,
        shown: ShownCine,
        histories: CineHistories,
        onMoved: Callable[[], None],
    ) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._shown = shown
        self._histories = histories
        self._onMoved = onMoved
        self._movedFrame: int | None = None
        self._nodes: PointNodes | None = None
        self._found: EjectionFraction | None = None  # what the points that are shown belong to
        self._isPlacing = False
        self._isStale = False
        self._timer = qt.QTimer()
        self._timer.singleShot = True
        self._timer.interval = INTERVAL
        self._timer.connect("timeout()", self.onDragged)
        connections.add(ui.pointsButton, "clicked()", self.onPointsClicked)
        connections.add(ui.resetPointsButton, "clicked()", self.onResetClicked)

    def close(self) -> None:
        """Listen to no node any more."""
        self._timer.stop()
        self.removeObservers()

    def onCine(self) -> None:
        """Points of another cine are not seen over this one."""
        self._timer.stop()
        self.removeObservers()
        if self._nodes is not None:
            self._nodes.show(-1)
        segmentation = self._shown.segmentation
        self._nodes = None if segmentation is None else PointNodes(segmentation)
        self._found = None
        self._isStale = True

    def noticed(self) -> None:
        """Masks changed: the points are found anew when the panel is shown next."""
        self._isStale = True

    def onPointsClicked(self) -> None:
        """Show the points, on the frame of end-diastole, or hide them."""
        parameters, segmentation = self._shown.parameters, self._shown.segmentation
        if parameters is None or segmentation is None:
            return
        parameters.showPoints = bool(self._ui.pointsButton.checked)
        with slicer.util.tryWithErrorDisplay(_("Apex and mitral plane cannot be shown.")):
            try:
                self._place()
            except InputError:
                parameters.showPoints = False
                self._ui.pointsButton.checked = False
                raise
            if parameters.showPoints and self._found is not None:
                segmentation.select(self._found.edFrame)
        self._onMoved()

    def onResetClicked(self) -> None:
        """Nobody said anything of the points."""
        segmentation, segmentId = self._shown.segmentation, self._ventricle()
        if segmentation is None or segmentId is None:
            return
        with self._histories.step(Action.RESET_POINTS.title):
            keepMovedPoints(segmentation, segmentId, {})
        with slicer.util.tryWithErrorDisplay(_("Apex and mitral plane cannot be shown.")):
            self._place()
        self._onMoved()

    def onPointMoved(self, node: Any, _event: Any = None) -> None:
        """A point is dragged: keep where it is, and measure soon."""
        if self._isPlacing or self._nodes is None or self._found is None:
            return
        frame = next((frame for frame, one in self._nodes.nodes().items() if one is node), None)
        landmarks = None if frame is None else self._found.ventricle.landmarks.get(frame)
        if landmarks is not None and (self._nodes.keepMoved(node, landmarks) or not self._nodes.isWhole(node)):
            self._movedFrame = frame
            self._timer.start()

    def onDragged(self) -> None:
        """Measure once for all moves since the last time: a mouse moves faster than many beats are measured."""
        self._histories.moved(Action.MOVE_POINT.title, self._movedFrame, f"points on {self._movedFrame}")
        self.putBack()

    def putBack(self) -> None:
        """What a person said of the points is new: show it, and what it measures."""
        if self._nodes is None:
            return
        try:
            self._place()
        except InputError:
            self._isStale = True  # the report says why there are no values; the point may be dragged on
        self._onMoved()

    def showControls(self, now: Situation) -> None:
        """Whether there are points to show, and on which frame."""
        showControl(self._ui.pointsButton, Controls.pointsControl(now, self._ventricleName()))
        segmentation, segmentId = self._shown.segmentation, self._ventricle()
        hasMoved = segmentation is not None and segmentId is not None and bool(movedPoints(segmentation, segmentId))
        showControl(self._ui.resetPointsButton, Controls.resetPointsControl(hasMoved))
        if self._nodes is not None:
            self._nodes.show(self._shown.frame if self._isWanted() else -1)

    def show(self, now: Situation) -> None:
        """The points as the masks are now."""
        self._ui.pointsButton.checked = self._isWanted()
        if self._isStale and not now.isRunning and self._isWanted():
            try:
                self._place()
            except InputError:
                return  # the report says it

    def _place(self) -> None:
        """Measure, and put the points where they belong.

        Raises:
            InputError: a mitral plane that was moved leaves nothing of the ventricle.
        """
        segmentation, segmentId = self._shown.segmentation, self._ventricle()
        if self._isPlacing or self._nodes is None or segmentation is None:
            return
        self._isPlacing = True
        try:
            found = None if segmentId is None or not self._isWanted() else ejectionFraction(segmentation, segmentId)
            if found is not None and segmentId is not None:
                self._put(segmentation, segmentId, found)
            self._found, self._isStale = found, False
            self._nodes.show(-1 if found is None else self._shown.frame)
        finally:
            self._isPlacing = False

    def _put(self, segmentation: SegmentationSequence, segmentId: str, found: EjectionFraction) -> None:
        assert self._nodes is not None
        marks, moved = found.ventricle.landmarks, movedPoints(segmentation, segmentId)
        frames = sorted({found.edFrame, found.esFrame, *(frame for frame in moved if frame in marks)})
        self._nodes.place(segmentId, {frame: marks[frame] for frame in frames})
        for node in self._nodes.nodes().values():
            if not self.hasObserver(node, node.PointModifiedEvent, self.onPointMoved):
                self.addObserver(node, node.PointModifiedEvent, self.onPointMoved)

    def _isWanted(self) -> bool:
        return self._shown.parameters is not None and bool(self._shown.parameters.showPoints)

    def _ventricleName(self) -> str:
        return "" if self._shown.parameters is None else str(self._shown.parameters.leftVentricle)

    def _ventricle(self) -> str | None:
        """Id of the segment that was chosen as the left ventricle."""
        segmentation = self._shown.segmentation
        return None if segmentation is None else chosenSegment(segmentation, self._ventricleName())
