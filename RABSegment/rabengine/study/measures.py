"""How far two who drew the same frames agree. Needs NumPy and SimpleITK alone.

Presence: Cohen, Educational and Psychological Measurement 20 (1960); Fleiss, Psychological Bulletin 76 (1971).
Areas: Bland and Altman, Lancet 327 (1986).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

PERCENTILE = 95
LIMIT = 1.96  # standard deviations, within which 95 % of normal differences lie


def mask_dice(first: np.ndarray, second: np.ndarray) -> float:
    """Dice of two (H, W) bool masks, in [0, 1]; 1 where both are empty."""
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2 * int(np.count_nonzero(first & second)) / total if total else 1.0


def mask_hd95(first: np.ndarray, second: np.ndarray, spacing: tuple[float, float] = (1.0, 1.0)) -> float | None:
    """95th percentile of the distance between the borders of two masks, the larger of the two directions.

    As `rabengine.evaluation.borders.hd95`, which asks MONAI; None where a mask is empty.

    Args:
        first, second: (H, W) bool.
        spacing: size of a pixel (x, y); the distance is in its unit, by default in pixels.
    """
    if not first.any() or not second.any():
        return None
    ours, theirs = _border(first), _border(second)
    there = np.percentile(_distances(theirs, spacing)[ours], PERCENTILE)
    back = np.percentile(_distances(ours, spacing)[theirs], PERCENTILE)
    return float(max(there, back))


def cohen_kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Agreement of two raters on yes or no beyond chance, at most 1; None where both always say the same one thing.

    Args:
        first, second: what each said of the same things, in order.
    """
    ours, theirs = np.asarray(first, bool), np.asarray(second, bool)
    if not len(ours):
        return None
    agreed = float((ours == theirs).mean())
    by_chance = float(ours.mean() * theirs.mean() + (1 - ours.mean()) * (1 - theirs.mean()))
    return None if by_chance >= 1 else (agreed - by_chance) / (1 - by_chance)


def fleiss_kappa(said: Sequence[Sequence[bool]]) -> float | None:
    """Agreement of several raters on yes or no beyond chance, at most 1; None where all always say the same one thing.

    Each thing may have been seen by another number of raters, from two on; where all are seen by as many, it is
    Fleiss's own.

    Args:
        said: what the raters said of each thing.
    """
    counts = np.array([(sum(one), len(one) - sum(one)) for one in said if len(one) >= 2], np.float64)
    if not len(counts):
        return None
    raters = counts.sum(axis=1)
    agreed = float(((counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))).mean())
    by_chance = float(((counts.sum(axis=0) / counts.sum()) ** 2).sum())
    return None if by_chance >= 1 else (agreed - by_chance) / (1 - by_chance)


@dataclass(frozen=True)
class BlandAltman:
    """How far two measures of the same things differ, in their unit.

    Attributes:
        count: things. bias: mean of second minus first. deviation: standard deviation of that (n - 1).
        lower, upper: limits of agreement, bias -+ 1.96 deviations. All three None of one thing, which does not spread.
    """

    count: int
    bias: float
    deviation: float | None
    lower: float | None
    upper: float | None


def bland_altman(first: Sequence[float], second: Sequence[float]) -> BlandAltman | None:
    """Bias and limits of agreement; None of nothing."""
    differences = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    if not len(differences):
        return None
    bias = float(differences.mean())
    if len(differences) == 1:
        return BlandAltman(1, bias, None, None, None)
    deviation = float(differences.std(ddof=1))
    return BlandAltman(len(differences), bias, deviation, bias - LIMIT * deviation, bias + LIMIT * deviation)


def _border(mask: np.ndarray) -> np.ndarray:
    """Pixels of a mask beside one that is not in it; what is beyond the frame is not."""
    padded = np.pad(mask, 1)
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inside


def _distances(border: np.ndarray, spacing: tuple[float, float]) -> np.ndarray:
    """(H, W) distance of each pixel to the nearest one of a border."""
    image = sitk.GetImageFromArray(border.astype(np.uint8))
    image.SetSpacing(spacing)
    apart = sitk.SignedMaurerDistanceMap(image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True)
    return np.asarray(np.maximum(sitk.GetArrayFromImage(apart), 0))


def finite(value: float | None) -> float | None:
    """A figure for JSON: to six digits, for an area in mm2 may be very small; None where it is none."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")
