"""The diameter of a vessel across its centreline, and how much it contracts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from .beats import gaussian
from .landmarks import largest_piece
from .sampling import sampled

TUBE = 2.0  # length to mean width, which is area over length: what is shorter is taken for a cross-section
_STEP = 0.2  # of a side of a pixel: how finely the mask is sampled across
_ALONG = 0.1  # of a diameter, but not less than half a pixel: from one width to the next
_SMOOTHING = 0.4  # of a diameter: standard deviation along the centreline
_ROUNDS = 3
_COARSE = 60  # pixels: the root of an area; a multiple of it is looked at on fewer pixels
_CAP = 0.75  # of the mean diameter: left out at each end, where a perpendicular meets the end itself


@dataclass(frozen=True)
class Vessel:
    """On one frame, lengths in the unit of the pixel size that was given.

    Attributes:
        diameter: mean over the length; of a cross-section the diameter of the circle of its area.
        narrowest, widest: along it, 0 where the centreline leaves the mask; of a cross-section both are `diameter`.
        length: area over diameter; 0 for a cross-section.
        centreline: (N, 2) x and y in pixels; empty for a cross-section.
    """

    diameter: float
    narrowest: float
    widest: float
    length: float
    centreline: np.ndarray

    @property
    def is_cross_section(self) -> bool:
        """Whether it is about as long as wide."""
        return self.length == 0.0


def measure_vessel(mask: np.ndarray, pixel: np.ndarray, is_cross: bool | None = None) -> Vessel:
    """The diameter of a vessel: the mean of the widths across its centreline, at right angles to it.

    The centreline goes through the middles of bands of equal distance inside the mask from one end of it, and is then
    moved, three times, into the middle of the widths across it. Widths are taken every tenth of a diameter along; at
    each end three quarters of a diameter are left out, for there a line across meets the end. A vessel whose length
    squared is less than twice its area, such as an ellipse less than 1.6 times as long as wide, is a cross-section: its
    diameter is 2 sqrt(A / pi). The vessel must not branch; where one does so
    that the centreline leaves the mask, the diameter is its area over the length of its longest way.

    Args:
        mask: (H, W) bool, not empty; of several pieces the largest counts.
        pixel: (x, y) size of a pixel.
        is_cross: whether it is a cross-section, None for what its shape says; a pixel alone always is.
    """
    piece, corner = _cropped(largest_piece(mask))
    area = float(np.count_nonzero(piece)) * float(np.prod(pixel))
    round_one = 2 * float(np.sqrt(area / np.pi))
    coarse, times = _coarsened(piece)
    along = _distance_along(coarse, pixel * times)
    length = float(along.max())
    is_short = length < TUBE * area / max(length, 1e-9)
    if length <= 0 or (is_short if is_cross is None else is_cross):
        return Vessel(round_one, round_one, round_one, 0.0, np.empty((0, 2)))
    line = _centreline(coarse, along, pixel * times, area / length) + (times - 1) / 2 * pixel
    widths = np.empty(0)
    for _ in range(_ROUNDS):
        widths, middles = _across(piece, pixel, line, reach=2 * area / length)
        line = _resampled(_smooth(middles, _SMOOTHING * area / length / _spacing(line)), _spacing(line))
    widths, _middles = _across(piece, pixel, line, reach=2 * area / length)
    cap = min(round(_CAP * area / length / _spacing(line)), (len(widths) - 1) // 2)
    inner = widths[cap : len(widths) - cap]
    if inner.min() <= 0:  # it branches or has holes, so that the line leaves it
        return Vessel(area / length, float(inner.min()), float(inner.max()), length, line / pixel + corner)
    diameter = float(inner.mean())
    return Vessel(diameter, float(inner.min()), float(inner.max()), area / diameter, line / pixel + corner)


def contraction_amplitude(largest: float, smallest: float) -> float:
    """Of one contraction, in percent of the widest diameter: (D_max - D_min) / D_max.

    Source: Gashev AA, Davis MJ, Zawieja DC. Inhibition of the active lymph pump by flow in rat mesenteric lymphatics
    and thoracic duct. J Physiol 2002; 540: 1023-1037.
    """
    return 100.0 * (largest - smallest) / largest


def _cropped(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of a picture that holds the mask, and x and y of its first pixel."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.array([columns[0], rows[0]])


def _coarsened(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """A large mask on fewer pixels, enough to find a centreline, and how many times larger these are."""
    times = max(1, int(np.sqrt(np.count_nonzero(mask)) / _COARSE))
    rows, columns = (-(-size // times) for size in mask.shape)
    whole = np.pad(mask, ((0, rows * times - mask.shape[0]), (0, columns * times - mask.shape[1])))
    return np.asarray(whole.reshape(rows, times, columns, times).any(axis=(1, 3))), times


def _distance_along(mask: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    """(H, W) distance inside a mask from one of its ends, 0 outside."""
    y, x = np.nonzero(mask)
    middle = np.array([x.mean(), y.mean()])
    first = int(np.hypot(*((np.column_stack([x, y]) - middle) * pixel).T).argmin())
    start = (int(y[first]), int(x[first]))
    found = np.zeros(mask.shape)
    for _ in range(3):  # the farthest place from the farthest place is an end
        found = _march(mask, pixel, start)
        row, column = np.unravel_index(int(found.argmax()), found.shape)
        start = (int(row), int(column))
    return found


def _march(mask: np.ndarray, pixel: np.ndarray, start: tuple[int, int]) -> np.ndarray:
    speed = sitk.GetImageFromArray(np.where(mask, 1.0, 1e-6).astype(np.float64))
    speed.SetSpacing([float(side) for side in pixel])
    marching = sitk.FastMarchingImageFilter()
    marching.SetTrialPoints([[start[1], start[0]]])
    marching.SetStoppingValue(1e5)
    times = sitk.GetArrayFromImage(marching.Execute(speed))
    return np.where(mask & (times < 1e5), times, 0.0)


def _centreline(mask: np.ndarray, along: np.ndarray, pixel: np.ndarray, width: float) -> np.ndarray:
    """(N, 2) in the unit of lengths, from one end to the other."""
    y, x = np.nonzero(mask)
    places = np.column_stack([x, y]) * pixel
    distance = along[y, x]
    bands = max(6, int(distance.max() / max(width / 2, 2 * float(pixel.max()))))
    number = np.minimum((distance / distance.max() * bands).astype(int), bands - 1)
    count = np.maximum(np.bincount(number, minlength=bands), 1)
    middles = np.column_stack([np.bincount(number, places[:, axis], bands) / count for axis in (0, 1)])
    step = max(float(pixel.min()) / 2, width * _ALONG)
    return _resampled(middles[np.bincount(number, minlength=bands) > 0], step)


def _resampled(line: np.ndarray, step: float) -> np.ndarray:
    """Points at even distances, about `step` apart."""
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    even = np.linspace(0, far[-1], max(5, round(far[-1] / step) + 1))
    return np.column_stack([np.interp(even, far, line[:, axis]) for axis in (0, 1)])


def _spacing(line: np.ndarray) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).mean())


def _smooth(line: np.ndarray, width: float) -> np.ndarray:
    """A line without its wiggles: smoothed twice over by a Gaussian (see `outline`), the ends going straight on."""
    width = min(width, len(line) / 6)
    once = np.column_stack([gaussian(line[:, axis], width) for axis in (0, 1)])
    return once + np.column_stack([gaussian((line - once)[:, axis], width) for axis in (0, 1)])


def _across(mask: np.ndarray, pixel: np.ndarray, line: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The width of the mask across each point of a line, and the middle of that width."""
    ahead = np.gradient(_smooth(line, 2.0), axis=0)
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-12)[:, None]
    across = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    step = max(_STEP * float(pixel.min()), reach / 400)
    steps = np.arange(-round(reach / step), round(reach / step) + 1) * step
    places = (line[:, None] + steps[None, :, None] * across[:, None]) / pixel
    inside = sampled(mask.astype(np.float64), places) >= 0.5
    centre = len(steps) // 2
    up = np.argmin(np.concatenate([inside[:, centre:], np.zeros((len(line), 1), bool)], axis=1), axis=1)
    down = np.argmin(np.concatenate([inside[:, centre::-1], np.zeros((len(line), 1), bool)], axis=1), axis=1)
    widths = np.maximum(up + down - 1, 0) * step
    middles = line + ((up - down) * step / 2)[:, None] * across
    return widths, middles
