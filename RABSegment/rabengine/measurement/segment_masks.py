"""One segment through a cine, as every measurement takes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class SegmentMasks:
    """The masks of a segment.

    Attributes:
        name: of the segment.
        frame_count: T.
        mask_of: gives the (H, W) bool mask of a frame, from 0; empty or None where the segment is not. A frame that
            nobody looked at and one without the segment are alike to measurements: neither has any.
    """

    name: str
    frame_count: int
    mask_of: Callable[[int], np.ndarray | None]

    @classmethod
    def of_labels(cls, name: str, labels: np.ndarray, value: int) -> SegmentMasks:
        """The segment with a value in labels (T, H, W)."""
        return cls(name, len(labels), lambda frame: labels[frame] == value)

    @cached_property
    def pixels(self) -> np.ndarray:
        """(T,) how many pixels it has, NaN where it has none."""
        masks = (self.mask_of(frame) for frame in range(self.frame_count))
        counts = np.array([0 if mask is None else np.count_nonzero(mask) for mask in masks], np.float64)
        return np.where(counts > 0, counts, np.nan)

    @property
    def frames(self) -> list[int]:
        """Those that show it."""
        return [int(frame) for frame in np.flatnonzero(np.isfinite(self.pixels))]

    def mask(self, frame: int) -> np.ndarray:
        """The mask of one of `frames`."""
        found = self.mask_of(frame)
        if found is None:
            raise KeyError(frame)
        return np.asarray(found, bool)
