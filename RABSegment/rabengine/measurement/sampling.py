"""Values of a picture between its pixels."""

from __future__ import annotations

import numpy as np


def sampled(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values between pixels, bilinear; 0 outside of the picture.

    Args:
        picture: (H, W) real.
        places: (..., 2) x and y in pixels.
    """
    wide = np.pad(picture, 1)
    x = np.clip(places[..., 0] + 1, 0, wide.shape[1] - 1.001)
    y = np.clip(places[..., 1] + 1, 0, wide.shape[0] - 1.001)
    column, row = x.astype(int), y.astype(int)
    right, down = x - column, y - row
    above = wide[row, column] * (1 - right) + wide[row, column + 1] * right
    below = wide[row + 1, column] * (1 - right) + wide[row + 1, column + 1] * right
    return np.asarray(above * (1 - down) + below * down)
