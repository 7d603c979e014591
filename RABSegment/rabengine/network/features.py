"""Small types and tensor helpers that the parts of the network share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Features(NamedTuple):
    """Backbone maps of N frames, each (N, C, H / stride, W / stride)."""

    stride4: Tensor
    stride8: Tensor
    stride16: Tensor

    def frames(self, index: slice | Tensor | list[int]) -> Features:
        """The maps of some of the frames."""
        return Features(*(level[index] for level in self))

    def expand(self, batch: int) -> Features:
        """One frame's maps for `batch` frames, without copying."""
        return Features(*(level.expand(batch, -1, -1, -1) for level in self))


def join_features(parts: Iterable[Features]) -> Features:
    """The maps of several frames as one batch."""
    return Features(*(torch.cat(level) for level in zip(*parts, strict=True)))


def resize(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear up, area-averaging down, of (N, C, h, w) to (N, C, *size)."""
    if maps.shape[-2:] == size:
        return maps
    if maps.shape[-2] > size[0]:
        return F.adaptive_avg_pool2d(maps, size)
    return F.interpolate(maps, size=size, mode="bilinear", align_corners=False)
