"""What a segment measures that is a left ventricle, a vessel or the glottis."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from .beats import find_beats
from .concepts import (
    CONTRACTION,
    CONTRACTION_RATE,
    CONTRACTION_TIME,
    CYCLE,
    DISC_VOLUME,
    EDV,
    EF,
    ESV,
    FREQUENCY,
    GLOTTIS,
    LONG_AXIS,
    NARROWEST,
    OPEN,
    PEAK_STRAIN,
    STRAIN,
    VESSEL,
    VESSEL_LENGTH,
    VOLUME,
    WIDEST,
)
from .cycles import PERCENT, measure_durations
from .ejection import AREA_LENGTH, BIPLANE, DISCS, Ejection, Ventricle, ends_of_beats, measure_ventricle
from .glottis import glottal_wave
from .landmarks import GivenLandmarks
from .measured import Measured
from .measurements import Measurements, mean_and_spread, measured
from .scale import Scale
from .segment_masks import SegmentMasks
from .ventricle import area_length_volume, disc_volume
from .vessel import Vessel, contraction_amplitude, measure_vessel

MM3_PER_ML = 1000.0
ON_TOO_FEW = "is on fewer than two frames: no ejection fraction."
_CROSS = "is hardly longer than wide on most frames: its diameter is that of the circle of its area."


def ventricle_of(
    segment: SegmentMasks, scale: Scale, given: Mapping[int, GivenLandmarks] | None = None, on_all_frames: bool = True
) -> Ventricle | None:
    """The left ventricle that a segment is; None when it is on fewer than two frames."""
    times = scale.moments(segment.frame_count)
    return measure_ventricle(segment.mask, segment.pixels, times, scale.pixel, given, on_all_frames)


def ventricle_measurements(name: str, found: Ventricle, scale: Scale) -> Measurements:
    """Volumes, ejection fractions and strain of a left ventricle.

    Volumes are in mL, and there are none without a pixel size.

    Args:
        name: of the segment.
    """
    rows: list[Measured] = []
    for frame, view in sorted(found.views.items()):
        rows.append(measured(LONG_AXIS, name, view.length, scale.length_unit, frame))
        if scale.spacing is not None:
            volumes = area_length_volume(view.area, view.length), disc_volume(view)
            rows += [
                measured(word, name, volume / MM3_PER_ML, "mL", frame)
                for word, volume in zip((VOLUME, DISC_VOLUME), volumes, strict=True)
            ]
        rows.append(measured(STRAIN, name, found.strain(frame), PERCENT, frame))
    by_beat: list[Measured] = []
    summary: list[Measured] = []
    for method, one in ((AREA_LENGTH, found.area_length), (DISCS, found.discs)):
        summary += ejection_measurements(name, one, method, scale)
        if len(one.by_beat) > 1:
            by_beat += [
                measured(f"{EF} ({method})", name, value, PERCENT, pair[0])
                for pair, value in zip(found.ends, one.by_beat, strict=True)
            ]
            summary += mean_and_spread(f"{EF} ({method})", name, one.by_beat, PERCENT)
    summary.append(measured(f"{STRAIN} at end-systole", name, found.strain(found.es), PERCENT))
    summary.append(measured(PEAK_STRAIN, name, found.peak_strain, PERCENT))
    warnings = tuple(f"{name}: {text}" for text in found.warnings)
    return Measurements(tuple(rows), tuple(by_beat), tuple(summary), warnings=warnings)


def ejection_measurements(name: str, found: Ejection, method: str, scale: Scale) -> list[Measured]:
    """End-diastolic and end-systolic volume, where there is a pixel size, and ejection fraction."""
    values = []
    if scale.spacing is not None:
        values = [
            measured(f"{word} ({method})", name, volume / MM3_PER_ML, "mL")
            for word, volume in ((EDV, found.ed_volume), (ESV, found.es_volume))
        ]
    return [*values, measured(f"{EF} ({method})", name, found.percent, PERCENT)]


def biplane_measurements(name: str, found: Ejection, warnings: tuple[str, ...], scale: Scale) -> Measurements:
    """Volumes and ejection fraction of two views."""
    summary = tuple(ejection_measurements(name, found, BIPLANE, scale))
    return Measurements(summary=summary, warnings=tuple(f"{name}: {text}" if name else text for text in warnings))


def vessel_measurements(segment: SegmentMasks, scale: Scale) -> Measurements:
    """Diameter of a vessel on every frame that shows it, and the amplitude of each contraction.

    Contractions are the beats of the diameter: from the widest to the narrowest.
    """
    name, unit = segment.name, scale.length_unit
    found = _vessels(segment, scale)
    diameters = np.full(segment.frame_count, np.nan)
    rows: list[Measured] = []
    for frame, one in found.items():
        diameters[frame] = one.diameter
        values = ((VESSEL, one.diameter), (NARROWEST, one.narrowest), (WIDEST, one.widest))
        rows += [measured(word, name, value, unit, frame) for word, value in values]
        if not one.is_cross_section:
            rows.append(measured(VESSEL_LENGTH, name, one.length, unit, frame))
    warnings = [f"{name} {_CROSS}"] if any(one.is_cross_section for one in found.values()) else []
    times = scale.moments(segment.frame_count)
    beats = find_beats(diameters, times)
    ends = ends_of_beats(diameters, times, beats)
    by_beat, summary = measure_durations(name, beats, scale, (CONTRACTION_TIME, CONTRACTION_RATE))
    amplitudes = [contraction_amplitude(float(diameters[wide]), float(diameters[narrow])) for wide, narrow in ends]
    by_beat += [
        measured(CONTRACTION, name, value, PERCENT, pair[0]) for pair, value in zip(ends, amplitudes, strict=True)
    ]
    summary = [
        *mean_and_spread(VESSEL, name, diameters[segment.frames].tolist(), unit),
        *summary,
        *mean_and_spread(CONTRACTION, name, amplitudes, PERCENT),
    ]
    if not beats.beats:
        warnings.append(f"{name}: {beats.note} The amplitude is that of the whole cine.")
    pairs = {name: ends} if beats.beats else {}
    return Measurements(tuple(rows), tuple(by_beat), tuple(summary), pairs, tuple(warnings))


def _vessels(segment: SegmentMasks, scale: Scale) -> dict[int, Vessel]:
    """{frame: the vessel}, on all frames a tube or on all a cross-section, as on most: a contraction is no change from
    one way of measuring to the other."""
    found = {frame: measure_vessel(segment.mask(frame), scale.pixel) for frame in segment.frames}
    is_cross = 2 * sum(one.is_cross_section for one in found.values()) >= len(found)
    for frame, one in found.items():
        if one.is_cross_section != is_cross:
            found[frame] = measure_vessel(segment.mask(frame), scale.pixel, is_cross)
    return found


def glottis_measurements(segment: SegmentMasks, scale: Scale, closed_below: float = 0.0) -> Measurements:
    """The glottal area waveform, and duration, frequency and open quotient of each cycle."""
    name = segment.name
    wave = glottal_wave(segment.pixels * scale.pixel_area, scale.moments(segment.frame_count), closed_below)
    rows = [measured(GLOTTIS, name, area, scale.area_unit, frame) for frame, area in enumerate(wave.areas)]
    by_beat: list[Measured] = []
    rates: list[float] = []
    for one in wave.cycles:
        start = math.ceil(one.opening)  # the first frame on which it is open
        by_beat.append(measured(CYCLE, name, one.duration, scale.time_unit, start))
        if scale.times is not None:
            rates.append(1.0 / one.duration)
            by_beat.append(measured(FREQUENCY, name, rates[-1], "Hz", start))
        by_beat.append(measured(OPEN, name, one.open_quotient, PERCENT, start))
    summary = [
        *mean_and_spread(CYCLE, name, [one.duration for one in wave.cycles], scale.time_unit),
        *mean_and_spread(FREQUENCY, name, rates, "Hz"),
        *mean_and_spread(OPEN, name, [one.open_quotient for one in wave.cycles], PERCENT),
    ]
    return Measurements(
        tuple(rows), tuple(by_beat), tuple(summary), warnings=tuple(f"{name}: {text}" for text in wave.warnings)
    )
