"""The beats of a segment's area: how long, how fast, and by what share the area changes."""

from __future__ import annotations

from collections.abc import Collection

from .beats import Beats, find_beats
from .concepts import AREA_ED, AREA_ES, BEAT, CHANGE, RATE
from .ejection import ONE_BEAT, ends_of_beats
from .measured import Measured
from .measurements import Measurements, mean_and_spread, measured
from .scale import Scale
from .segment_masks import SegmentMasks

PER_MINUTE, PERCENT = "/min", "%"
_SECONDS = 60.0


def measure_change(segment: SegmentMasks, scale: Scale, words: Collection[str] = ("change", "beats")) -> Measurements:
    """Beats of the area, and by what share it changes: FAC = (EDA - ESA) / EDA.

    Source of the fractional area change: Lang RM, et al. J Am Soc Echocardiogr 2015; 28: 1-39.

    Args:
        words: "change" for the areas at the ends of beats, "beats" for their durations and rates.
    """
    times = scale.moments(segment.frame_count)
    found = find_beats(segment.pixels, times)
    ends = ends_of_beats(segment.pixels, times, found)
    beats: list[Measured] = []
    summary: list[Measured] = []
    warnings: list[str] = [] if found.beats else [f"{segment.name}: {found.note}"]
    if "beats" in words:
        rows, means = measure_durations(segment.name, found, scale, (BEAT, RATE))
        beats += rows
        summary += means
    if "change" in words and ends:
        changes = []
        for ed, es in ends:
            areas = [float(segment.pixels[frame]) * scale.pixel_area for frame in (ed, es)]
            changes.append(100.0 * (areas[0] - areas[1]) / areas[0])
            values = ((AREA_ED, areas[0], scale.area_unit, ed), (AREA_ES, areas[1], scale.area_unit, es))
            beats += [measured(name, segment.name, value, unit, frame) for name, value, unit, frame in values]
            beats.append(measured(CHANGE, segment.name, changes[-1], PERCENT, ed))
        summary += mean_and_spread(CHANGE, segment.name, changes, PERCENT)
        if not found.beats:
            warnings.append(f"{segment.name}: {ONE_BEAT}")
    pairs = {segment.name: ends} if found.beats else {}
    return Measurements((), tuple(beats), tuple(summary), pairs, tuple(warnings))


def measure_durations(
    name: str, found: Beats, scale: Scale, words: tuple[str, str]
) -> tuple[list[Measured], list[Measured]]:
    """Duration and rate of each whole beat, and their means and spreads.

    Args:
        words: what duration and rate are called.
    """
    rows: list[Measured] = []
    durations: list[float] = []
    rates: list[float] = []
    for beat in found.beats:
        if beat.duration is None:
            continue
        durations.append(beat.duration)
        rows.append(measured(words[0], name, beat.duration, scale.time_unit, beat.ed))
        if scale.times is not None:
            rates.append(_SECONDS / beat.duration)
            rows.append(measured(words[1], name, rates[-1], PER_MINUTE, beat.ed))
    means = mean_and_spread(words[0], name, durations, scale.time_unit)
    return rows, [*means, *mean_and_spread(words[1], name, rates, PER_MINUTE)]
