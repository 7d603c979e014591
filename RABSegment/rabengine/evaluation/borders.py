"""How well the border of a mask lies on the true one: HD95, and the F-measure of the borders."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np

from rabengine.optional import require

PERCENTILE = 95
TOLERANCE = 0.008  # of the frame's diagonal, as in the DAVIS benchmark (Perazzi et al., CVPR 2016)


def hd95(labels: np.ndarray, truth: np.ndarray, label: int, frames: Sequence[int]) -> list[float]:
    """95th percentile of the symmetric distance between the borders, in pixels, for each of `frames`.

    Args:
        labels: (T, H, W) predicted.
        truth: (T, H, W).
        label: the object's value.
        frames: frames on which both show the object.

    Raises:
        InputError: MONAI is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MONAI warns of its own deprecated arguments
        compute = require("monai.metrics", "The score HD95").compute_hausdorff_distance
        return [
            # One class in the place of all channels, so there is no background to leave out.
            float(
                compute(
                    (labels[frame] == label)[None, None],
                    (truth[frame] == label)[None, None],
                    include_background=True,
                    percentile=PERCENTILE,
                )[0, 0]
            )
            for frame in frames
        ]


def boundary_f(labels: np.ndarray, truth: np.ndarray, label: int, frames: Sequence[int]) -> list[float]:
    """F-measure of border pixels within a tolerance of the other border, in [0, 1], for each of `frames`.

    Args:
        labels: (T, H, W) predicted.
        truth: (T, H, W).
        label: the object's value.
        frames: frames that truly show the object; one on which nothing was found has 0.

    Raises:
        InputError: SciPy is not installed.
    """
    return [_boundary_f(labels[frame] == label, truth[frame] == label) for frame in frames]


def _boundary_f(found: np.ndarray, true: np.ndarray) -> float:
    morphology = require("scipy.ndimage", "The score of the borders")
    reach = max(1, round(TOLERANCE * math.hypot(*true.shape)))
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = rows**2 + columns**2 <= reach**2
    ours, theirs = (mask & ~morphology.binary_erosion(mask, border_value=1) for mask in (found, true))
    if not ours.any() or not theirs.any():
        return float(not found.any() and not true.any())
    precision = float(morphology.binary_dilation(theirs, disk)[ours].mean())
    recall = float(morphology.binary_dilation(ours, disk)[theirs].mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
