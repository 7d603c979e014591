"""What was measured, by frame, by beat and of the whole cine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .concepts import CODES
from .measured import Measured

MEAN, SPREAD = "mean", "standard deviation"


@dataclass(frozen=True)
class Measurements:
    """What was measured.

    Attributes:
        by_frame: a value on one frame each.
        by_beat: a value of one beat, contraction or cycle each; `frame` is the one on which that begins.
        summary: values of the whole cine: volumes, means over the beats, standard deviations.
        beats: {segment: ((largest, smallest) of each beat, frames)}.
        warnings: sentences to be read beside them, each once.
    """

    by_frame: tuple[Measured, ...] = ()
    by_beat: tuple[Measured, ...] = ()
    summary: tuple[Measured, ...] = ()
    beats: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def measured(self) -> tuple[Measured, ...]:
        """All of them."""
        return (*self.by_frame, *self.by_beat, *self.summary)

    def value(self, name: str, segment: str | None = None) -> float | None:
        """Of the first in `summary` with a name, None where there is none."""
        fitting = (one.value for one in self.summary if one.name == name and segment in (None, one.segment))
        return next(fitting, None)

    def curve(self, name: str, segment: str, frame_count: int) -> np.ndarray:
        """(T,) of `by_frame`, NaN on frames without a value."""
        values = np.full(frame_count, np.nan)
        for one in self.by_frame:
            if one.name == name and one.segment == segment and one.frame is not None:
                values[one.frame] = one.value
        return values


def together(parts: Iterable[Measurements]) -> Measurements:
    """All of some measurements in one."""
    known = list(parts)
    beats = {name: pairs for part in known for name, pairs in part.beats.items()}
    return Measurements(
        tuple(one for part in known for one in part.by_frame),
        tuple(one for part in known for one in part.by_beat),
        tuple(one for part in known for one in part.summary),
        beats,
        tuple(dict.fromkeys(text for part in known for text in part.warnings)),
    )


def measured(name: str, segment: str, value: float, unit: str, frame: int | None = None) -> Measured:
    """A measurement with the code of its name, where that has one."""
    return Measured(name, segment, float(value), unit, frame, CODES.get(name))


def mean_and_spread(name: str, segment: str, values: Sequence[float], unit: str) -> list[Measured]:
    """The mean over beats and, of two or more, the standard deviation of the sample."""
    if not values:
        return []
    found = [measured(f"{name}, {MEAN}", segment, float(np.mean(values)), unit)]
    if len(values) > 1:
        found.append(measured(f"{name}, {SPREAD}", segment, float(np.std(values, ddof=1)), unit))
    return found
