"""The result of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

MARKED = "marked"
PREDICTED = "predicted"
EMPTY = "empty"


@dataclass(frozen=True)
class Segmentation:
    """Labels of every frame of a cine.

    Attributes:
        labels: (T, H, W) uint8; 0 is background. Marked frames are exactly as they were given.
        confidence: (T, len(segments)) float32 in [0, 1]; 1 on marked frames.
        segments: label value of each column of `confidence`, ascending.
        marked_frames: the frames that carried marks, ascending.
        preset: the preset that made it.
        device: the device that made it, such as "cpu" or "cuda:0".
        seed: the seed that made it.
        seconds: wall time by phase.
        warnings: sentences the user should read (such as a fall-back to the CPU).
        next_frame: the unmarked frame whose marking would help most, None if all are marked.
    """

    labels: np.ndarray
    confidence: np.ndarray
    segments: tuple[int, ...]
    marked_frames: tuple[int, ...]
    preset: str
    device: str
    seed: int
    seconds: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    next_frame: int | None = None

    def status(self, frame: int, segment: int) -> str:
        """ "marked", "predicted" or "empty" (predicted, and the segment is not on this frame)."""
        if frame in self.marked_frames:
            return MARKED
        return PREDICTED if bool((self.labels[frame] == segment).any()) else EMPTY
