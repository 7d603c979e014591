"""The glottal area waveform: how long the glottis is open in each cycle of vibration.

Sources: Timcke R, von Leden H, Moore P. Laryngeal vibrations: measurements of the glottic wave. AMA Archives of
Otolaryngology 1958; 68: 1-19 (open quotient).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .beats import find_beats

NEVER_CLOSED = (
    "The glottis does not close fully on any frame, so its open quotient is 100 %; a share of the largest area below "
    "which it counts as closed may be given."
)
SOME_OPEN = (
    "The glottis does not close between some cycles, which are left out; a share of the largest area below which it "
    "counts as closed may be given."
)
TOO_SLOW = (
    "There are fewer than 8 frames in a cycle: the open quotient is coarse, and if the film is slower than the "
    "vibration (no high-speed or stroboscopic recording) its cycles are not those of the voice."
)
_FEW = 8


@dataclass(frozen=True)
class GlottalCycle:
    """From one opening to the next, in frames that may lie between two.

    Attributes:
        opening, closing, end: when it opens, closes and opens again.
        duration: in the unit of the times.
        open_quotient: in percent, the open time over the duration.
    """

    opening: float
    closing: float
    end: float
    duration: float
    open_quotient: float


@dataclass(frozen=True)
class GlottalWave:
    """Of one cine.

    Attributes:
        areas: (T,), 0 on frames without the segment.
        cycles: whole ones.
        warnings: what to know of them.
    """

    areas: np.ndarray
    cycles: tuple[GlottalCycle, ...]
    warnings: tuple[str, ...] = ()

    @property
    def open_quotient(self) -> float | None:
        """Mean over the cycles in percent, None where there is none."""
        return float(np.mean([one.open_quotient for one in self.cycles])) if self.cycles else None


def glottal_wave(areas: np.ndarray, times: np.ndarray, closed_below: float = 0.0) -> GlottalWave:
    """The cycles of a glottal area waveform.

    Each cycle has one largest area (found as beats are, `beats.find_beats`). The glottis opens and closes half-way
    between the last frame on one side of the threshold and the first on the other. Where it does not close between two
    largest areas, nothing tells their cycles apart, and neither counts.

    Args:
        areas: (T,), NaN where the segment is not: closed.
        times: (T,) of the frames.
        closed_below: share of the largest area; it is closed where its area is not above that.
    """
    waves = np.nan_to_num(np.asarray(areas, np.float64))
    found = find_beats(waves, times)
    if not found.beats:
        return GlottalWave(waves, (), (found.note,))
    is_open = waves > closed_below * float(waves.max())
    places = np.arange(len(waves))
    if is_open.all():
        cycles = tuple(
            GlottalCycle(one.ed, one.end, one.end, one.duration or float(times[one.end] - times[one.ed]), 100.0)
            for one in found.beats
            if one.end is not None
        )
        return GlottalWave(waves, cycles, (NEVER_CLOSED, *_slow(cycles)))
    tops = [one.ed for one in found.beats]
    tops += [] if found.beats[-1].end is None else [found.beats[-1].end]
    shut = places[~is_open]
    between = [shut[(shut > one) & (shut < other)] for one, other in zip([-1, *tops], [*tops, len(waves)], strict=True)]
    cycles = tuple(
        _cycle(float(before[-1]) + 0.5, float(middle[0]) - 0.5, float(middle[-1]) + 0.5, times)
        for before, middle in pairwise(between[:-1])
        if len(before) and len(middle)
    )
    some_open = (SOME_OPEN,) if any(not len(one) for one in between[1:-1]) else ()
    return GlottalWave(waves, cycles, (*some_open, *_slow(cycles)))


def _cycle(opening: float, closing: float, end: float, times: np.ndarray) -> GlottalCycle:
    start, middle, last = np.interp([opening, closing, end], np.arange(len(times)), times)
    return GlottalCycle(
        opening, closing, end, float(last - start), 100.0 * float((middle - start) / max(last - start, 1e-12))
    )


def _slow(cycles: tuple[GlottalCycle, ...]) -> tuple[str, ...]:
    return (TOO_SLOW,) if cycles and np.mean([one.end - one.opening for one in cycles]) < _FEW else ()
