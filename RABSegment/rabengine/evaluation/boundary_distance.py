"""HD95, by MONAI."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from ..pictures.optional import require

PERCENTILE = 95


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
