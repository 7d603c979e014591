"""The beats of a cine, found from a curve over time such as the area of a segment."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

PROMINENCE = 0.35  # of the range of the curve: a rise or fall less than this is no half of a beat
_RANGE = (2.0, 98.0)  # percentiles that are taken for the range
_NOISE = 6.0  # a beat is this many times larger than what the frames scatter about the smooth curve
_WIDTH = 0.06  # of a beat: standard deviation of the Gaussian that the curve is smoothed with
_ALIKE = 0.6  # so much two beats are alike (1: wholly) where fewer than a frame is smoothed over, for fast beats
_SEARCH = 0.08  # of a beat: how far the frame of the extreme itself may be from that of the smooth curve
_END = 0.85  # of the usual height: an extreme at an end of the cine less high is that of a beat that is cut off

_TOO_FEW_KNOWN = "It is on too few frames of a beat, so there are no beats."
_NO_FALL = "No fall from a largest to a smallest value is whole in it, so there is no beat."


@dataclass(frozen=True)
class Beat:
    """From one largest value to the next.

    Attributes:
        ed: frame of the largest value (of an area: end-diastole).
        es: frame of the smallest value after it (end-systole).
        end: frame of the largest value after that, None where the cine ends before.
        duration: from its fall to that of the next beat, in the unit of the times; None where there is no next one.
    """

    ed: int
    es: int
    end: int | None = None
    duration: float | None = None


@dataclass(frozen=True)
class Beats:
    """All beats of a curve.

    Attributes:
        beats: in the order of time; a last one that the cine cuts off after `es` has no `end`.
        durations: of the beats: times between the points where the curve falls through its middle, which is where it
            is steepest and noise moves it least; the first belongs to the first two beats.
        note: why there are no beats, or empty.
    """

    beats: tuple[Beat, ...] = ()
    durations: tuple[float, ...] = ()
    note: str = ""

    @property
    def period(self) -> float | None:
        """The mean duration, None for fewer than two beats."""
        return float(np.mean(self.durations)) if self.durations else None


def find_beats(values: np.ndarray, times: np.ndarray) -> Beats:
    """The beats of a curve.

    The curve is smoothed by a Gaussian that is narrow against a beat (whose length is told from the autocorrelation),
    and largest and smallest values are taken in turn, each the extreme between a rise and a fall of more than 0.35 of
    the curve's range; so noise and the small waves of a beat (diastasis, atrial contraction) make no beats. The
    frames of the extremes are those of the curve itself near them. A beat that the first or the last frame cuts off
    does not count.

    Source of the extremes in turn: Billauer E, peakdet, 2012; of the autocorrelation: Rabiner LR. On the use of
    autocorrelation analysis for pitch detection. IEEE Trans ASSP 1977; 25: 24-33.

    Args:
        values: (T,), NaN where it is not known.
        times: (T,) ascending, of the frames.
    """
    known = np.isfinite(values)
    if known.sum() < 3:
        return Beats(note="It is on fewer than three frames, so there are no beats.")
    first, last = np.flatnonzero(known)[[0, -1]]
    frames = np.arange(first, last + 1)
    curve = np.interp(times[frames], times[known], values[known])
    smooth, width = _smoothed_for_beats(curve)
    span = float(np.ptp(np.percentile(smooth, _RANGE)))
    scatter = float(np.std(curve - smooth))
    if span <= 0 or span < _NOISE * scatter / np.sqrt(max(width, 1.0)) or span < 0.02 * float(np.abs(smooth).max()):
        return Beats(note="It does not rise and fall by more than its noise, so there are no beats.")
    smooth, width, turns = _again(curve, smooth, width, _extremes(smooth, PROMINENCE * span))
    reach = max(1, round(_SEARCH * width / _WIDTH)) if width > 0 else 1
    little = gaussian(curve, min(1.0, reach / 2)) if len(curve) > 8 else curve
    sharp = [_sharpened(little, place, is_top, reach) for is_top, place in turns]
    whole = _whole_extremes(turns, little[sharp], len(curve))
    turns, sharp = turns[whole], sharp[whole]
    if not any(is_top for is_top, _place in turns) or len(turns) < 2:
        return Beats(note=_NO_FALL)
    durations = _durations(smooth, times[frames], turns)
    places = [(is_top, int(first) + place) for (is_top, _smooth), place in zip(turns, sharp, strict=True)]
    places = [(is_top, _nearest(place, np.flatnonzero(known))) for is_top, place in places]
    if any(one[1] >= other[1] for one, other in pairwise(places)):
        return Beats(note=_TOO_FEW_KNOWN)
    beats = tuple(_beats(places, durations))
    return Beats(beats, tuple(durations), "" if beats else _NO_FALL)


def _smoothed_for_beats(curve: np.ndarray) -> tuple[np.ndarray, float]:
    """The curve without its noise, and the standard deviation in frames that it was smoothed with."""
    period, likeness = _period(curve)
    width = min(_WIDTH * period, len(curve) / 8)
    width = width if likeness >= _ALIKE else max(1.0, width)
    return gaussian(curve, width), width


def _again(
    curve: np.ndarray, smooth: np.ndarray, width: float, turns: list[tuple[bool, int]]
) -> tuple[np.ndarray, float, list[tuple[bool, int]]]:
    """Smooth curve, its width and its extremes, anew where beats are shorter than they seemed: uneven ones are alike
    only every other time."""
    if len(turns) < 3:
        return smooth, width, turns
    half = float(np.median(np.diff([place for _is_top, place in turns])))
    narrow = max(min(width, 1.0), 2 * half * _WIDTH)
    if narrow >= width:
        return smooth, width, turns
    finer = gaussian(curve, narrow)
    return finer, narrow, _extremes(finer, PROMINENCE * float(np.ptp(np.percentile(finer, _RANGE))))


def _period(curve: np.ndarray) -> tuple[float, float]:
    """Frames from beat to beat, and how alike beats are: place and height of the first large peak of the
    autocorrelation; zeros where it has none."""
    line = np.polyval(np.polyfit(np.arange(len(curve)), curve, 1), np.arange(len(curve)))
    rest = curve - line
    size = 2 * len(rest)
    power = np.abs(np.fft.rfft(rest, size)) ** 2
    likeness = np.fft.irfft(power, size)[: len(rest)] / np.arange(len(rest), 0, -1)
    if likeness[0] <= 0:
        return 0.0, 0.0
    likeness = likeness[: max(3, 3 * len(rest) // 4)] / likeness[0]
    below = np.flatnonzero(likeness < 0)
    if not len(below):
        return 0.0, 0.0
    after = likeness[below[0] :]
    peaks = np.flatnonzero((after[1:-1] >= after[:-2]) & (after[1:-1] > after[2:])) + 1
    if not len(peaks) or after[peaks].max() < 0.3:
        return 0.0, 0.0
    peak = int(peaks[after[peaks] >= 0.8 * after[peaks].max()][0])
    return float(below[0] + peak), float(after[peak])


def gaussian(curve: np.ndarray, width: float) -> np.ndarray:
    """(T,) smoothed with a standard deviation in frames; beyond the ends the curve goes on turned round its end
    point, so that a slope stays one."""
    if width <= 0:
        return curve
    reach = min(len(curve) - 1, int(np.ceil(3 * width)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    before = 2 * curve[0] - curve[reach:0:-1]
    after = 2 * curve[-1] - curve[-2 : -reach - 2 : -1]
    return np.convolve(np.concatenate([before, curve, after]), weights / weights.sum(), "valid")


def _extremes(curve: np.ndarray, least: float) -> list[tuple[bool, int]]:
    """(whether it is a largest value, place) in turn, the ends of the curve included."""
    found: list[tuple[bool, int]] = []
    top = bottom = 0
    rising: bool | None = None
    for place, value in enumerate(curve):
        top = place if value > curve[top] else top
        bottom = place if value < curve[bottom] else bottom
        if rising is not False and value < curve[top] - least:
            found.append((True, top))
            rising, bottom = False, place
        elif rising is not True and value > curve[bottom] + least:
            found.append((False, bottom))
            rising, top = True, place
    if rising is not None:
        found.append((True, top) if rising else (False, bottom))
    return found


def _whole_extremes(turns: list[tuple[bool, int]], heights: np.ndarray, count: int) -> slice:
    """Which extremes are no ends of a beat that is cut off: not a first or last one less high or low than the others.

    Nor one fall alone that goes on to the last frame: nothing says that it would not have gone further.

    Args:
        heights: of the extremes, on a curve that is smoothed so little that those between the ends are not flattened.
        count: frames of the curve.
    """
    if len(turns) < 3:
        return slice(0, 0) if turns and turns[-1] == (False, count - 1) else slice(None)

    def is_whole(place: int) -> bool:
        is_top = turns[place][0]
        alike = [heights[number] for number, (top, _at) in enumerate(turns) if top == is_top and number != place]
        others = [heights[number] for number, (top, _at) in enumerate(turns) if top != is_top]
        if not alike:
            return True
        usual, opposite = float(np.median(alike)), float(np.median(others))
        return bool((heights[place] - opposite) / (usual - opposite) >= _END)

    return slice(0 if is_whole(0) else 1, len(turns) if is_whole(len(turns) - 1) else len(turns) - 1)


def _durations(curve: np.ndarray, times: np.ndarray, turns: list[tuple[bool, int]]) -> list[float]:
    """From each fall through the middle to the next."""
    crossings = []
    for (is_top, top), (_other, bottom) in pairwise(turns):
        if is_top:
            middle = (curve[top] + curve[bottom]) / 2
            place = top + int(np.flatnonzero(curve[top : bottom + 1] >= middle)[-1])
            share = (curve[place] - middle) / (curve[place] - curve[place + 1])
            crossings.append(times[place] + share * (times[place + 1] - times[place]))
    return [float(step) for step in np.diff(crossings)]


def _sharpened(little: np.ndarray, place: int, is_top: bool, reach: int) -> int:
    """The extreme of the little smoothed curve near a place of the smooth one."""
    begin = max(0, place - reach)
    part = little[begin : place + reach + 1]
    return begin + int(part.argmax() if is_top else part.argmin())


def _nearest(place: int, known: np.ndarray) -> int:
    """The frame with a value that is nearest; an extreme may lie between two."""
    return int(known[np.abs(known - place).argmin()])


def _beats(places: list[tuple[bool, int]], durations: list[float]) -> list[Beat]:
    beats: list[Beat] = []
    for number, (is_top, place) in enumerate(places[:-1]):
        if not is_top:
            continue
        end = places[number + 2][1] if number + 2 < len(places) else None
        duration = durations[len(beats)] if len(beats) < len(durations) else None
        beats.append(Beat(place, places[number + 1][1], end, duration))
    return beats
