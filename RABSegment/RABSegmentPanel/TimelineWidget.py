"""The timeline under the panel's section Check."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from RABSegmentLib.Results.Timeline import TimelineData


class TimelineWidget(qt.QWidget):
    """Status, confidence and areas of every frame; a click shows a frame.

    Args:
        onClicked: gets the position of a click in pixels, and the width.
    """

    def __init__(self, onClicked: Callable[[float, float], None]) -> None:
        qt.QWidget.__init__(self)
        self.data: TimelineData | None = None
        self._frame = -1
        self._onClicked = onClicked
        self.setMinimumHeight(56)
        self.toolTip = _("Click to show a frame.")

    def show_(self, data: TimelineData | None, frame: int) -> None:
        """Paint other data.

        Args:
            data: RABSegmentLib's TimelineData, None without a cine.
            frame: that is shown.
        """
        self.data, self._frame = data, frame
        self.update()

    def mousePressEvent(self, event: Any) -> None:
        self._onClicked(event.pos().x(), self.width)

    def paintEvent(self, _event: Any) -> None:
        painter = qt.QPainter(self)
        try:
            painter.fillRect(0, 0, self.width, self.height, self.palette.base().color())
            if self.data is not None:
                self._paintFrames(painter, self.data)
        finally:
            painter.end()

    def _paintFrames(self, painter: Any, data: TimelineData) -> None:
        for bar in data.bars(self.width, self.height):
            color = qt.QColor(bar.color)
            color.setAlpha(bar.opacity)
            painter.fillRect(bar.left, bar.top, bar.width, bar.height, color)
        if self._frame >= 0:
            left, right = data.span(self._frame, self.width)
            painter.fillRect((left + right) // 2, 0, 2, self.height, self.palette.text().color())
        for curve in data.areas:
            pen = qt.QPen(qt.QColor.fromRgbF(*curve.color))
            pen.setWidth(2)
            painter.setPen(pen)
            for line in data.lines(curve, self.width, self.height):
                for start, end in itertools.pairwise(line):
                    painter.drawLine(*start, *end)
