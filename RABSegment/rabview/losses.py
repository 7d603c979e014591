"""How the losses of a run went, as small curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WIDTH, HEIGHT = 100, 24  # units of the drawing, which the page stretches
MOST_POINTS = 200


class LossCurves:
    """Remembers the losses of a run, thinned out where they are many."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def clear(self) -> None:
        """Another run begins."""
        self._values.clear()

    def add(self, losses: Mapping[str, float]) -> None:
        """Take the newest value of each, {name: value}."""
        for name, value in losses.items():
            values = self._values.setdefault(name, [])
            values.append(float(value))
            if len(values) > MOST_POINTS:
                del values[1:-1:2]

    def shapes(self) -> list[dict[str, Any]]:
        """SVG: [{"name", "text" of the newest value, "points"}]."""
        return [
            {"name": name, "text": f"{values[-1]:.3g}", "points": _points(values)}
            for name, values in self._values.items()
        ]


def _points(values: list[float]) -> str:
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = WIDTH / max(len(values) - 1, 1)
    places = ((number * step, 1 + (HEIGHT - 2) * (high - value) / span) for number, value in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
