"""Areas over time and what they say, for the page."""

from __future__ import annotations

import re
from typing import Any

from RABSegmentLib.FrontEnd import Texts as PanelTexts
from RABSegmentLib.Results.AreaNodes import areaUnit, columnNames, timeTitle
from RABSegmentLib.Results.Areas import AreaRow, areaTable
from RABSegmentLib.Results.EjectionFraction import ejectionFraction
from RABSegmentLib.Results.Timeline import TimelineData, TimelineSource
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .desk import Desk


def hex_color(color: tuple[float, float, float]) -> str:
    """Red, green and blue from 0 to 1 as "#rrggbb"."""
    return "#" + "".join(f"{round(255 * share):02x}" for share in color)


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


_VENTRICLE = re.compile(r"\b(lv|left[\s_-]+ventric\w*)\b", re.IGNORECASE)
_METHOD = "Ejection fraction (EF) and volumes by the single-plane area-length method. Not for clinical use."
_UNITS = {"mm2": "mm²", "px": "px"}


class ResultControl:
    """Keeps the area plot and the statistics of the cine that is open.

    Args:
        desk: whose cine it is.
        timeline: of the same; has counted the areas already.
    """

    def __init__(self, desk: Desk, timeline: TimelineControl) -> None:
        self._desk = desk
        self._timeline = timeline
        self._is_wanted = False
        self._is_chosen = False
        desk.state.change("ventricle")(self._on_ventricle)
        desk.follow(cine=self._on_cine, change=self._update)

    def show(self) -> None:
        """Compute them, and keep them as they are in the page from now on."""
        self._is_wanted = True
        self._update()

    def _on_cine(self) -> None:
        self._is_chosen = False
        self._desk.state.ventricle = ""

    def _on_ventricle(self, **_others: Any) -> None:
        names = self._names()
        self._is_chosen = self._desk.state.ventricle != _likely(names)
        self._update()

    def _update(self) -> None:
        segmentation, state, source = self._desk.segmentation, self._desk.state, self._timeline.source
        if segmentation is None or source is None:
            state.areas = {"x": [], "curves": [], "columns": [], "rows": [], "x_title": "", "y_title": "", "doubts": ""}
            state.ejection = {"text": "", "figures": []}
            return
        session = self._desk.session
        if not self._is_wanted or session is None or session.isRunning:
            return
        names = self._names()
        if not self._is_chosen or state.ventricle not in ("", *names):
            self._is_chosen = False
            state.ventricle = _likely(names)
        state.areas = _shapes(segmentation, areaTable(segmentation, source.pixels))
        state.ejection = _ejection(segmentation, state.ventricle)

    def _names(self) -> list[str]:
        segmentation = self._desk.segmentation
        return [] if segmentation is None else list(map(segmentation.segmentName, segmentation.segmentIds()))


def _likely(names: list[str]) -> str:
    """The segment that is named as a left ventricle, if any."""
    return next((name for name in names if _VENTRICLE.search(name)), "")


def _shapes(segmentation: SegmentationSequence, rows: list[AreaRow]) -> dict[str, Any]:
    """{"x", "curves": [{"id", "name", "color", "values"}], "columns", "rows", "x_title", "y_title",
    "doubts"}; no rows where nothing is segmented."""
    unit, doubts = areaUnit(segmentation), segmentation.cine.calibrationDoubts
    names = columnNames(segmentation)
    if not any(area.pixels for row in rows for area in row.segments.values()):
        rows = []
    has_times = timeTitle(segmentation) != "Frame"
    curves = [
        {
            "id": segment,
            "name": name,
            "color": hex_color(segmentation.segmentColor(segment)),
            "values": [_size(row, segment, unit) for row in rows],
        }
        for segment, name in names.items()
    ]
    times = ["Time"] if has_times else []
    return {
        "x": [row.time for row in rows],
        "curves": curves,
        "columns": ["Frame", *times, *(f"{name} [{_UNITS[unit]}]" for name in names.values()), "Status"],
        "rows": [
            [
                row.frame,
                *([segmentation.cine.timeText(row.frame)] if has_times else []),
                *(_text(_size(row, segment, unit)) for segment in names),
                row.origin,
            ]
            for row in rows
        ],
        "x_title": timeTitle(segmentation),
        "y_title": f"Area [{_UNITS[unit]}]" + (", calibration in doubt" if doubts else ""),
        "doubts": " ".join(doubts),
    }


def _text(size: float | None) -> str:
    return "" if size is None else f"{size:.0f}"


def _size(row: AreaRow, segment: str, unit: str) -> float | None:
    """None where nobody looked for the segment: a gap."""
    area = row.segments[segment]
    if not area.isKnown:
        return None
    return float(area.pixels) if unit == "px" or area.mm2 is None else round(area.mm2, 1)


def _ejection(segmentation: SegmentationSequence, name: str) -> dict[str, Any]:
    """{"text", "figures": [{"title", "value"}]} of a left ventricle; no figures where there is none."""
    chosen = [one for one in segmentation.segmentIds() if name and segmentation.segmentName(one) == name]
    found = ejectionFraction(segmentation, chosen[0]) if chosen else None
    if found is None:
        return {"text": PanelTexts.ejectionText(segmentation, name), "figures": []}
    figures = [
        {"title": "EF", "value": f"{found.percent:.0f} %"},
        {"title": "ED frame", "value": f"{found.edFrame}"},
        {"title": "ES frame", "value": f"{found.esFrame}"},
    ]
    if found.edVolume is not None and found.esVolume is not None:
        figures += [
            {"title": "EDV", "value": f"{found.edVolume:.0f} ml"},
            {"title": "ESV", "value": f"{found.esVolume:.0f} ml"},
        ]
    return {
        "text": " ".join((_METHOD, *found.doubts)),
        "figures": figures,
    }
