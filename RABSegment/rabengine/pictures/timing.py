"""How fast a cine is shown."""

from __future__ import annotations

import numpy as np

from rabengine.cine import Cine
from rabengine.io.table import frame_times

FRAMES_PER_SECOND_WITHOUT_TIME = 20.0
SLOWEST, FASTEST = 1.0, 100.0


def frames_per_second(cine: Cine) -> float:
    """Pace from the median step between frames, within what players show; 20 when the cine has no time."""
    times = frame_times(cine)
    if times is None or len(times) < 2:
        return FRAMES_PER_SECOND_WITHOUT_TIME
    step = float(np.median(np.diff(np.asarray(times, dtype=np.float64))))
    if not np.isfinite(step) or step <= 0:
        return FRAMES_PER_SECOND_WITHOUT_TIME
    return min(max(1.0 / step, SLOWEST), FASTEST)
