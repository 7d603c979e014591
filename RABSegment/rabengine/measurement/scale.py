"""How pixels and frames become mm and seconds, and what is said where they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rabengine.cine import Cine
from rabengine.io.table import frame_times

NO_SPACING = "The cine has no pixel size: lengths are in pixels, areas in square pixels, and there are no volumes."
NO_TIMES = "The cine has no times: times are in frames, and there are no rates per minute."


@dataclass(frozen=True)
class Scale:
    """Of one cine.

    Attributes:
        spacing: (from row to row, from column to column) in mm, as DICOM's Pixel Spacing; None where it is not known.
            Pixels then count as squares with sides of 1.
        times: seconds of each frame, None where they are not known.
    """

    spacing: tuple[float, float] | None = None
    times: tuple[float, ...] | None = None

    @classmethod
    def of(cls, cine: Cine) -> Scale:
        """The scale that the files of a cine say."""
        spacing = None if cine.spacing is None else (cine.spacing[1], cine.spacing[0])
        return cls(spacing, frame_times(cine))

    @property
    def pixel(self) -> np.ndarray:
        """(x, y) size of a pixel in `length_unit`."""
        rows, columns = self.spacing or (1.0, 1.0)
        return np.array([columns, rows])

    @property
    def pixel_area(self) -> float:
        """Of one pixel, in `area_unit`."""
        return float(self.pixel.prod())

    @property
    def length_unit(self) -> str:
        """As UCUM writes it."""
        return "{pixels}" if self.spacing is None else "mm"

    @property
    def area_unit(self) -> str:
        """As UCUM writes it; an area in pixels is how many there are."""
        return "{pixels}" if self.spacing is None else "mm2"

    @property
    def time_unit(self) -> str:
        """As UCUM writes it."""
        return "{frames}" if self.times is None else "s"

    def moments(self, frame_count: int) -> np.ndarray:
        """(T,) when each frame was taken, in `time_unit`."""
        return np.asarray(range(frame_count) if self.times is None else self.times, np.float64)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know of the units."""
        return (*((NO_SPACING,) if self.spacing is None else ()), *((NO_TIMES,) if self.times is None else ()))
