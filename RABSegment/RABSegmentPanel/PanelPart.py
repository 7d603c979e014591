"""What the parts of the panel have in common: what they ask of the shown cine, and what they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import qt
import slicer

from RABSegmentLib.FrontEnd.Controls import Control, Situation
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Session.Session import SegmentVideoSession

_Result = TypeVar("_Result")


class ShownCine:
    """The cine that the panel shows.

    Attributes:
        session: of the cine, None without one.
        parameters: the module's RABSegmentParameterNode, None while a scene is closed or read.
    """

    def __init__(self) -> None:
        self.session: SegmentVideoSession | None = None
        self.parameters: Any = None

    @property
    def segmentation(self) -> SegmentationSequence | None:
        """Of the cine, None without one."""
        return None if self.session is None else self.session.segmentation

    @property
    def isRunning(self) -> bool:
        """Whether it is being segmented."""
        return self.session is not None and self.session.isRunning

    @property
    def frame(self) -> int:
        """The number of the frame in the views, -1 without one."""
        return -1 if self.session is None else self.session.segmentation.selectedFrame


class PanelPart:
    """A part of the panel; it overrides what it has to do with."""

    def onCine(self) -> None:
        """Another cine is shown, or none."""

    def showControls(self, now: Situation) -> None:
        """Show what can be done. Called for each frame of a cine that plays, so it must be quick."""

    def show(self, now: Situation) -> None:
        """Show all else. Called when masks, marks or choices may have changed."""


class Connections:
    """Connects signals of widgets, and remembers those that do not exist: PythonQt only says so.

    Attributes:
        deaf: "WIDGET: SIGNAL" of each that was not found.
    """

    def __init__(self) -> None:
        self.deaf: list[str] = []

    def add(self, widget: Any, signal: str, call: Callable[..., None]) -> None:
        """Call when the widget sends the signal."""
        if not widget.connect(signal, call):
            self.deaf.append(f"{widget.objectName}: {signal}")


def showControl(widget: Any, control: Control, keys: str = "") -> None:
    """Enable or disable a widget; its tool tip says what it does, also by which keys, or why it is off."""
    widget.enabled = control.enabled
    widget.toolTip = control.toolTipWith(keys) if keys else control.toolTip


def chooseData(selector: Any, value: Any) -> None:
    """Let a QComboBox show the entry of a value, its first where there is none."""
    selector.setCurrentIndex(max(selector.findData(value), 0))


def waiting(work: Callable[[], _Result]) -> _Result:
    """Do some work while the mouse says that it takes time; nothing is to be asked meanwhile."""
    slicer.app.setOverrideCursor(qt.Qt.WaitCursor)
    try:
        return work()
    finally:
        slicer.app.restoreOverrideCursor()
