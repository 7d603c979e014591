"""Areas over time and what they say, for the page."""

from __future__ import annotations

from dataclasses import dataclass, field

from rabengine.io.dicom.patient import patient_of
from rabengine.measurement.concepts import AREA
from rabengine.measurement.measurements import Measurements
from RABSegmentLib.FrontEnd import Texts
from RABSegmentLib.FrontEnd.VentricleReport import KeptView, biplaneMeasurements, keptView, ventricleReport
from RABSegmentLib.Results.AreaNodes import IN_DOUBT, areaUnit, timeTitle
from RABSegmentLib.Results.Areas import AreaRow, areaTable
from RABSegmentLib.Results.Measuring import CURVES, ShapeCurves, isNamedAsVentricle, scaleOf, unitOf
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames

from .desk import Desk
from .landmarks import LandmarkControl
from .segments import hex_color
from .timeline import TimelineControl
from .variables import WORD, from_page, names

_UNITS = {"mm2": "mm²", "px": "px"}


@dataclass
class MeasuredCurve:
    """What a segment measures, one value a frame; None where nobody looked for it, or where it is not."""

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
        measure: what is plotted, a word of `CURVES`.
        x_title, y_title: of the axes of the plot.
        columns, rows: of the table.
        doubts: why sizes in mm may be wrong.
        ventricle: name of the segment that is the left ventricle, empty for none.
        figures: of it; none where there is none.
        ejection_text: how they were found, or why there are none.
        kept_view: name of the cine whose view is kept for a biplane pair, empty for none.
    """

    measure: str = field(default=AREA, metadata=from_page(WORD))
    x: list[float] = field(default_factory=list)
    curves: list[MeasuredCurve] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    x_title: str = ""
    y_title: str = ""
    doubts: str = ""
    ventricle: str = field(default="", metadata=from_page(WORD))
    figures: list[Figure] = field(default_factory=list)
    ejection_text: str = ""
    kept_view: str = ""


RESULTS = names(ResultState)


class ResultControl:
    """Keeps the area plot and the statistics of the cine that is open.

    Args:
        desk: whose cine it is.
        timeline: of the same; has counted the areas already.
        landmarks: shows apex and mitral plane, and asks for the values when they were moved.
    """

    def __init__(self, desk: Desk, timeline: TimelineControl, landmarks: LandmarkControl) -> None:
        self._desk = desk
        self._timeline = timeline
        self._landmarks = landmarks
        landmarks.measure = self._measure_ventricle
        self._is_wanted = False
        self._is_chosen = False
        self._chosen = ""  # id of the segment that was chosen: its name may become another one
        self._shapes: ShapeCurves | None = None
        self._kept: KeptView | None = None
        self._patient: str | None = None
        self._state = desk.state.part(ResultState)
        desk.state.bind(ResultState, {RESULTS.ventricle: self._on_ventricle, RESULTS.measure: self._on_measure})
        desk.follow(cine=self._on_cine, change=self._update)

    def show(self) -> None:
        """Compute them, and keep them as they are in the page from now on."""
        self._is_wanted = True
        self._update()

    def keep_view(self) -> None:
        """Keep the view of the left ventricle for a biplane pair, or forget the one that is kept."""
        segmentation = self._desk.segmentation
        if self._kept is None and segmentation is not None:
            self._kept = keptView(segmentation, self._state.ventricle, self._patient)
        else:
            self._kept = None
        self._state.kept_view = "" if self._kept is None else self._kept.cine
        self._update()

    def biplane(self, segmentation: SegmentationSequence) -> Measurements:
        """What this view and the one that is kept say together, for downloads."""
        return biplaneMeasurements(segmentation, self._state.ventricle, self._kept, self._patient)

    def _on_cine(self) -> None:
        self._is_chosen = False
        self._state.ventricle = ""
        segmentation = self._desk.segmentation
        self._shapes = None if segmentation is None else ShapeCurves(segmentation)
        frames = () if segmentation is None else segmentation.cine.dicomFrames
        self._patient = patient_of(frames[0].file) if frames else None

    def _on_measure(self, measure: str) -> None:
        if measure not in CURVES:
            self._state.measure = AREA
        self._update()

    def _on_ventricle(self, ventricle: str) -> None:
        self._is_chosen = ventricle != _likely(self._names())
        self._chosen = next((one for one, name in self._segments().items() if name == ventricle), "")
        self._update()

    def _update(self) -> None:
        segmentation, state, source = self._desk.segmentation, self._state, self._timeline.source
        if segmentation is None or source is None:
            state.x, state.curves, state.columns, state.rows, state.figures = [], [], [], [], []
            state.x_title, state.y_title, state.doubts, state.ejection_text = "", "", "", ""
            self._landmarks.clear()
            return
        session = self._desk.session
        if not self._is_wanted or session is None or session.isRunning:
            return
        known = self._names()
        if self._is_chosen and state.ventricle and state.ventricle not in known:
            state.ventricle = self._segments().get(self._chosen, state.ventricle)
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
        state.y_title = self._y_title(segmentation)
        state.doubts = " ".join(doubts)
        state.x = [row.time for row in rows]
        state.curves = [
            MeasuredCurve(
                segment,
                name,
                hex_color(segmentation.segmentColor(segment)),
                self._values(segment, rows, unit),
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

    def _values(self, segment: str, rows: list[AreaRow], unit: str) -> list[float | None]:
        """Of the plot."""
        measure = self._state.measure
        if measure == AREA or measure not in CURVES or self._shapes is None:
            return [_size(row, segment, unit) for row in rows]
        values = self._shapes.curve(segment, measure) if rows else []
        return [None if value is None else round(value, 2) for value in values]

    def _y_title(self, segmentation: SegmentationSequence) -> str:
        measure = self._state.measure if self._state.measure in CURVES else AREA
        unit = unitOf(measure, scaleOf(segmentation))
        title = Texts.measureTitles()[measure]
        title = f"{title} [{_UNITS.get(unit, unit)}]" if unit else title
        return f"{title}, {IN_DOUBT}" if segmentation.cine.calibrationDoubts and unit else title

    def _show_ventricle(self, segmentation: SegmentationSequence) -> None:
        """The figures of a left ventricle; none where there is none."""
        report = ventricleReport(segmentation, self._state.ventricle, self._kept, self._patient)
        self._state.figures = [Figure(title, value) for title, value in report.figures]
        self._state.ejection_text = report.note
        self._landmarks.show(segmentation, report)

    def _measure_ventricle(self) -> None:
        if self._desk.segmentation is not None:
            self._show_ventricle(self._desk.segmentation)

    def _names(self) -> list[str]:
        return list(self._segments().values())

    def _segments(self) -> dict[str, str]:
        """{id: name}."""
        segmentation = self._desk.segmentation
        return {} if segmentation is None else {one: segmentation.segmentName(one) for one in segmentation.segmentIds()}


def _likely(names: list[str]) -> str:
    """The segment that is named as a left ventricle, if any."""
    return next((name for name in names if isNamedAsVentricle(name)), "")


def _text(size: float | None) -> str:
    """With digits that count: a cell may have less than a mm2."""
    if size is None:
        return ""
    return f"{size:.0f}" if size >= 100 else f"{size:.3g}"


def _size(row: AreaRow, segment: str, unit: str) -> float | None:
    """None where nobody looked for the segment: a gap."""
    area = row.segments[segment]
    if not area.isKnown:
        return None
    if unit == "px" or area.mm2 is None:
        return float(area.pixels)
    return round(area.mm2, 1) if area.mm2 >= 100 else float(f"{area.mm2:.4g}")
