"""The fields for pixel size and frame time, of use where the file of a cine has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import slicer
from slicer.i18n import tr as _

from rabengine.errors import InputError
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.Scene.CineCalibration import canSetFrameTime, canSetSpacing, setFrameTime, setSpacing
from RABSegmentLib.Scene.CineGeometry import secondsOf
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .PanelPart import Connections, PanelPart, ShownCine


class CalibrationFields(PanelPart):
    """Shows what a cine has, and takes what its user says.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        onChanged: called after something was set, with {index value that a frame had: that it has now}.
    """

    def __init__(
        self,
        ui: Any,
        connections: Connections,
        shown: ShownCine,
        onChanged: Callable[[Mapping[str, str]], None],
    ) -> None:
        self._ui = ui
        self._shown = shown
        self._onChanged = onChanged
        connections.add(ui.spacingEdit, "editingFinished()", self.onSpacing)
        connections.add(ui.frameTimeEdit, "editingFinished()", self.onFrameTime)

    def show(self, now: Situation) -> None:
        """Fill the fields; they can be changed only where the file says nothing."""
        segmentation = self._shown.segmentation
        spacing, step = ("", "") if segmentation is None else (_spacingText(segmentation), _stepText(segmentation))
        for field, text, isOpen in (
            (self._ui.spacingEdit, spacing, segmentation is not None and canSetSpacing(segmentation)),
            (self._ui.frameTimeEdit, step, segmentation is not None and canSetFrameTime(segmentation)),
        ):
            field.enabled = isOpen and not now.isRunning
            if not field.focus and field.text != text:
                field.text = text

    def onSpacing(self) -> None:
        """The user said how large a pixel is: one number, or height and width."""
        text, segmentation = self._ui.spacingEdit.text.strip(), self._shown.segmentation
        if segmentation is None or text == _spacingText(segmentation):
            return
        with slicer.util.tryWithErrorDisplay(_("The pixel size was not set.")):
            try:
                numbers = _numbers(text, most=2)
                setSpacing(segmentation, numbers[-1], numbers[0])
            finally:
                # Qt tells of the same text again when a box with an error takes the focus, or the user goes on.
                self._ui.spacingEdit.text = _spacingText(segmentation)
            self._onChanged({})

    def onFrameTime(self) -> None:
        """The user said how long it is from frame to frame, in seconds."""
        text, segmentation = self._ui.frameTimeEdit.text.strip(), self._shown.segmentation
        if segmentation is None or text == _stepText(segmentation):
            return
        with slicer.util.tryWithErrorDisplay(_("The frame time was not set.")):
            try:
                [seconds] = _numbers(text, most=1)
                names = setFrameTime(segmentation, seconds)
            finally:
                self._ui.frameTimeEdit.text = _stepText(segmentation)
            self._onChanged(names)


def _spacingText(segmentation: SegmentationSequence) -> str:
    spacing = segmentation.cine.spacing
    return "" if spacing is None else f"{spacing[1]:.4g} {spacing[0]:.4g}"


def _stepText(segmentation: SegmentationSequence) -> str:
    times = secondsOf(segmentation.cine)
    return "" if times is None else f"{(times[-1] - times[0]) / (len(times) - 1):.4g}"


def _numbers(text: str, most: int) -> list[float]:
    """One to `most` numbers of a text.

    Raises:
        InputError: there are others, or none.
    """
    try:
        found = [float(part) for part in text.replace(";", " ").replace("x", " ").split()]
    except ValueError:
        found = []
    if not 1 <= len(found) <= most:
        raise InputError(
            _("{text} is no such number.").format(text=repr(text)),
            _("Write it like 0.4, or height and width like 0.4 0.3.") if most > 1 else _("Write it like 0.033."),
        )
    return found
