"""Displacement fields: (h, w, 2) float32, for each pixel how far away (x, y) its place in another frame is."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def no_motion(size: tuple[int, int]) -> np.ndarray:
    """No motion."""
    return np.zeros((*size, 2), np.float32)


def compose(near: np.ndarray, far: np.ndarray) -> np.ndarray:
    """A field from frame a to b, and one from b to c, as one from a to c.

    The masks are then moved once, from the marked frame, and do not blur with every frame of the way.
    """
    return near + pull(torch.from_numpy(far).permute(2, 0, 1), near).permute(1, 2, 0).numpy()


def pull(maps: Tensor, field: np.ndarray) -> Tensor:
    """(C, h, w) maps as seen from where the field starts; what lies outside repeats the border."""
    height, width = field.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (columns + field[..., 0] + 0.5) / width * 2 - 1
    down = (rows + field[..., 1] + 0.5) / height * 2 - 1
    grid = torch.from_numpy(np.stack([across, down], axis=-1))
    return F.grid_sample(maps[None].float(), grid[None], padding_mode="border", align_corners=False)[0]
