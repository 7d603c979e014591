"""Regions of a picture that are found without labels.

Few-shot episodes on arbitrary regions keep the model from knowing lesions and heads only.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SEEDS = 9
ROUNDS = 4
GRID = 96
POSITION_WEIGHT = 0.55  # of position against colour, when regions are grown


def natural_regions(pixels: Tensor) -> Tensor:
    """Clusters of colour and position (k-means from a fixed grid of seeds).

    Args:
        pixels: (3, H, W) uint8.

    Returns:
        (H, W) uint8 in 1..SEEDS.
    """
    height, width = int(pixels.shape[1]), int(pixels.shape[2])
    small = F.interpolate(pixels[None].float() / 255.0, size=(GRID, GRID), mode="area")
    smooth = F.avg_pool2d(F.pad(small, (3, 3, 3, 3), mode="reflect"), 7, 1)[0]
    colour = (smooth - smooth.mean(dim=(1, 2), keepdim=True)) / (smooth.std() + 1e-3)
    line = torch.linspace(-1.7, 1.7, GRID)
    position = torch.stack(torch.meshgrid(line, line, indexing="ij"))
    points = torch.cat([colour, POSITION_WEIGHT * position]).flatten(1).T
    side = round(SEEDS**0.5)
    picks = torch.linspace(GRID / 6, GRID * 5 / 6, side).long()
    centres = points.view(GRID, GRID, -1)[picks][:, picks].reshape(SEEDS, -1)
    for _ in range(ROUNDS):
        nearest = torch.cdist(points, centres).argmin(dim=1)
        counts = torch.bincount(nearest, minlength=SEEDS).clamp(min=1)
        centres = torch.zeros_like(centres).index_add_(0, nearest, points) / counts[:, None]
    distance = torch.cdist(points, centres).T.view(1, SEEDS, GRID, GRID)
    fine = F.interpolate(distance, size=(height, width), mode="bilinear", align_corners=False)
    return (fine[0].argmin(dim=0) + 1).to(torch.uint8)
