"""Masks of shapes whose sizes are known from geometry; all lengths in mm, pixels of (x, y) mm."""

from __future__ import annotations

import math

import numpy as np

Pixel = tuple[float, float]


def places(size: float, pixel: Pixel) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the middles of the pixels of a square picture of `size` mm."""
    rows, columns = math.ceil(size / pixel[1]), math.ceil(size / pixel[0])
    y, x = np.mgrid[:rows, :columns]
    return x * pixel[0], y * pixel[1]


def ellipse(along: float, across: float, centre: Pixel, size: float, pixel: Pixel, turn: float = 0.0) -> np.ndarray:
    """With these half axes, the first turned from x by radians."""
    far, wide = _turned(centre, size, pixel, turn)
    return np.asarray((far / along) ** 2 + (wide / across) ** 2 <= 1)


def ventricle(
    along: float, across: float, cut: float, pixel: Pixel, turn: float = 0.0, slant: float = 0.0, size: float = 130.0
) -> np.ndarray:
    """An ellipse cut off at the base, `cut` half axes below its middle, where `slant` is the base's tangent.

    Its apex is at the side of negative x, turned by radians.
    """
    far, wide = _turned((size / 2, size / 2), size, pixel, turn)
    whole = (far / along) ** 2 + (wide / across) ** 2 <= 1
    return np.asarray(whole & (far <= cut * along + slant * wide))


def ventricle_volume(along: float, across: float, cut: float, other: float | None = None) -> float:
    """In mm3, of the ellipsoid with the half axes along, across and `other` (as `across` without it), cut alike."""
    return math.pi * along * across * (other or across) * (2 / 3 + cut - cut**3 / 3)


def ventricle_outline(along: float, across: float, cut: float) -> float:
    """Length of the outline without the base, summed finely."""
    angles = np.linspace(0, math.pi - math.acos(cut), 20_001)
    x, y = -along * np.cos(angles), across * np.sin(angles)
    return float(2 * np.hypot(np.diff(x), np.diff(y)).sum())


def tube(line: np.ndarray, width: float, size: float, pixel: Pixel) -> np.ndarray:
    """All within half a width of a line (N, 2), cut off straight at its ends."""
    x, y = places(size, pixel)
    nearest = np.full(x.shape, np.inf)
    number = np.zeros(x.shape, int)
    for place, point in enumerate(line):
        distance = np.hypot(x - point[0], y - point[1])
        closer = distance < nearest
        nearest[closer], number[closer] = distance[closer], place
    return np.asarray((nearest <= width / 2) & (number > 0) & (number < len(line) - 1))


def beating(times: np.ndarray, period: float, phase: float = 0.0) -> np.ndarray:
    """A volume curve from 0 to 1 with systole, fast filling, diastasis and atrial contraction; 1 at phase 0."""
    share = (times / period + phase) % 1
    return np.interp(share, [0, 0.03, 0.35, 0.55, 0.8, 0.92, 1], [1, 1, 0, 0.75, 0.8, 0.97, 1])


def _turned(centre: Pixel, size: float, pixel: Pixel, turn: float) -> tuple[np.ndarray, np.ndarray]:
    x, y = places(size, pixel)
    x, y = x - centre[0], y - centre[1]
    return x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
