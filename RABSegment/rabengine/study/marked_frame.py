"""A marked frame of one cine that serves another one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MarkedFrame:
    """A marked frame of another cine.

    Attributes:
        picture: (h, w) or (h, w, 3) uint8, seen through the grey window of its cine.
        labels: (h, w) uint8, 0 background, 1..255 segments.
    """

    picture: np.ndarray
    labels: np.ndarray
