"""Masks as polygons along the edges of their pixels, and polygons as masks.

A mask comes back exactly: its polygon runs through corners of pixels, and a pixel belongs to a polygon when its centre
lies inside by the even-odd rule. Pixel (row, column) covers row to row + 1 and column to column + 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_SNAP = 1e-3  # of a pixel: numbers of text that near to a corner are that corner
_TURNS = {(1, 0): (0, 1), (0, 1): (-1, 0), (-1, 0): (0, -1), (0, -1): (1, 0)}  # to the right, y downwards

Point = tuple[int, int]


def loops_of(mask: np.ndarray) -> list[np.ndarray]:
    """The outlines of a (H, W) bool mask, of parts and holes, each (N, 2) corners x, y; the first is not repeated."""
    ends = _edges(np.asarray(mask, bool))
    loops = []
    while ends:
        start = next(iter(ends))
        place, step = start, (0, 0)
        corners: list[Point] = []
        while True:
            following = ends[place]
            # Where two corners of the mask touch there are two ways: turning right keeps its parts apart.
            choice = _turned(step) if len(following) > 1 and _turned(step) in following else following[0]
            following.remove(choice)
            if not following:
                del ends[place]
            if choice != step:
                corners.append(place)
            place, step = (place[0] + choice[0], place[1] + choice[1]), choice
            if place == start and (place not in ends or _turned(step) not in ends[place]):
                break
        loops.append(np.array(corners, np.int64))
    return loops


def polygon_of(mask: np.ndarray) -> np.ndarray:
    """One polygon (N, 2) of a (H, W) bool mask; (0, 2) of an empty one.

    Parts and holes are joined by bridges, which are walked there and back and so enclose nothing.
    """
    loops = loops_of(mask)
    if not loops:
        return np.zeros((0, 2), np.int64)
    joined, rest = loops[0], loops[1:]
    while rest:
        gaps = [np.abs(joined[:, None] - loop[None]).sum(axis=2) for loop in rest]
        nearest = min(range(len(rest)), key=lambda number: int(gaps[number].min()))
        here, there = np.unravel_index(int(gaps[nearest].argmin()), gaps[nearest].shape)
        loop = rest.pop(nearest)
        around = np.concatenate([loop[there:], loop[: there + 1]])
        joined = np.concatenate([joined[: here + 1], around, joined[here:]])
    return joined


def mask_of(polygon: np.ndarray | Sequence[Sequence[float]], size: tuple[int, int]) -> np.ndarray:
    """The (H, W) bool mask of a polygon (N, 2) of x, y; what lies outside of the picture is cut off."""
    rows, columns = size
    points = np.asarray(polygon, np.float64).reshape(-1, 2)
    near = points.round()
    points = np.where(np.abs(points - near) < _SNAP, near, points)
    flips = np.zeros((rows, columns + 1), np.int64)
    for one, other in zip(points, np.roll(points, -1, axis=0), strict=True):
        # Always from above, so that a bridge gives the same numbers on both ways.
        (x0, y0), (x1, y1) = (one, other) if one[1] <= other[1] else (other, one)
        first, last = max(0, int(np.ceil(y0 - 0.5))), min(rows, int(np.ceil(y1 - 0.5)))
        if first >= last:
            continue
        lines = np.arange(first, last)
        crossings = x0 + (lines + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
        places = np.clip(np.ceil(crossings - 0.5), 0, columns).astype(np.int64)
        np.add.at(flips, (lines, places), 1)
    inside: np.ndarray = flips.cumsum(axis=1)[:, :columns] % 2 == 1
    return inside


def _turned(step: Point) -> Point:
    return _TURNS.get(step, (0, 0))


def _edges(mask: np.ndarray) -> dict[Point, list[Point]]:
    """{corner: steps that lead on from it}, with the mask to the right hand of each."""
    padded = np.pad(mask, 1)
    inner = padded[1:-1, 1:-1]
    sides = (
        (inner & ~padded[:-2, 1:-1], (0, 0), (1, 0)),
        (inner & ~padded[1:-1, 2:], (1, 0), (0, 1)),
        (inner & ~padded[2:, 1:-1], (1, 1), (-1, 0)),
        (inner & ~padded[1:-1, :-2], (0, 1), (0, -1)),
    )
    found: dict[Point, list[Point]] = {}
    for border, (dx, dy), step in sides:
        for row, column in np.argwhere(border).tolist():
            found.setdefault((column + dx, row + dy), []).append(step)
    return found
