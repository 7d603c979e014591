"""A Bland-Altman plot as SVG: the difference of two areas over their mean, with bias and limits of agreement."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from .measures import BlandAltman

WIDTH, HEIGHT = 440, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 74, 14, 42
_TICKS = 5


def area_difference_plot(points: Sequence[tuple[float, float]], found: BlandAltman, unit: str, title: str) -> str:
    """The plot, as an element to be put into a page.

    Args:
        points: (mean, difference) of areas, at least one. found: of these. unit: of the areas, as people read it.
        title: for who cannot see it.
    """
    across = _Axis(*_reach([x for x, _ in points]), _LEFT, WIDTH - _RIGHT)
    limits = [limit for limit in (found.lower, found.upper) if limit is not None]
    spread = [*(y for _, y in points), *limits, 0.0]
    up = _Axis(*_reach(spread), HEIGHT - _BOTTOM, _TOP)
    within = f"limits {' to '.join(map(_figure, limits))} {unit}, " if limits else ""
    said = f"{title}: bias {_figure(found.bias)} {unit}, {within}{found.count} frame{'s' if found.count > 1 else ''}"
    parts = [_frame(across, up, unit)]
    zero = up.place(0)
    parts.append(f'<line class="zero" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{zero:.1f}" y2="{zero:.1f}"/>')
    parts += _levels(found, up)
    parts += [f'<circle cx="{across.place(x):.1f}" cy="{up.place(y):.1f}" r="3.2"/>' for x, y in points]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(said, quote=True)}">'
        f"{''.join(parts)}</svg>"
    )


class _Axis:
    """Values from `low` to `high`, drawn from `start` to `end` pixels, with round numbers on it."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self._start, self._end = low, high, start, end

    def place(self, value: float) -> float:
        return self._start + (value - self.low) / (self.high - self.low) * (self._end - self._start)

    def ticks(self) -> list[float]:
        step = _round_step((self.high - self.low) / _TICKS)
        first = math.ceil(self.low / step)
        return [number * step for number in range(first, math.floor(self.high / step) + 1)]


def _round_step(rough: float) -> float:
    power = float(10 ** math.floor(math.log10(rough)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def _reach(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return low - margin, high + margin


def _frame(across: _Axis, up: _Axis, unit: str) -> str:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    parts = []
    for value in across.ticks():
        x = across.place(value)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{_figure(value)}</text>')
    for value in up.ticks():
        y = up.place(value)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{_figure(value)}</text>')
    unit = html.escape(unit)
    middle = (_TOP + bottom) / 2
    parts.append(f'<text x="{(_LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">mean area, {unit}</text>')
    parts.append(
        f'<text x="13" y="{middle}" text-anchor="middle" transform="rotate(-90 13 {middle})">difference, {unit}</text>'
    )
    return "".join(parts)


def _levels(found: BlandAltman, up: _Axis) -> list[str]:
    right = WIDTH - _RIGHT
    parts = []
    levels = [("limit", found.upper, "+1.96 SD"), ("bias", found.bias, "bias"), ("limit", found.lower, "-1.96 SD")]
    below = -math.inf
    for kind, value, name in levels:
        if value is None:
            continue
        y = up.place(value)
        text = max(y, below + 26)  # two lines each, so that near levels stay readable
        below = text
        parts.append(f'<line class="{kind}" x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="{kind}" x="{right + 5}" y="{text - 2:.1f}">{_figure(value)}</text>')
        parts.append(f'<text class="small" x="{right + 5}" y="{text + 9:.1f}">{name.replace("-", "−")}</text>')
    return parts


def _figure(value: float) -> str:
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return "0" if text in ("-0", "0") else text.replace("-", "−")
