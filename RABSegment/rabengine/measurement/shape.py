"""What one mask measures: area, perimeter, centroid, diameters, brightness."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .outline import length_of, outlines

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601: how bright red, green and blue are


@dataclass(frozen=True)
class Shape:
    """Of one mask; lengths in the unit of the pixel size that was given.

    Attributes:
        area: pixels times the area of one.
        perimeter: length of the smoothed edges of all pieces and holes (`outline.outlines`).
        x, y: the centroid, from the middle of the upper left pixel.
        equivalent_diameter: of the circle of that area, 2 sqrt(A / pi).
        major_diameter, minor_diameter: of the ellipse that has the second moments of the mask, 4 sqrt(eigenvalue).
        longest_diameter: largest distance between two corners of pixels (Feret).
    """

    area: float
    perimeter: float
    x: float
    y: float
    equivalent_diameter: float
    major_diameter: float
    minor_diameter: float
    longest_diameter: float


def shape_of(mask: np.ndarray, pixel: np.ndarray) -> Shape:
    """Measure a mask.

    Source of the moment ellipse: Haralick RM, Shapiro LG. Computer and Robot Vision, vol. 1. Addison-Wesley 1992,
    appendix A; a pixel's own extent counts (a twelfth of its side squared).

    Args:
        mask: (H, W) bool, not empty.
        pixel: (x, y) size of a pixel.
    """
    y, x = np.nonzero(mask)
    places = np.column_stack([x, y]) * pixel
    area = len(x) * float(np.prod(pixel))
    spread = np.cov(places.T, bias=True) + np.diag(np.square(pixel)) / 12
    minor, major = 4 * np.sqrt(np.linalg.eigvalsh(spread))
    middle = places.mean(axis=0)
    return Shape(
        area=area,
        perimeter=sum(length_of(edge, pixel) for edge in outlines(mask)),
        x=float(middle[0]),
        y=float(middle[1]),
        equivalent_diameter=2 * math.sqrt(area / math.pi),
        major_diameter=float(major),
        minor_diameter=float(minor),
        longest_diameter=longest_distance(mask, pixel),
    )


def longest_distance(mask: np.ndarray, pixel: np.ndarray) -> float:
    """The largest distance between two corners of pixels of a mask.

    Args:
        mask: (H, W) bool, not empty.
        pixel: (x, y) size of a pixel.
    """
    points = _outermost_corners(mask) * pixel
    return max(float(np.hypot(*(points - point).T).max()) for point in points)


def brightness_of(frame: np.ndarray, mask: np.ndarray) -> float:
    """The mean of the pixel values inside a mask; of colours their luma (ITU-R BT.601).

    Args:
        frame: (H, W) or (H, W, 3).
        mask: (H, W) bool, not empty.
    """
    inside = np.asarray(frame)[mask].astype(np.float64)
    return float((inside @ _LUMA if inside.ndim == 2 else inside).mean())


def _outermost_corners(mask: np.ndarray) -> np.ndarray:
    """(N, 2) x and y of the first and the last pixel corner on each line between rows, where others cannot be further
    from anything."""
    corners = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), bool)
    for down in (0, 1):
        for right in (0, 1):
            corners[down : down + mask.shape[0], right : right + mask.shape[1]] |= mask
    lines = np.flatnonzero(corners.any(axis=1))
    first = corners[lines].argmax(axis=1)
    last = corners.shape[1] - 1 - corners[lines, ::-1].argmax(axis=1)
    return np.column_stack([np.concatenate([first, last]), np.concatenate([lines, lines])]).astype(float)
