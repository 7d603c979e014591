"""What a backbone sees of a whole picture, to tell which pictures are alike."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .image_model import ImageModel

GRID = 4  # cells across and down: where something is in the picture counts, not only that it is there


@torch.no_grad()
def describe_picture(model: ImageModel, pixels: Tensor) -> Tensor:
    """(1, 3, h, w) in [0, 1] to (D,) of length 1; the product of two is near 1 where the pictures are alike."""
    maps = model.encode(pixels).stride16.float()
    cells = F.normalize(F.adaptive_avg_pool2d(maps, GRID), dim=1).flatten()
    return F.normalize(cells, dim=0)
