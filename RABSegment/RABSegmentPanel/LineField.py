"""The line of an M-mode in the red view."""

from __future__ import annotations

from typing import Any

from RABSegmentLib.FrontEnd import Controls
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.Results.LineNode import isLineSeen, makeLine, showLine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .PanelPart import Connections, PanelPart, ShownCine, showControl


class LineField(PanelPart):
    """The button that shows the line and hides it; lines of other cines are hidden.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
    """

    def __init__(self, ui: Any, connections: Connections, shown: ShownCine) -> None:
        self._ui = ui
        self._shown = shown
        self._before: SegmentationSequence | None = None
        connections.add(ui.lineButton, "clicked()", self.onLineClicked)

    def onCine(self) -> None:
        """The line of the cine before would lie over this one."""
        if self._before is not None and self._before is not self._shown.segmentation and self._before.isInScene:
            showLine(self._before, False)
        self._before = self._shown.segmentation

    def onLineClicked(self) -> None:
        """Show the line, a new one where there is none, or hide it."""
        segmentation = self._shown.segmentation
        if segmentation is None:
            return
        if self._ui.lineButton.checked:
            makeLine(segmentation)
        showLine(segmentation, bool(self._ui.lineButton.checked))

    def showControls(self, now: Situation) -> None:
        """Whether there is a cine to draw over."""
        showControl(self._ui.lineButton, Controls.lineControl(now))

    def show(self, now: Situation) -> None:
        """Whether the line is seen."""
        segmentation = self._shown.segmentation
        self._ui.lineButton.checked = segmentation is not None and isLineSeen(segmentation)
