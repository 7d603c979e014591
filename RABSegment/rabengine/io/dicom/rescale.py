"""Stored values as the measured ones that a DICOM header says they stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .files import items_of, numbers_of

Rescale = tuple[float, float]
_SAME: Rescale = (1.0, 0.0)


def rescales_of(header: Any, frames: Sequence[int]) -> list[Rescale]:
    """(slope, intercept) of each of these frames."""
    groups = items_of(header, "PerFrameFunctionalGroupsSequence")
    shared = (items_of(header, "SharedFunctionalGroupsSequence") or [None])[0]
    common = _of(shared) or _direct(header) or _SAME
    return [(_of(groups[frame]) if frame < len(groups) else None) or common for frame in frames]


def _of(group: Any) -> Rescale | None:
    found = items_of(group, "PixelValueTransformationSequence") if group is not None else []
    return _direct(found[0]) if found else None


def _direct(dataset: Any) -> Rescale | None:
    slope, intercept = numbers_of(dataset, "RescaleSlope"), numbers_of(dataset, "RescaleIntercept")
    if len(slope) != 1 or len(intercept) != 1 or slope[0] == 0 or not math.isfinite(slope[0] + intercept[0]):
        return None
    return slope[0], intercept[0]


def pixel_type(rescales: Sequence[Rescale], stored: np.dtype) -> np.dtype:
    """The type that holds the rescaled values of all frames."""
    if stored.kind == "f" or all(rescale == _SAME for rescale in rescales):
        return stored
    if all(slope == 1 and intercept == int(intercept) for slope, intercept in rescales) and stored.itemsize <= 2:
        limits = np.iinfo(stored)
        lowest = limits.min + min(int(intercept) for _slope, intercept in rescales)
        highest = limits.max + max(int(intercept) for _slope, intercept in rescales)
        for wide in (np.int16, np.int32):
            if np.iinfo(wide).min <= lowest and highest <= np.iinfo(wide).max:
                return np.dtype(wide)
    return np.dtype(np.float32)


def rescaled(frame: np.ndarray, rescale: Rescale, kind: np.dtype) -> np.ndarray:
    """(H, W) pixels as values of that type; colours are never rescaled."""
    if frame.ndim == 3 or (rescale == _SAME and frame.dtype == kind):
        return frame
    if kind.kind == "i":
        return frame.astype(kind) + kind.type(int(rescale[1]))
    return (frame.astype(np.float64) * rescale[0] + rescale[1]).astype(kind)
