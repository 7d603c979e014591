"""Apex and mitral plane of a left ventricle, found on its mask in a long-axis view or given by a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from rabengine.errors import InputError

from .outline import outlines

UNDECIDED = (
    "The apex cannot be told from the base by the shape of the ventricle: the upper end of the picture is taken for "
    "the apex."
)
ROUND = (
    "The ventricle is hardly longer than wide, so its long axis is in doubt: give its apex and mitral plane, or a view "
    "that is not foreshortened."
)
_CLEAR = 0.01  # by this share the outline of the apex is longer than that of the base, against a straight line
_ELONGATED = 1.25  # length to width; of a rounder mask its own axis says little
_CORNER = np.deg2rad(55)  # where a corner of the base is looked for, below the line across the axis
_ROUNDS = 3
_APART = 0.5  # pixels between two hinge points, at least


@dataclass(frozen=True)
class Landmarks:
    """Of a left ventricle on one frame, in pixels: x and y, the middle of the upper left pixel at (0, 0).

    Attributes:
        apex: (2,).
        mitral: (2, 2), the two hinge points of the mitral valve.
        is_mitral_given: whether a person gave `mitral`: then the ventricle ends at the line through the two. Else it
            ends where the mask does, and the two points say where its sides do.
        is_apex_given: whether a person gave `apex`: then the ventricle begins at the line through it across the axis.
    """

    apex: np.ndarray
    mitral: np.ndarray
    is_mitral_given: bool = False
    is_apex_given: bool = False


@dataclass(frozen=True)
class GivenLandmarks:
    """What a person says of one frame.

    Attributes:
        apex: (x, y) in pixels, None for the one that is found.
        mitral: ((x, y), (x, y)) in pixels, likewise.
    """

    apex: tuple[float, float] | None = None
    mitral: tuple[tuple[float, float], tuple[float, float]] | None = None


@dataclass(frozen=True)
class FoundLandmarks:
    """Of all frames of a cine.

    Attributes:
        by_frame: {frame: landmarks}, of the frames that show the ventricle.
        warnings: what to know of them.
    """

    by_frame: Mapping[int, Landmarks]
    warnings: tuple[str, ...] = ()


def find_landmarks(
    masks: Mapping[int, np.ndarray],
    pixel: np.ndarray,
    given: Mapping[int, GivenLandmarks] | None = None,
    voting: Collection[int] | None = None,
) -> FoundLandmarks:
    """Apex and hinge points on every frame.

    The base is the end of the mask's long axis where the outline is straighter, over all frames together. The hinge
    points are the two corners of the base: the points of the outline that lie farthest downwards and sideways, length
    and width of the mask taken as alike. The apex is the point of the outline that is farthest from the middle between
    the two (Lang et al. 2015, see `ventricle`). Both are found anew, three times, with the axis from apex to mitral
    plane.
    Points that are given hold on their frame, and say on all frames which end is which.

    Args:
        masks: {frame: (H, W) bool, not empty}; of several pieces the largest counts.
        pixel: (x, y) size of a pixel.
        given: {frame: what a person says}.
        voting: the frames that say which end is the base; None for all.

    Raises:
        InputError: a point that is given lies outside of the picture, or the two hinge points are one.
    """
    said = given or {}
    for frame in said.keys() & masks.keys():
        _check_given(frame, said[frame], masks[frame].shape)
    pieces = {frame: largest_piece(mask) for frame, mask in masks.items()}
    edges = {frame: outlines(piece)[0] * pixel for frame, piece in pieces.items()}
    spreads = {frame: _spread(piece, pixel) for frame, piece in pieces.items()}
    asked = [frame for frame in pieces if voting is None or frame in voting] or list(pieces)
    usual = sum((spreads[frame] / np.trace(spreads[frame]) for frame in asked), np.zeros((2, 2)))
    axes = {frame: _axis(spread, usual) for frame, spread in spreads.items()}
    ends = {frame: _ends(one, edges[frame], pixel) for frame, one in said.items() if frame in edges}
    turned, warnings = _base_sign({frame: edges[frame] for frame in asked}, axes, ends)
    values = np.linalg.eigvalsh(usual)
    if not said and values[1] < _ELONGATED**2 * values[0]:
        warnings = (*warnings, ROUND)
    by_frame = {
        frame: _on_frame(edge, pixel, turned * axes[frame], said.get(frame, GivenLandmarks()))
        for frame, edge in edges.items()
    }
    return FoundLandmarks(by_frame, warnings)


def largest_piece(mask: np.ndarray) -> np.ndarray:
    """The largest part of a mask whose pixels touch; corners count."""
    parts = sitk.ConnectedComponent(sitk.GetImageFromArray(np.asarray(mask, np.uint8)), True)
    numbers = sitk.GetArrayFromImage(parts)
    if numbers.max() < 2:
        return np.asarray(mask, bool)
    return np.asarray(numbers == 1 + int(np.bincount(numbers.ravel())[1:].argmax()))


def _check_given(frame: int, given: GivenLandmarks, size: tuple[int, ...]) -> None:
    rows, columns = size
    places = [place for place in (given.apex, *(given.mitral or ())) if place is not None]
    for x, y in places:
        if not (-0.5 <= x <= columns - 0.5 and -0.5 <= y <= rows - 0.5):
            raise InputError(
                f"The point {x:g},{y:g} that is given for frame {frame} lies outside of the picture of "
                f"{columns} x {rows} pixels.",
                "Give x,y in pixels, counted from 0 at the upper left.",
            )
    if given.mitral is not None and np.hypot(*np.subtract(*given.mitral)) < _APART:
        raise InputError(
            f"The two hinge points that are given for frame {frame} are one.", "Give both ends of the mitral plane."
        )


def _spread(mask: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    y, x = np.nonzero(mask)
    return np.asarray(np.cov((np.column_stack([x, y]) * pixel).T, bias=True) + np.diag(np.square(pixel)) / 12)


def _axis(spread: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """(2,) of length 1 along the mask, on the side of the axis that is usual in the cine."""
    values, vectors = np.linalg.eigh(spread)
    common = np.linalg.eigh(usual)[1][:, 1]
    own = vectors[:, 1] if values[1] >= _ELONGATED**2 * values[0] else common
    return np.asarray(own if own @ common >= 0 else -own)


def _base_sign(
    edges: Mapping[int, np.ndarray], axes: Mapping[int, np.ndarray], given: Mapping[int, tuple[np.ndarray, np.ndarray]]
) -> tuple[float, tuple[str, ...]]:
    """1 where the axes point to the base, -1 where they point to the apex."""
    sides = [float((base - apex) @ axes[frame]) for frame, (apex, base) in given.items()]
    if sides:
        return (1.0 if sum(map(np.sign, sides)) >= 0 else -1.0), ()
    rounder = float(np.mean([_roundness(edges[one], -axes[one]) - _roundness(edges[one], axes[one]) for one in edges]))
    if abs(rounder) >= _CLEAR:
        return float(np.sign(rounder)), ()
    down = sum(float(axis[1]) for axis in axes.values())
    return (1.0 if down >= 0 else -1.0), (UNDECIDED,)


def _ends(one: GivenLandmarks, edge: np.ndarray, pixel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Apex and middle of the base that are given, the middle of the ventricle in place of one that is not."""
    middle = edge.mean(axis=0)
    apex = middle if one.apex is None else np.asarray(one.apex, float) * pixel
    base = middle if one.mitral is None else np.mean(one.mitral, axis=0) * pixel
    return apex, base


