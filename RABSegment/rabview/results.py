"""Areas over time and what they say, for the page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from RABSegmentLib.FrontEnd import Texts
from RABSegmentLib.FrontEnd.VentricleReport import ventricleReport
from RABSegmentLib.Results.AreaNodes import IN_DOUBT, areaUnit, timeTitle
from RABSegmentLib.Results.Areas import AreaRow, areaTable
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames

from .desk import Desk
from .segments import hex_color
from .timeline import TimelineControl
from .variables import WORD, from_page, names

_VENTRICLE = re.compile(r"\b(lv|left[\s_-]+ventric\w*)\b", re.IGNORECASE)
_UNITS = {"mm2": "mm²", "px": "px"}


@dataclass
class AreaCurve:
    """The areas of a segment, one a frame; None where nobody looked for it."""

    id: str
    name: str
    color: str
    values: list[float | None]


@dataclass
class Figure:
    """One number of the left ventricle."""

    title: str
    value: str


@dataclass
class ResultState:
    """Areas over time, and what they say of a left ventricle.

    Attributes:
        x: time of each frame, or its number; empty where nothing is segmented.
        x_title, y_title: of the axes of the plot.
        columns, rows: of the table.
        doubts: why sizes in mm may be wrong.
        ventricle: name of the segment that is the left ventricle, empty for none.
        figures: of it; none where there is none.
        ejection_text: how they were found, or why there are none.
    """

    x: list[float] = field(default_factory=list)
    curves: list[AreaCurve] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    x_title: str = ""
    y_title: str = ""
    doubts: str = ""
    ventricle: str = field(default="", metadata=from_page(WORD))
    figures: list[Figure] = field(default_factory=list)
    ejection_text: str = ""


RESULTS = names(ResultState)


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
        self._state = desk.state.part(ResultState)
        desk.state.bind(ResultState, {RESULTS.ventricle: self._on_ventricle})
        desk.follow(cine=self._on_cine, change=self._update)

    def show(self) -> None:
        """Compute them, and keep them as they are in the page from now on."""
        self._is_wanted = True
        self._update()

    def _on_cine(self) -> None:
        self._is_chosen = False
        self._state.ventricle = ""

    def _on_ventricle(self, ventricle: str) -> None:
        self._is_chosen = ventricle != _likely(self._names())
        self._update()

    def _update(self) -> None:
        segmentation, state, source = self._desk.segmentation, self._state, self._timeline.source
        if segmentation is None or source is None:
            state.x, state.curves, state.columns, state.rows, state.figures = [], [], [], [], []
            state.x_title, state.y_title, state.doubts, state.ejection_text = "", "", "", ""
            return
        session = self._desk.session
        if not self._is_wanted or session is None or session.isRunning:
            return
        known = self._names()
        if not self._is_chosen or state.ventricle not in ("", *known):
            self._is_chosen = False
            state.ventricle = _likely(known)
        self._show_areas(segmentation, areaTable(segmentation, source.pixels))
        self._show_ventricle(segmentation)

    def _show_areas(self, segmentation: SegmentationSequence, rows: list[AreaRow]) -> None:
        """Plot and table; no rows where nothing is segmented."""
        state, unit, segments = self._state, areaUnit(segmentation), uniqueNames(segmentation)
        if not any(area.pixels for row in rows for area in row.segments.values()):
            rows = []
        state.x_title, doubts = timeTitle(segmentation), segmentation.cine.calibrationDoubts
        state.y_title = f"Area [{_UNITS[unit]}]" + (f", {IN_DOUBT}" if doubts else "")
        state.doubts = " ".join(doubts)
        state.x = [row.time for row in rows]
        state.curves = [
            AreaCurve(
                segment,
                name,
                hex_color(segmentation.segmentColor(segment)),
                [_size(row, segment, unit) for row in rows],
            )
            for segment, name in segments.items()
        ]
        has_times = state.x_title != "Frame"
        times = ["Time"] if has_times else []
        state.columns = ["Frame", *times, *(f"{name} [{_UNITS[unit]}]" for name in segments.values()), "Status"]
        state.rows = [
            [
                str(row.frame),
                *([segmentation.cine.timeText(row.frame)] if has_times else []),
                *(_text(_size(row, segment, unit)) for segment in segments),
                Texts.statusTitle(row.origin),
            ]
            for row in rows
        ]

    def _show_ventricle(self, segmentation: SegmentationSequence) -> None:
        """The figures of a left ventricle; none where there is none."""
        report = ventricleReport(segmentation, self._state.ventricle)
        self._state.figures = [Figure(title, value) for title, value in report.figures]
        self._state.ejection_text = report.note

    def _names(self) -> list[str]:
        segmentation = self._desk.segmentation
        return [] if segmentation is None else list(map(segmentation.segmentName, segmentation.segmentIds()))


def _likely(names: list[str]) -> str:
    """The segment that is named as a left ventricle, if any."""
    return next((name for name in names if _VENTRICLE.search(name)), "")


def _text(size: float | None) -> str:
    return "" if size is None else f"{size:.0f}"


def _size(row: AreaRow, segment: str, unit: str) -> float | None:
    """None where nobody looked for the segment: a gap."""
    area = row.segments[segment]
    if not area.isKnown:
        return None
    return float(area.pixels) if unit == "px" or area.mm2 is None else round(area.mm2, 1)
