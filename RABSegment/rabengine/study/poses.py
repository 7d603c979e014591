"""Where an object lies and how large it is, and marked frames moved and scaled so that theirs lies as in another cine.

What a marked frame of another patient says of a place is of use where the object is in the same place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from .marked_frame import MarkedFrame

MOST_SCALING = 3.0  # beyond which the objects are not the same


@dataclass(frozen=True)
class Pose:
    """Of all segments together, on average over the frames that show any.

    Attributes:
        row, column: of the middle, in shares of the picture's height and width.
        size: square root of the area, in a share of the picture's.
    """

    row: float
    column: float
    size: float


def pose_of(labels: Sequence[np.ndarray]) -> Pose | None:
    """Of label images (h, w) each; None where none shows anything."""
    found = []
    for image in labels:
        rows, columns = np.nonzero(image)
        if len(rows):
            height, width = image.shape
            middle = (rows.mean() + 0.5) / height, (columns.mean() + 0.5) / width
            found.append((*middle, np.sqrt(len(rows) / (height * width))))
    return Pose(*(float(value) for value in np.mean(found, axis=0))) if found else None


def moved(support: MarkedFrame, own: Pose, wanted: Pose) -> MarkedFrame:
    """A marked frame in which what lies as `own` lies as `wanted`; black and background come in from outside."""
    scale = float(np.clip(own.size / wanted.size, 1 / MOST_SCALING, MOST_SCALING))
    # From places in the result to places in the support, both from -1 to 1, columns first.
    shift_x = 2 * (own.column - 0.5) - scale * 2 * (wanted.column - 0.5)
    shift_y = 2 * (own.row - 0.5) - scale * 2 * (wanted.row - 0.5)
    transform = torch.tensor([[[scale, 0.0, shift_x], [0.0, scale, shift_y]]])
    picture = torch.from_numpy(np.asarray(support.picture, np.float32))
    planes = picture.permute(2, 0, 1)[None] if picture.ndim == 3 else picture[None, None]
    grid = F.affine_grid(transform, [1, 1, *planes.shape[-2:]], align_corners=False)
    seen = F.grid_sample(planes, grid, mode="bilinear", align_corners=False)[0].round().clamp(0, 255).byte()
    pixels = seen.permute(1, 2, 0).numpy() if picture.ndim == 3 else seen[0].numpy()
    labels = torch.from_numpy(np.asarray(support.labels, np.float32))[None, None]
    grid = F.affine_grid(transform, [1, 1, *labels.shape[-2:]], align_corners=False)
    drawn = F.grid_sample(labels, grid, mode="nearest", align_corners=False)[0, 0].byte().numpy()
    return MarkedFrame(np.ascontiguousarray(pixels), np.ascontiguousarray(drawn))
