"""How fast a cine is shown."""

from __future__ import annotations

import numpy as np

from rabengine.cine import Cine
from rabengine.io.table import frame_times

FRAMES_PER_SECOND_WITHOUT_TIME = 20.0
SLOWEST, FASTEST = 1.0, 100.0
UNEVEN = 0.1  # of a step: clocks of recorders count whole milliseconds


def uneven_seconds(cine: Cine) -> list[float] | None:
    """How long each frame is shown where the steps between frames differ, as in videos of variable rate.

    Returns:
        Seconds within what players show, for each frame; None when the steps are alike, or there are no times.
    """
    times = frame_times(cine)
    if times is None or len(times) < 3:
        return None
    steps = np.diff(np.asarray(times, dtype=np.float64))
    usual = 1.0 / frames_per_second(cine)
    if not np.all(np.isfinite(steps)) or steps.min() <= 0 or np.abs(steps - usual).max() <= UNEVEN * usual:
        return None
    shown = np.clip(steps, 1.0 / FASTEST, 1.0 / SLOWEST)
    return [*shown.tolist(), usual]


def frames_per_second(cine: Cine) -> float:
    """Pace from the median step between frames, within what players show; 20 when the cine has no time."""
    times = frame_times(cine)
    if times is None or len(times) < 2:
        return FRAMES_PER_SECOND_WITHOUT_TIME
    step = float(np.median(np.diff(np.asarray(times, dtype=np.float64))))
    if not np.isfinite(step) or step <= 0:
        return FRAMES_PER_SECOND_WITHOUT_TIME
    return min(max(1.0 / step, SLOWEST), FASTEST)
