"""Measure the segments of a cine: the entry points of this folder.

cine = rabengine.read_cine("echo.dcm")
found = measure(cine, labels, what=("area", "ventricle"))   # labels (T, H, W)
found.value("ejection fraction (discs)")                    # in percent
found.curve("area", "Segment 1", cine.frame_count)          # (T,) in mm2
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.legend import legend_of, told_apart

from .by_frame import SHAPE_WORDS, measure_distances, measure_shapes
from .cycles import measure_change
from .ejection import Ventricle, biplane
from .landmarks import GivenLandmarks
from .measurements import Measurements, together
from .organs import (
    ON_TOO_FEW,
    biplane_measurements,
    glottis_measurements,
    ventricle_measurements,
    ventricle_of,
    vessel_measurements,
)
from .scale import Scale
from .segment_masks import SegmentMasks

ALL = "all"
GENERAL = (*SHAPE_WORDS, "distance", "change", "beats")
ORGANS = ("ventricle", "vessel", "glottis")
WORDS = (*GENERAL, *ORGANS)

ALIKE = "Neither view has a pixel size: the biplane ejection fraction is right where both have the same."
ALONE = "A distance is between two segments, and there is one."

Given = Mapping[int, GivenLandmarks]


def measure(
    cine: Cine,
    labels: np.ndarray,
    *,
    names: Mapping[int, str] | None = None,
    segments: Collection[int] | None = None,
    what: Sequence[str] = (ALL,),
    given: Given | None = None,
    closed_below: float = 0.0,
) -> Measurements:
    """Measure the segments of a cine.

    Args:
        cine: T frames; its pixel size and times are the units.
        labels: (T, H, W), 0 is background.
        names: {label value: name of the segment}.
        segments: label values; None for all there are.
        what: words of `WORDS`, or "all" for those that need not know what a segment is (`GENERAL`).
        given: {frame: apex and mitral plane that a person says}, for "ventricle".
        closed_below: for "glottis", the share of the largest area below which it is closed.

    Raises:
        InputError: a word that there is not, a segment that is on no frame, or labels of another size.
    """
    return measure_masks(masks_of(cine, labels, names, segments), Scale.of(cine), what, cine, given, closed_below)


def measure_masks(
    segments: Sequence[SegmentMasks],
    scale: Scale,
    what: Sequence[str] = (ALL,),
    cine: Cine | None = None,
    given: Given | None = None,
    closed_below: float = 0.0,
) -> Measurements:
    """As `measure`, of masks that may overlap.

    Args:
        cine: for its brightness and its warnings; None leaves both out.
    """
    words = words_of(what)
    frames = None if cine is None else cine.frames
    parts = [Measurements(warnings=(*scale.warnings, *(() if cine is None else cine.doubts)))]
    for one in segments:
        parts.append(measure_shapes(one, scale, words, frames))
        if {"change", "beats"} & set(words):
            parts.append(measure_change(one, scale, words))
        if "ventricle" in words:
            found = ventricle_of(one, scale, given)
            too_few = Measurements(warnings=(f"{one.name} {ON_TOO_FEW}",))
            parts.append(too_few if found is None else ventricle_measurements(one.name, found, scale))
        if "vessel" in words:
            parts.append(vessel_measurements(one, scale))
        if "glottis" in words:
            parts.append(glottis_measurements(one, scale, closed_below))
    if "distance" in words:
        parts.append(measure_distances(segments, scale))
        if "distance" in what and len(segments) < 2:
            parts.append(Measurements(warnings=(ALONE,)))
    return together(parts)


def measure_biplane(
    first: tuple[SegmentMasks, Scale, Given | None], second: tuple[SegmentMasks, Scale, Given | None]
) -> Measurements:
    """Volumes and ejection fraction of a left ventricle by discs of two views at right angles.

    Args:
        first, second: the segment in each view, with the scale of its cine and what a person says of apex and mitral
            plane.

    Raises:
        InputError: one of the cines has a pixel size and the other has none, or a view has no ejection fraction.
    """
    views: list[tuple[Ventricle, Scale]] = []
    for segment, scale, given in (first, second):
        found = ventricle_of(segment, scale, given, on_all_frames=False)
        if found is None:
            raise InputError(f"{segment.name} {ON_TOO_FEW}", "Segment both views first.")
        views.append((found, scale))
    return measure_views(views[0], views[1], first[0].name)


def measure_views(first: tuple[Ventricle, Scale], second: tuple[Ventricle, Scale], name: str = "") -> Measurements:
    """As `measure_biplane`, of views that were measured already.

    Args:
        name: of the segment.

    Raises:
        InputError: one of the cines has a pixel size and the other has none.
    """
    scales = first[1], second[1]
    if (scales[0].spacing is None) != (scales[1].spacing is None):
        raise InputError(
            "One of the two views has a pixel size and the other has none, so they cannot be put together.",
            "Say the pixel size of both.",
        )
    ejection, warnings = biplane(first[0], second[0])
    if scales[0].spacing is None:
        warnings = (*warnings, ALIKE)
    return biplane_measurements(name, ejection, warnings, scales[0])


def masks_of(
    cine: Cine,
    labels: np.ndarray,
    names: Mapping[int, str] | None = None,
    segments: Collection[int] | None = None,
) -> list[SegmentMasks]:
    """The segments of labels (T, H, W).

    Raises:
        InputError: a segment that is on no frame, or labels of another size than the cine.
    """
    size = (cine.frame_count, *cine.frame_size)
    if labels.shape != size:
        raise InputError(
            f"The labels are {_size(labels.shape)}, the cine is {_size(size)}.", "Give labels of this cine."
        )
    present = sorted({int(value) for frame in labels for value in np.unique(frame)} - {0})
    if not present:
        raise InputError("The labels have no segment on any frame.", "Segment the cine first.")
    chosen = present if segments is None else sorted(set(segments))
    for value in chosen:
        if value not in present:
            there = ", ".join(map(str, present))
            raise InputError(f"Segment {value} has no pixels on any frame.", f"Those that have some: {there}.")
    known = told_apart({value: entry.name for value, entry in legend_of(present, names).items()})
    return [SegmentMasks.of_labels(known[value], labels, value) for value in chosen]


def words_of(what: Sequence[str]) -> tuple[str, ...]:
    """What is to be measured, "all" spelled out.

    Raises:
        InputError: a word that there is not.
    """
    for word in what:
        if word not in (ALL, *WORDS):
            raise InputError(f"{word!r} is nothing that can be measured.", f"Choose of {', '.join((ALL, *WORDS))}.")
    return tuple(dict.fromkeys(one for word in what for one in (GENERAL if word == ALL else (word,))))


def _size(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))
