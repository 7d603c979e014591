"""Spearman's rank correlation."""

from __future__ import annotations

import numpy as np


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """Spearman's rho of two lists (N,) of equal length; equal values share their rank.

    None where one is constant, or is not all numbers: there is nothing to rank then.
    """
    if not (np.isfinite(first).all() and np.isfinite(second).all()) or min(np.ptp(first), np.ptp(second)) == 0:
        return None
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    """(N,) ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]
