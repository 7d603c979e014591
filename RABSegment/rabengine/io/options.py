"""What a user says about a cine that its files do not say, or say wrongly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rabengine.cine import Cine
from rabengine.errors import InputError


@dataclass(frozen=True)
class ReadOptions:
    """How to read a cine.

    Attributes:
        series: which one to take where a file or folder holds several (DICOM series, slice positions, channels); the
            error that refuses such a file lists them by these names. None when there is nothing to choose.
        spacing: size of a pixel in mm, rows first as in DICOM: (from row to row, from column to column).
        frame_time: seconds from one frame to the next.
        are_labels: places in a palette are what is wanted, not its colours, for they are the numbers of segments.

    Raises:
        InputError: a size or a time is not a positive number.
    """

    series: str | None = None
    spacing: tuple[float, float] | None = None
    frame_time: float | None = None
    are_labels: bool = False

    def __post_init__(self) -> None:
        if self.spacing is not None and not (len(self.spacing) == 2 and all(map(_is_positive, self.spacing))):
            raise InputError("The pixel size that was given is not two positive numbers.", "Give it in mm, rows first.")
        if self.frame_time is not None and not _is_positive(self.frame_time):
            raise InputError("The time from frame to frame that was given is not positive.", "Give it in seconds.")


# In what readers say of a size, and of times, that are in doubt.
_ON_SIZE = ("areas in mm2", "until a spacing is given")
_ON_TIMES = ("durations and rates", "until a frame time is given")
DEFAULT_OPTIONS = ReadOptions()


def with_options(cine: Cine, options: ReadOptions) -> Cine:
    """The cine with the pixel size and times that the user gave; what he gave is not in doubt."""
    if options.spacing is not None:
        rows, columns = options.spacing
        others = without_doubts_of_size(cine.warnings)
        cine = replace(cine, spacing=(float(columns), float(rows)), warnings=others)
    if options.frame_time is not None:
        times = tuple(frame * float(options.frame_time) for frame in range(cine.frame_count))
        others = without_doubts_of_times(cine.warnings)
        cine = replace(cine, index_name="time", index_unit="s", index_values=times, warnings=others)
    return cine


def without_doubts_of_size(warnings: Sequence[str]) -> tuple[str, ...]:
    """What readers say of a cine whose pixel size the user gave."""
    return tuple(one for one in warnings if not any(words in one for words in _ON_SIZE))


def without_doubts_of_times(warnings: Sequence[str]) -> tuple[str, ...]:
    """What readers say of a cine whose times the user gave."""
    return tuple(one for one in warnings if not any(words in one for words in _ON_TIMES))


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
