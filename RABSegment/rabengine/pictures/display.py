"""Any frame of a cine as 8-bit RGB, with one grey window for the whole cine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAMPLED_FRAMES = 16
SAMPLED_PIXELS = 65_536
DARKEST_PERCENT = 0.5
BRIGHTEST_PERCENT = 99.8


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
