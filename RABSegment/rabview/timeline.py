"""The timeline of confidence, status and areas as shapes that a browser draws."""

from __future__ import annotations

from typing import Any

from RABSegmentLib.TimelineData import TimelineData, TimelineSource

from .colors import hex_color
from .desk import Desk

WIDTH, HEIGHT = 1000, 72  # units of the drawing, which the page stretches


class TimelineControl:
    """Draws the timeline of the cine that is open.

    Args:
        desk: whose cine it is.

    Attributes:
        source: counts the areas of the cine that is open; None without one.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.source: TimelineSource | None = None
        desk.follow(cine=self._on_cine, change=self._update)

    def _on_cine(self) -> None:
        segmentation = self._desk.segmentation
        self.source = None if segmentation is None else TimelineSource(segmentation)
        times = [] if segmentation is None else map(segmentation.cine.timeText, range(segmentation.frameCount))
        self._desk.state.times = list(times)

    def _update(self) -> None:
        empty: dict[str, Any] = {"bars": [], "curves": [], "status": "", "confidence": []}
        self._desk.state.timeline = empty if self.source is None else shapes(self.source.read())


def shapes(data: TimelineData) -> dict[str, Any]:
    """SVG, one path for bars alike, and what the page says of the frame under the mouse.

    Returns:
        {"bars": [{"d", "color", "opacity"}], "curves": [{"points", "color"}], "status": one letter a frame,
        "confidence": [0 to 1, or None]}.
    """
    paths: dict[tuple[str, int], list[str]] = {}
    for bar in data.bars(WIDTH, HEIGHT):
        outline = f"M{bar.left} {bar.top}h{bar.width}v{bar.height}h-{bar.width}z"
        paths.setdefault((bar.color, bar.opacity), []).append(outline)
    curves = [
        {
            "points": " ".join(f"{x},{y}" for x, y in line),
            "color": hex_color(curve.color),
        }
        for curve in data.areas
        if any(curve.heights)
        for line in data.lines(curve, WIDTH, HEIGHT)
    ]
    bars = [{"d": "".join(d), "color": color, "opacity": opacity / 255} for (color, opacity), d in paths.items()]
    return {
        "bars": bars,
        "curves": curves,
        "status": "".join(status.value[0] for status in data.status),
        "confidence": [None if trust is None else round(trust, 2) for trust in data.confidence],
    }
