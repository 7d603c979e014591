"""The timeline of status, confidence and areas of all frames, as shapes that a browser draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from RABSegmentLib.FrontEnd import Texts
from RABSegmentLib.Results.Timeline import STATUS_COLORS, TimelineData, TimelineSource
from RABSegmentLib.Scene.FrameRecords import FrameStatus

from .desk import Desk
from .segments import hex_color
from .variables import names

WIDTH, HEIGHT = 1000, 72  # units of the drawing, which the page stretches


@dataclass
class BarPath:
    """The bars of all frames that look alike: an SVG path, and its colour and opacity."""

    d: str
    color: str
    opacity: float


@dataclass
class Curve:
    """A piece of the line of a segment: points of an SVG polyline, and its colour."""

    points: str
    color: str


@dataclass
class StatusTitle:
    """A status of frames, as the legend shows it."""

    title: str
    color: str


_ORIGINS = ("empty", "predicted", "drawn", "corrected", "verified", "unsettled")  # of a frame's `FrameRecord.origin`


def _letter(origin: str) -> str:
    return {"drawn": "m"}.get(origin, origin[0])


def _colors() -> dict[str, str]:
    """{letter: colour} of frames that a person marked or verified."""
    marked, verified = STATUS_COLORS[FrameStatus.MARKED], STATUS_COLORS[FrameStatus.VERIFIED]
    return {"m": marked, "c": marked, "v": verified}


def _legend() -> list[StatusTitle]:
    return [StatusTitle(title, STATUS_COLORS[status]) for status, title in Texts.statusTitles().items()]


@dataclass
class TimelineState:
    """What each frame is, drawn, and for the frame under the mouse.

    Attributes:
        status: one letter a frame; `words` and `colors` say of what, by the letter.
        confidence: of each frame, from 0 to 1; None where there is none.
    """

    bars: list[BarPath] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    status: str = ""
    confidence: list[float | None] = field(default_factory=list)
    legend: list[StatusTitle] = field(default_factory=_legend)
    words: dict[str, str] = field(default_factory=lambda: {_letter(word): Texts.statusTitle(word) for word in _ORIGINS})
    colors: dict[str, str] = field(default_factory=_colors)


TIMELINE = names(TimelineState)


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
        desk.state.put(TimelineState())
        desk.follow(cine=self._on_cine, change=self._update)

    def _on_cine(self) -> None:
        segmentation = self._desk.segmentation
        self.source = None if segmentation is None else TimelineSource(segmentation)

    def _update(self) -> None:
        segmentation = self._desk.segmentation
        if self.source is None or segmentation is None:
            self._desk.state.put(TimelineState())
            return
        origins = [segmentation.record(frame).origin for frame in range(segmentation.frameCount)]
        self._desk.state.put(shapes(self.source.read(), origins))


def shapes(data: TimelineData, origins: Sequence[str]) -> TimelineState:
    """All that the page draws; bars alike are one path, and a line ends where frames have no area."""
    paths: dict[tuple[str, int], list[str]] = {}
    for bar in data.bars(WIDTH, HEIGHT):
        outline = f"M{bar.left} {bar.top}h{bar.width}v{bar.height}h-{bar.width}z"
        paths.setdefault((bar.color, bar.opacity), []).append(outline)
    curves = [
        Curve(" ".join(f"{x},{y}" for x, y in line), hex_color(curve.color))
        for curve in data.areas
        if any(curve.heights)
        for line in data.lines(curve, WIDTH, HEIGHT)
    ]
    return TimelineState(
        bars=[BarPath("".join(d), color, opacity / 255) for (color, opacity), d in paths.items()],
        curves=curves,
        status="".join(map(_letter, origins)),
        confidence=[None if trust is None else round(trust, 2) for trust in data.confidence],
    )
