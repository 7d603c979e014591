"""A scale bar of a round length."""

from __future__ import annotations

import math

SHARE = 0.25  # of the picture's width that the bar has about
_ROUND = (1.0, 2.0, 5.0, 10.0)


def bar_length(width_mm: float) -> float:
    """The length in mm of a bar for a picture of a width: 1, 2 or 5 times a power of ten, about a quarter of it."""
    wanted = width_mm * SHARE
    power = 10.0 ** math.floor(math.log10(wanted))
    return min((step * power for step in _ROUND), key=lambda length: abs(math.log(length / wanted)))


def length_text(length_mm: float) -> str:
    """The text of a length: "20 mm", "5 cm" or "200 µm"."""
    if length_mm >= 50:
        return f"{length_mm / 10:g} cm"
    return f"{length_mm:g} mm" if length_mm >= 0.5 else f"{length_mm * 1000:g} µm"
