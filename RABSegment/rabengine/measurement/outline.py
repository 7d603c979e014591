"""The edge of a mask as smooth closed lines, and how long they are."""

from __future__ import annotations

import numpy as np

SMOOTHING = 2.0  # standard deviation along the edge, in sides of pixels
_OF_LOOP = 1 / 17.5  # of an edge's length: more would shrink a circle by over 0.4 %, and one pixel to nothing
_RIGHT, _DOWN, _LEFT, _UP = range(4)
_STEPS = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])  # x, y of each direction


def outlines(mask: np.ndarray, smoothing: float = SMOOTHING) -> list[np.ndarray]:
    """The edges of all pieces of a mask and of their holes, the longest first.

    An edge goes through the middles of the sides of pixels between inside and outside, inside on its right hand, and
    is smoothed along itself by a Gaussian. Smoothing shrinks bends; so it is done twice, the second time on what the
    first took away (Tukey's "twicing", Exploratory Data Analysis, 1977), which leaves a circle of a radius of 5 pixels
    or more its size within 0.4 %; a shorter edge is smoothed less, so that it keeps its size as well. Pixels that touch
    at a corner are one piece.

    Args:
        mask: (H, W) bool; what lies at the border of the frame has its edge there.
        smoothing: standard deviation in sides of pixels, at most; 0 for none.

    Returns:
        (N, 2) each: x and y in pixels, the middle of the upper left pixel at (0, 0); the last point joins the first.
    """
    found = [_smoothed(loop, smoothing) for loop in _loops(mask)]
    return sorted(found, key=len, reverse=True)


def length_of(points: np.ndarray, pixel: np.ndarray, is_closed: bool = True) -> float:
    """Of a line through points.

    Args:
        points: (N, 2) x and y in pixels.
        pixel: (x, y) size of a pixel.
    """
    steps = np.diff(np.concatenate([points, points[:1]]) if is_closed else points, axis=0) * pixel
    return float(np.hypot(*steps.T).sum())


def _loops(mask: np.ndarray) -> list[np.ndarray]:
    """The middles of the sides between inside and outside, in the order in which one walks round."""
    rows, columns = (np.flatnonzero(np.asarray(mask, bool).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return []
    corner = np.array([columns[0], rows[0]])
    inside = np.pad(np.asarray(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], bool), 1)
    number = np.full((4, inside.shape[0] + 1, inside.shape[1] + 1), -1)  # of the side that leaves a corner
    corners: list[np.ndarray] = []
    ways: list[np.ndarray] = []
    beside = ((0, -1), (1, 0), (0, 1), (-1, 0))  # x, y of the neighbour across the side that is walked in a direction
    first = ((0, 0), (1, 0), (1, 1), (0, 1))  # x, y of the corner of the pixel where the walk along it begins
    count = 0
    for way in range(4):
        y, x = np.nonzero(inside & ~np.roll(inside, (-beside[way][1], -beside[way][0]), (0, 1)))
        begin = np.column_stack([x, y]) + first[way]
        number[way, begin[:, 1], begin[:, 0]] = np.arange(count, count + len(begin))
        corners.append(begin)
        ways.append(np.full(len(begin), way))
        count += len(begin)
    start, headed = np.concatenate(corners), np.concatenate(ways)
    end = start + _STEPS[headed]
    left, ahead, right = (number[(headed + turn) % 4, end[:, 1], end[:, 0]] for turn in (3, 0, 1))
    following = np.where(left >= 0, left, np.where(ahead >= 0, ahead, right)).tolist()
    middles = corner + (start + end) / 2 - 1.5  # the margin, and half a pixel from a corner to a middle
    return [middles[walk] for walk in _walks(following)]


def _walks(following: list[int]) -> list[list[int]]:
    seen = bytearray(len(following))
    walks = []
    for begin in range(len(following)):
        walk: list[int] = []
        here = begin
        while not seen[here]:
            seen[here] = 1
            walk.append(here)
            here = following[here]
        if walk:
            walks.append(walk)
    return walks


def _smoothed(loop: np.ndarray, smoothing: float) -> np.ndarray:
    if smoothing <= 0:
        return loop
    smoothing = min(smoothing, _OF_LOOP * len(loop))
    frequency = 2 * np.pi * np.fft.rfftfreq(len(loop))
    lost = 1 - np.exp(-0.5 * (smoothing * frequency) ** 2)
    return np.asarray(np.fft.irfft(np.fft.rfft(loop, axis=0) * (1 - lost**2)[:, None], len(loop), axis=0))
