"""What the page draws over the picture of a frame: where its pixels are, the lines round its segments, their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .contours import label_place, outlines
from .desk import Desk
from .segments import SegmentState, hex_color
from .variables import flag, from_page, names, number

FILL_OPACITY = 0.35
_MOST_POINTS = 300  # of a line: more is not seen
_DECIMALS = 2  # of a pixel's place


@dataclass
class LookState:
    """How segments are drawn over the frame.

    Attributes:
        opacity: of what a segment covers, 0 to 1.
        is_outline_only: nothing is drawn but the lines round them.
        are_names_shown: each is called by its name.
        is_ghost_shown: the line round the chosen segment on the nearest marked frame is drawn as well.
    """

    opacity: float = field(default=FILL_OPACITY, metadata=from_page(number(0.0, 1.0)))
    is_outline_only: bool = field(default=False, metadata=from_page(flag))
    are_names_shown: bool = field(default=False, metadata=from_page(flag))
    is_ghost_shown: bool = field(default=False, metadata=from_page(flag))


LOOKS = names(LookState)


class FrameOverlay:
    """Gives what goes with each picture; lines of masks that did not change are not traced again.

    Args:
        desk: whose cine is shown.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looks = desk.state.part(LookState)
        self._segments = desk.state.part(SegmentState)
        self._known: dict[tuple[int, str], tuple[str, list[list[float]], list[float]]] = {}
        looks = (LOOKS.opacity, LOOKS.is_outline_only, LOOKS.are_names_shown, LOOKS.is_ghost_shown)
        desk.state.bind(LookState, {looks: lambda *_values: desk.workspace.render()})
        desk.follow(cine=self._on_cine)

    def facts(self) -> dict[str, Any]:
        """`place`: left and top of the middle of the first pixel, width and height of each, in pixels of the picture.

        `segments`: of each that is shown its `id`, `name`, `color`, closed `lines` ([column, row, column, ...]) and the
        place `at` of its name; `fill`: the opacity of what lies within the lines; `ghost`: lines of the chosen one on
        the nearest marked frame.
        """
        segmentation = self._desk.segmentation
        if segmentation is None or segmentation.selectedFrame < 0:
            return {"place": [0, 0, 1, 1], "segments": [], "fill": 0.0, "ghost": []}
        return {
            "place": self._desk.workspace.place_of(segmentation.cineProxyNode),
            "segments": self._shown(segmentation),
            "ghost": self._ghost(segmentation) if self._looks.is_ghost_shown else [],
            "fill": 0.0 if self._looks.is_outline_only else float(self._looks.opacity),
            "names": bool(self._looks.are_names_shown),
        }

    def _shown(self, segmentation: SegmentationSequence) -> list[dict[str, Any]]:
        display = segmentation.proxyNode.GetDisplayNode()
        if display is None or not display.GetVisibility():
            return []
        frame, found = segmentation.selectedFrame, []
        for segment in segmentation.fingerprints(frame):
            if display.GetSegmentVisibility(segment):
                lines, place = self._lines(segmentation, frame, segment)
                name, color = segmentation.segmentName(segment), hex_color(segmentation.segmentColor(segment))
                found.append({"id": segment, "name": name, "color": color, "lines": lines, "at": place})
        return found

    def _ghost(self, segmentation: SegmentationSequence) -> list[list[float]]:
        shown, segment = segmentation.selectedFrame, self._segments.chosen
        records = ((frame, segmentation.record(frame)) for frame in range(segmentation.frameCount) if frame != shown)
        marked = [frame for frame, record in records if record.isMark and segment in record.fingerprints]
        if not marked:
            return []
        return self._lines(segmentation, min(marked, key=lambda frame: abs(frame - shown)), segment)[0]

    def _lines(
        self, segmentation: SegmentationSequence, frame: int, segment: str
    ) -> tuple[list[list[float]], list[float]]:
        fingerprint = segmentation.fingerprints(frame).get(segment, "")
        known = self._known.get((frame, segment))
        if known is None or known[0] != fingerprint:
            mask = segmentation.masks(frame)[segment]
            place = list(label_place(mask)) if mask.any() else [0.0, 0.0]
            known = self._known[frame, segment] = fingerprint, [_sent(line) for line in outlines(mask)], place
        return known[1], known[2]

    def _on_cine(self) -> None:
        self._known = {}


def _sent(line: np.ndarray) -> list[float]:
    step = -(-len(line) // _MOST_POINTS)
    return [round(float(value), _DECIMALS) for value in line[::step].ravel()]
