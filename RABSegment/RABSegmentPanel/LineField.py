"""The line of an M-mode in the red view."""

from __future__ import annotations

from typing import Any

import qt
from slicer.util import VTKObservationMixin

from RABSegmentLib.FrontEnd import Controls
from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.Results.LineEnds import keepEnds, keptEnds
from RABSegmentLib.Results.LineNode import (
    hasLostEnd,
    isLineSeen,
    keepLine,
    lineNode,
    makeLine,
    putBackLine,
    putLine,
    showLine,
)
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .CineHistories import CineHistories
from .PanelPart import Connections, PanelPart, ShownCine, showControl

INTERVAL = 30  # milliseconds from a move until it is a step that can be undone: a mouse moves fast


class LineField(PanelPart, VTKObservationMixin):
    """The button that shows the line and hides it, and what a drag does; lines of other cines are hidden.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        histories: to take back what was done to it.
    """

    def __init__(self, ui: Any, connections: Connections, shown: ShownCine, histories: CineHistories) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._shown = shown
        self._histories = histories
        self._before: SegmentationSequence | None = None
        self._node: Any = None  # that is followed
        self._isWanted = False  # to be seen, also when it comes back
        self._timer = qt.QTimer()
        self._timer.singleShot = True
        self._timer.interval = INTERVAL
        self._timer.connect("timeout()", self.onDragged)
        connections.add(ui.lineButton, "clicked()", self.onLineClicked)

    def close(self) -> None:
        """Listen to no node any more."""
        self._timer.stop()
        self.removeObservers()

    def onCine(self) -> None:
        """The line of the cine before would lie over this one."""
        segmentation = self._shown.segmentation
        if self._before is not None and self._before is not segmentation and self._before.isInScene:
            showLine(self._before, False)
        self._before = segmentation
        self._isWanted = segmentation is not None and isLineSeen(segmentation)
        self._follow()

    def onLineClicked(self) -> None:
        """Show the line, a new one where there is none, or hide it."""
        segmentation = self._shown.segmentation
        if segmentation is None:
            return
        self._isWanted = bool(self._ui.lineButton.checked)
        if self._isWanted:
            with self._histories.step(Action.DRAW_LINE.title):
                makeLine(segmentation)
            self._follow()
        showLine(segmentation, self._isWanted)

    def onLineMoved(self, _node: Any = None, _event: Any = None) -> None:
        """An end is dragged: keep where it is."""
        if self._shown.segmentation is not None:
            keepLine(self._shown.segmentation)
            self._timer.start()

    def onEndRemoved(self, _node: Any = None, _event: Any = None) -> None:
        """An end is deleted, by Backspace or the menu of the view; Slicer is at work on the node still."""
        self._timer.start()

    def onDragged(self) -> None:
        """All moves since the last time are one step, or part of it; a line without one of its ends is none."""
        segmentation = self._shown.segmentation
        if segmentation is not None and hasLostEnd(segmentation):
            with self._histories.step(Action.REMOVE_LINE.title):
                putLine(segmentation, None)
            self._follow()
            self._ui.lineButton.checked = False
        else:
            self._histories.moved(Action.MOVE_LINE.title, kind="line")

    def onCalibrated(self) -> None:
        """The pixels have another size: the line stays on those that it was on."""
        segmentation = self._shown.segmentation
        if segmentation is not None and lineNode(segmentation) is not None:
            putBackLine(segmentation)

    def showControls(self, now: Situation) -> None:
        """Whether there is a cine to draw over."""
        showControl(self._ui.lineButton, Controls.lineControl(now))

    def show(self, now: Situation) -> None:
        """Whether the line is seen; one that came back by undo or redo is."""
        segmentation = self._shown.segmentation
        if segmentation is not None:
            self._noticeDeleted(segmentation)
            if self._isWanted and lineNode(segmentation) is None and keptEnds(segmentation) is not None:
                makeLine(segmentation)
            self._follow()
        self._ui.lineButton.checked = segmentation is not None and isLineSeen(segmentation)

    def _noticeDeleted(self, segmentation: SegmentationSequence) -> None:
        """Who deletes the node, such as in the module Markups, takes the line away."""
        if self._node is not None and self._node.GetScene() is None and keptEnds(segmentation) is not None:
            self._follow()
            keepEnds(segmentation, None)
            self._histories.moved(Action.REMOVE_LINE.title)

    def _follow(self) -> None:
        node = None if self._shown.segmentation is None else lineNode(self._shown.segmentation)
        if node is not self._node:
            self.removeObservers()
            self._node = node
            if node is not None and self._shown.segmentation is not None:
                keepLine(self._shown.segmentation)
                self.addObserver(node, node.PointModifiedEvent, self.onLineMoved)
                self.addObserver(node, node.PointRemovedEvent, self.onEndRemoved)
