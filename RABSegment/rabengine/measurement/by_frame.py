"""What every segment measures on each frame."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np

from .concepts import (
    AREA,
    BRIGHTNESS,
    CENTROIDS,
    EDGES,
    EQUIVALENT,
    LONGEST,
    MAJOR,
    MINOR,
    PATH,
    PERIMETER,
    X,
    Y,
)
from .distance import centroid_distance, edge_distance
from .measured import Measured
from .measurements import Measurements, measured
from .scale import Scale
from .segment_masks import SegmentMasks
from .shape import Shape, brightness_of, shape_of

SHAPE_WORDS = ("area", "perimeter", "centroid", "diameter", "brightness")
GREY_LEVEL = "1"  # UCUM: a number without a unit


def measure_shapes(
    segment: SegmentMasks, scale: Scale, words: Collection[str], frames: np.ndarray | None = None
) -> Measurements:
    """Shape and brightness of a segment on the frames that show it, and the path of its centroid.

    Args:
        words: which of `SHAPE_WORDS`.
        frames: (T, H, W) or (T, H, W, 3) of the cine; None for no brightness.
    """
    found: list[Measured] = []
    path: list[tuple[float, float]] = []
    for frame in segment.frames if set(SHAPE_WORDS) & set(words) else []:
        mask = segment.mask(frame)
        shape = shape_of(mask, scale.pixel)
        path.append((shape.x, shape.y))
        found += [
            measured(name, segment.name, value, unit, frame) for name, value, unit in _values(shape, scale, words)
        ]
        if "brightness" in words and frames is not None:
            found.append(measured(BRIGHTNESS, segment.name, brightness_of(frames[frame], mask), GREY_LEVEL, frame))
    summary: tuple[Measured, ...] = ()
    if "centroid" in words and path:
        steps = np.diff(np.asarray(path), axis=0)
        summary = (measured(PATH, segment.name, float(np.hypot(*steps.T).sum()), scale.length_unit),)
    return Measurements(by_frame=tuple(found), summary=summary)


def measure_distances(segments: Sequence[SegmentMasks], scale: Scale) -> Measurements:
    """How far any two segments are from each other on the frames that show both."""
    found: list[Measured] = []
    for one, other in combinations(segments, 2):
        names = f"{one.name} - {other.name}"
        for frame in sorted(set(one.frames) & set(other.frames)):
            masks = one.mask(frame), other.mask(frame)
            apart = centroid_distance(*masks, scale.pixel), edge_distance(*masks, scale.pixel)
            found += [
                measured(name, names, value, scale.length_unit, frame)
                for name, value in zip((CENTROIDS, EDGES), apart, strict=True)
            ]
    return Measurements(by_frame=tuple(found))


def _values(shape: Shape, scale: Scale, words: Collection[str]) -> list[tuple[str, float, str]]:
    length = scale.length_unit
    found: dict[str, list[tuple[str, float, str]]] = {
        "area": [(AREA, shape.area, scale.area_unit)],
        "perimeter": [(PERIMETER, shape.perimeter, length)],
        "centroid": [(X, shape.x, length), (Y, shape.y, length)],
        "diameter": [
            (EQUIVALENT, shape.equivalent_diameter, length),
            (MAJOR, shape.major_diameter, length),
            (MINOR, shape.minor_diameter, length),
            (LONGEST, shape.longest_diameter, length),
        ],
    }
    return [value for word, values in found.items() if word in words for value in values]