def _roundness(points: np.ndarray, axis: np.ndarray) -> float:
    """How much longer the outline is between the corners of the end that an axis points to than a straight line."""
    first, second = (int(np.hypot(*(points - corner).T).argmin()) for corner in _corners(points, axis))
    if first == second:
        return 0.0
    steps = np.hypot(*(np.roll(points, -1, axis=0) - points).T)
    way = (np.arange((second - first) % len(points)) + first) % len(points)
    if (points[way] @ axis).mean() < (points @ axis).mean():
        way = np.setdiff1d(np.arange(len(points)), way)
    straight = float(np.hypot(*(points[second] - points[first])))
    return float(np.log(max(steps[way].sum(), 1e-9) / max(straight, 1e-9)))


def _on_frame(points: np.ndarray, pixel: np.ndarray, axis: np.ndarray, given: GivenLandmarks) -> Landmarks:
    apex, mitral = points[(points @ axis).argmin()], points[:2]
    for _ in range(_ROUNDS):
        mitral = _corners(points, axis) if given.mitral is None else np.asarray(given.mitral, float) * pixel
        middle = mitral.mean(axis=0)
        apex = _farthest(points, middle, axis) if given.apex is None else np.asarray(given.apex, float) * pixel
        if np.hypot(*(middle - apex)) > 0:
            axis = (middle - apex) / np.hypot(*(middle - apex))
    return Landmarks(apex / pixel, mitral / pixel, given.mitral is not None, given.apex is not None)


def _corners(points: np.ndarray, axis: np.ndarray) -> np.ndarray:
    across = np.array([-axis[1], axis[0]])
    down, side = (_from_middle(points @ way) for way in (axis, across))
    return np.stack([points[(np.sin(_CORNER) * down + sign * np.cos(_CORNER) * side).argmax()] for sign in (-1, 1)])


def _from_middle(values: np.ndarray) -> np.ndarray:
    """-1 to 1."""
    low, high = values.min(), values.max()
    return np.asarray((2 * values - low - high) / max(high - low, 1e-9))


def _farthest(points: np.ndarray, middle: np.ndarray, axis: np.ndarray) -> np.ndarray:
    above = points[(points - middle) @ axis < 0]
    candidates = above if len(above) else points
    return np.asarray(candidates[np.hypot(*(candidates - middle).T).argmax()])
