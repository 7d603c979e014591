"""Places of cines and masks for the tests of painting in the browser front end; frames are 64 x 64."""

from __future__ import annotations

import numpy as np

GEOMETRIES = {
    "uncalibrated": {},
    "isotropic": {"spacing": (0.5, 0.5)},
    "anisotropic": {"spacing": (0.3, 0.6), "slice_spacing": 5.0},
    "thin": {"spacing": (0.5, 0.5), "slice_spacing": 0.01},
    "oblique": {
        "spacing": (0.4, 0.4),
        "origin": (12.0, -40.0, 7.0),
        "direction": (0.8, 0.36, 0.48, 0.6, -0.48, -0.64, 0.0, 0.8, -0.6),
    },
    "through time": {"spacing": (0.5, 0.5), "direction": (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)},
}


def disc(column: float, row: float, diameter: float, size: tuple[int, int] = (64, 64)) -> np.ndarray:
    """(H, W) bool."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    return np.hypot(rows - row, columns - column) <= diameter / 2


def rectangle(left: int, top: int, right: int, bottom: int) -> list[tuple[float, float]]:
    """The corners of a lasso round pixels left..right, top..bottom."""
    return [(left - 0.5, top - 0.5), (right + 0.5, top - 0.5), (right + 0.5, bottom + 0.5), (left - 0.5, bottom + 0.5)]


def box(left: int, top: int, right: int, bottom: int, size: tuple[int, int] = (64, 64)) -> np.ndarray:
    """(H, W) bool of pixels left..right, top..bottom."""
    mask = np.zeros(size, bool)
    mask[top : bottom + 1, left : right + 1] = True
    return mask


def likeness(mask: np.ndarray, other: np.ndarray) -> float:
    """Dice."""
    return 2 * float((mask & other).sum()) / float(mask.sum() + other.sum())
