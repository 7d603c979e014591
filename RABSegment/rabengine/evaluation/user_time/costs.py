"""What a user's work costs, in seconds, as the study assumes; the pace of painting was measured at a screen."""

from __future__ import annotations

import numpy as np

from rabengine.measurement.outline import length_of, outlines

CLICK_SECONDS = 2.0
CHECK_SECONDS = 3.0  # to look at one frame
OUTLINE_PIXELS_A_SECOND = 40.0  # of the screen
SCREEN_SIDE = 800.0  # pixels of the screen that a frame's longer side takes


def painting_seconds(labels: np.ndarray) -> float:
    """Seconds to paint all segments of a frame, each along its whole outline.

    Args:
        labels: (H, W), 0 background.
    """
    zoom = np.full(2, SCREEN_SIDE / max(labels.shape))
    values = [value for value in np.unique(labels).tolist() if value]
    length = sum(length_of(line, zoom) for value in values for line in outlines(labels == value))
    return length / OUTLINE_PIXELS_A_SECOND
