"""M-mode and kymograph: what lies under a line, frame by frame, and where it crosses the edges of segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rabengine.errors import InputError

from .sampling import sampled
from .scale import Scale
from .segment_masks import SegmentMasks

_FINE = 0.1  # of a side of a pixel: how finely edges are looked for
ENTERS, LEAVES = "enters", "leaves"

Line = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels, the middle of the upper left pixel at (0, 0)


@dataclass(frozen=True)
class MMode:
    """What a line shows over time.

    Attributes:
        picture: (S, T) or (S, T, 3) float, the first row where the line begins.
        positions: (S,) of the rows along the line, in the unit of `scale`.
        times: (T,) of the columns, likewise.
        scale: of the cine.
    """

    picture: np.ndarray
    positions: np.ndarray
    times: np.ndarray
    scale: Scale


@dataclass(frozen=True)
class LineEdge:
    """Where a line crosses the edge of a segment.

    Attributes:
        frame: on which.
        segment: its name.
        position: from the beginning of the line, in the unit of lengths.
        way: ENTERS or LEAVES, seen from the beginning of the line.
    """

    frame: int
    segment: str
    position: float
    way: str


def sample_line(frames: np.ndarray, scale: Scale, line: Line, thickness: float = 1.0) -> MMode:
    """The M-mode of a line through a cine.

    Values between pixels are bilinear; of a thick line the mean across it is taken.

    Args:
        frames: (T, H, W) or (T, H, W, 3).
        scale: of the cine.
        line: its two ends.
        thickness: of the line, in sides of pixels (the smaller side where pixels are not square); 1 or less takes
            the line alone.

    Raises:
        InputError: the line is shorter than a pixel or leaves the picture.
    """
    start, along, length = _geometry(line, scale, (int(frames.shape[1]), int(frames.shape[2])))
    side = float(scale.pixel.min())
    positions = np.linspace(0, length, max(2, round(length / side) + 1))
    count = max(1, round(thickness))
    offsets = (np.arange(count) - (count - 1) / 2) * side
    across = np.array([-along[1], along[0]])
    places = start + positions[:, None, None] * along + offsets[None, :, None] * across
    columns = [_column(np.asarray(frame, np.float64), places / scale.pixel) for frame in frames]
    return MMode(np.stack(columns, axis=1), positions, scale.moments(len(frames)), scale)


def line_edges(segments: Sequence[SegmentMasks], scale: Scale, line: Line, size: tuple[int, int]) -> list[LineEdge]:
    """Where a line crosses the edges of segments, frame by frame.

    An edge is where the mask, taken between pixels as bilinear, is one half, to a tenth of a pixel. An end of the
    line that lies inside a segment is no edge.

    Args:
        line: its two ends, in pixels.
        size: (rows, columns) of a frame.

    Raises:
        InputError: as `sample_line`.
    """
    start, along, length = _geometry(line, scale, size)
    step = _FINE * float(scale.pixel.min())
    positions = np.linspace(0, length, max(2, round(length / step) + 1))
    places = (start + positions[:, None] * along) / scale.pixel
    found: list[LineEdge] = []
    for one in segments:
        for frame in one.frames:
            inside = sampled(one.mask(frame).astype(np.float64), places) >= 0.5
            for place in np.flatnonzero(inside[1:] != inside[:-1]):
                position = float(positions[place] + positions[place + 1]) / 2
                found.append(LineEdge(frame, one.name, position, LEAVES if inside[place] else ENTERS))
    return sorted(found, key=lambda edge: (edge.frame, edge.segment, edge.position))


def _geometry(line: Line, scale: Scale, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, float]:
    """Where the line begins, the direction of length 1 in which it goes, and how long it is."""
    ends = np.asarray(line, np.float64).reshape(2, 2)
    text = ",".join(f"{value:g}" for value in line)
    limits = np.array([size[1], size[0]]) - 0.5
    if not np.isfinite(ends).all() or (ends < -0.5).any() or (ends > limits).any():
        raise InputError(
            f"The line {text} leaves the picture of {size[1]} x {size[0]} pixels.",
            "Give x1,y1,x2,y2 in pixels, counted from 0 at the upper left.",
        )
    if np.hypot(*(ends[1] - ends[0])) < 1:
        raise InputError(f"The line {text} is shorter than a pixel.", "Give two ends that lie apart.")
    start, end = ends * scale.pixel
    length = float(np.hypot(*(end - start)))
    return start, (end - start) / length, length


def _column(frame: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(S,) or (S, 3): the mean across the line; what lies outside of the picture does not count."""
    inside = sampled(np.ones(frame.shape[:2]), places)
    weight = np.maximum(inside.sum(axis=1), 1e-9)
    if frame.ndim == 2:
        return np.asarray(sampled(frame, places).sum(axis=1) / weight)
    return np.stack([sampled(frame[..., one], places).sum(axis=1) / weight for one in range(3)], axis=-1)
