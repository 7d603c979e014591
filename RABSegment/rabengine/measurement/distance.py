"""How far two segments are from each other."""

from __future__ import annotations

import numpy as np

_AT_ONCE = 4_000_000  # pairs of pixels; bounds the memory


def centroid_distance(one: np.ndarray, other: np.ndarray, pixel: np.ndarray) -> float:
    """Between the centroids of two masks.

    Args:
        one, other: (H, W) bool, not empty.
        pixel: (x, y) size of a pixel.
    """
    first, second = (np.argwhere(mask).mean(axis=0)[::-1] for mask in (one, other))
    return float(np.hypot(*((first - second) * pixel)))


def edge_distance(one: np.ndarray, other: np.ndarray, pixel: np.ndarray) -> float:
    """The smallest distance between the edges of pixels of two masks, 0 where they touch or overlap.

    Args:
        one, other: (H, W) bool, not empty.
        pixel: (x, y) size of a pixel.
    """
    if bool((one & other).any()):
        return 0.0
    first, second = _border(one), _border(other)
    nearest = np.inf
    step = max(1, _AT_ONCE // len(second))
    for begin in range(0, len(first), step):
        steps = np.abs(first[begin : begin + step, None] - second[None]) - 1
        gaps = np.maximum(steps, 0) * pixel
        nearest = min(nearest, float(np.hypot(gaps[..., 0], gaps[..., 1]).min()))
    return nearest


def _border(mask: np.ndarray) -> np.ndarray:
    """(N, 2) x and y of the pixels that have a neighbour outside."""
    wide = np.pad(mask, 1)
    inner = wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]
    return np.argwhere(mask & ~inner)[:, ::-1]
