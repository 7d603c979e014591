"""How a cine is shown: as 8-bit RGB frames, and for how long each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rabengine.cine import Cine
from rabengine.io.table import frame_times

FRAMES_PER_SECOND_WITHOUT_TIME = 20.0
SLOWEST, FASTEST = 1.0, 100.0
NEARLY_SQUARE, LONGEST_PIXEL = 1.01, 8.0  # beyond the one nobody sees it, beyond the other the size is no size
UNEVEN = 0.1  # of a step: clocks of recorders count whole milliseconds
SAMPLED_FRAMES = 16
SAMPLED_PIXELS = 65_536
DARKEST_PERCENT = 0.5
BRIGHTEST_PERCENT = 99.8


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


def shown_size(cine: Cine, factor: float) -> tuple[int, int]:
    """(rows, columns) at which a frame has its shape in mm: pixels that are not square are so in no picture.

    Args:
        cine: whose pixel size tells the shape.
        factor: of enlargement.
    """
    rows, columns = cine.frame_size
    x, y = cine.spacing or (1.0, 1.0)
    longer = max(x / y, y / x)
    if NEARLY_SQUARE < longer < LONGEST_PIXEL:
        return round(rows * max(1.0, y / x) * factor), round(columns * max(1.0, x / y) * factor)
    return round(rows * factor), round(columns * factor)


@dataclass(frozen=True)
class DisplayWindow:
    """Pixel values shown as black (`low` and less) and as white (`high` and more)."""

    low: float
    high: float


def display_window(frames: np.ndarray) -> DisplayWindow:
    """The window between two robust percentiles of a sample of frames, the same for all colours.

    It is one for the whole cine: a window per frame would flicker and hide a change of brightness.

    Args:
        frames: (T, H, W) or (T, H, W, 3) of any real dtype, may be memory-mapped; only a sample is read.
    """
    chosen = np.unique(np.linspace(0, frames.shape[0] - 1, SAMPLED_FRAMES).round().astype(int))
    values = np.concatenate([_sample(np.asarray(frames[frame])) for frame in chosen])
    values = values[np.isfinite(values)]
    if values.size == 0:
        return DisplayWindow(0.0, 1.0)
    low, high = (float(value) for value in np.percentile(values, [DARKEST_PERCENT, BRIGHTEST_PERCENT]))
    if high <= low:
        # Nearly all pixels are alike: keep the few that differ visible, and a constant cine black.
        low, high = float(values.min()), float(values.max())
    return DisplayWindow(low, high if high > low else low + 1.0)


def view_window(frames: np.ndarray) -> DisplayWindow:
    """The window that a cine is shown with when it is opened: pixels of a byte as they are, others by percentiles.

    Args:
        frames: as in `display_window`.
    """
    return DisplayWindow(0.0, 255.0) if frames.dtype == np.uint8 else display_window(frames)


def to_rgb(frame: np.ndarray, window: DisplayWindow) -> np.ndarray:
    """A frame (H, W) or (H, W, 3) of any real dtype as (H, W, 3) uint8; what is not a number is black."""
    values = np.asarray(frame, dtype=np.float32)
    scaled = (values - window.low) * (255.0 / (window.high - window.low))
    scaled = np.nan_to_num(scaled, nan=0.0, posinf=255.0, neginf=0.0)
    grey_or_rgb = np.clip(scaled, 0, 255).round().astype(np.uint8)
    if grey_or_rgb.ndim == 2:
        return np.repeat(grey_or_rgb[..., None], 3, axis=2)
    return grey_or_rgb


def _sample(frame: np.ndarray) -> np.ndarray:
    """At most about SAMPLED_PIXELS values, evenly strided, as float64."""
    values = frame.reshape(-1)
    return values[:: max(1, values.size // SAMPLED_PIXELS)].astype(np.float64)
