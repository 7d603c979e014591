"""How far two masks agree, for tests that say so."""

from __future__ import annotations

import numpy as np


def dice(one: np.ndarray, other: np.ndarray) -> float:
    """Of two bool masks of one shape; 0 where both are empty: a test that meets none has found nothing."""
    return 2 * float((one & other).sum()) / max(1.0, float(one.sum() + other.sum()))


def iou(one: np.ndarray, other: np.ndarray) -> float:
    """As `dice`."""
    return float((one & other).sum()) / max(1.0, float((one | other).sum()))
