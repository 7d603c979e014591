"""Pixel size and frame time, where the file of the cine has none or doubtful ones."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rabengine.errors import InputError
from RABSegmentLib.Scene.CineCalibration import (
    canSetFrameTime,
    canSetSpacing,
    hasSpacingOfUser,
    setFrameTime,
    setSpacing,
)
from RABSegmentLib.Scene.CineGeometry import secondsOf
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .cines import CineControl
from .desk import Desk
from .editing import EditControl
from .variables import names

_MS = 1000.0


@dataclass
class ScaleState:
    """What holds of the cine that is open.

    Attributes:
        spacing: width and height of a pixel in mm, None where nobody knows.
        ms: from one frame to the next, None where the frames have no times.
        can_size, can_time: the user may set them.
        by, times_by: who says how large a pixel is, and when frames were taken, "file" or "user"; empty for nobody.
    """

    spacing: list[float] | None = None
    ms: float | None = None
    can_size: bool = False
    can_time: bool = False
    by: str = ""
    times_by: str = ""


SCALE = names(ScaleState)


class CalibrationControl:
    """Takes what the user says of the cine, keeps it with the marks, and shows what holds.

    Args:
        desk: whose cine it is.
        cines: shows what the cine is.
        editing: paints on pixels of another size then.
    """

    def __init__(self, desk: Desk, cines: CineControl, editing: EditControl) -> None:
        self._desk = desk
        self._cines = cines
        self._editing = editing
        desk.state.put(ScaleState())
        desk.on_kept = self._take_up
        desk.follow(cine=self._on_cine)

    def set_spacing(self, width: float, height: float) -> None:
        """Say how large a pixel is, in mm.

        Raises:
            InputError: the file says it, or these are no sizes; nothing is changed then.
        """
        segmentation = self._segmentation()
        setSpacing(segmentation, width, height)
        self._desk.keep_more["spacing"] = [width, height]
        self._editing.recalibrate()
        self._desk.workspace.show(segmentation.cineProxyNode)
        self._changed()

    def set_frame_time(self, milliseconds: float) -> None:
        """Say how long it is from one frame to the next.

        Raises:
            InputError: the file says it, or this is no time; nothing is changed then.
        """
        names = setFrameTime(self._segmentation(), milliseconds / _MS)
        self._desk.keep_more["frame_time"] = milliseconds / _MS
        self._editing.history.rename_frames(names)
        self._changed()

    def _segmentation(self) -> SegmentationSequence:
        session = self._desk.session
        if session is None:
            raise InputError("No cine is open.", "Open one first.")
        if session.isRunning:
            raise InputError("The cine is being segmented.", "Wait for it, or cancel it first.")
        return session.segmentation

    def _take_up(self, more: Mapping[str, Any]) -> None:
        """What was kept with the marks; odd values count as none."""
        with contextlib.suppress(InputError, TypeError, ValueError, KeyError):
            width, height = map(float, more["spacing"])
            self.set_spacing(width, height)
        with contextlib.suppress(InputError, TypeError, ValueError, KeyError):
            self.set_frame_time(float(more["frame_time"]) * _MS)

    def _on_cine(self) -> None:
        self._desk.keep_more = {}
        self._show()

    def _changed(self) -> None:
        self._cines.describe()
        self._show()
        self._desk.tell_change()

    def _show(self) -> None:
        segmentation = self._desk.segmentation
        self._desk.state.put(ScaleState() if segmentation is None else _scale(segmentation))


def _scale(segmentation: SegmentationSequence) -> ScaleState:
    cine = segmentation.cine
    times = secondsOf(cine)
    return ScaleState(
        spacing=None if cine.spacing is None else [round(size, 6) for size in cine.spacing],
        ms=None if times is None else round(_MS * (times[-1] - times[0]) / (len(times) - 1), 4),
        can_size=canSetSpacing(segmentation),
        can_time=canSetFrameTime(segmentation),
        by="" if cine.spacing is None else "user" if hasSpacingOfUser(segmentation) else "file",
        times_by="" if times is None else "user" if cine.isTimeOfUser else "file",
    )
