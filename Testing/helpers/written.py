"""A cine and labels to write."""

from __future__ import annotations

import math

import numpy as np

from rabengine.cine import Cine

TURN = 0.3


CINE = Cine(
    frames=np.zeros((5, 24, 32), np.uint8),
    spacing=(0.4, 0.6),
    origin=(10.0, -20.0, 33.5),
    direction=(math.cos(TURN), -math.sin(TURN), 0, math.sin(TURN), math.cos(TURN), 0, 0, 0, 1),
    index_name="time",
    index_unit="s",
    index_values=tuple(frame * 0.033333 for frame in range(5)),
    source="cine.dcm",
    slice_spacing=2.5,
    warnings=("from the cine",),
)


def labels() -> np.ndarray:
    drawn = np.zeros((5, 24, 32), np.uint8)
    for frame in range(5):
        drawn[frame, 3 : 10 + frame, 5:20] = 1
    drawn[1:, 20, 30] = 255
    return drawn
