"""Pixel size and frame time, where the file of the cine has none or doubtful ones."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from rabengine.errors import InputError
from RABSegmentLib.FrontEnd import Texts as PanelTexts
from RABSegmentLib.Scene.CineCalibration import (
    canSetFrameTime,
    canSetSpacing,
    hasSpacingOfUser,
    setFrameTime,
    setSpacing,
)

from .desk import Desk
from .editing import EditControl

_MS = 1000.0


class CalibrationControl:
    """Takes what the user says of the cine, keeps it with the marks, and shows what holds.

    Args:
        desk: whose cine it is.
        editing: paints on pixels of another size then.
    """

    def __init__(self, desk: Desk, editing: EditControl) -> None:
        self._desk = desk
        self._editing = editing
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

    def _segmentation(self) -> Any:
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
        segmentation = self._desk.segmentation
        assert segmentation is not None
        self._desk.state.update(
            {
                "cine_text": PanelTexts.cineText(segmentation, ""),
                "times": [segmentation.cine.timeText(frame) for frame in range(segmentation.frameCount)],
                "fps": round(min(max(float(segmentation.browserNode.GetPlaybackRateFps()), 1.0), 60.0)),
            }
        )
        self._show()
        self._desk.tell_change()

    def _show(self) -> None:
        segmentation = self._desk.segmentation
        if segmentation is None:
            self._desk.state.scale = {"spacing": None, "ms": None, "can_size": False, "can_time": False, "by": ""}
            return
        cine = segmentation.cine
        times = cine.times()
        has_times = cine.indexName not in ("", "frame") and cine.indexUnit == "s"
        self._desk.state.scale = {
            "spacing": None if cine.spacing is None else [round(size, 6) for size in cine.spacing],
            "ms": round(_MS * (times[-1] - times[0]) / (len(times) - 1), 4) if has_times else None,
            "can_size": canSetSpacing(segmentation),
            "can_time": canSetFrameTime(segmentation),
            "by": "" if cine.spacing is None else "user" if hasSpacingOfUser(segmentation) else "file",
        }
