"""Matching of query locations with remembered ones (beyond the paper).

The pseudo mask tells nothing of the background, of how good the best match is in absolute terms (min-max takes that
away), or of where the object was a frame ago. These maps do, and they stay meaningful when the object is absent.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .features import Features, resize

KEY_CHANNELS = 64
LOCALITY = 0.08  # how far an object is expected to move between frames, as a share of the frame's longer side


class KeyProjection(nn.Module):
    """A learned descriptor of each location at stride 8, of unit length: (N, KEY_CHANNELS, H/8, W/8)."""

    def __init__(self, channels: tuple[int, int, int]) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels[1] + channels[2], KEY_CHANNELS, 1)
        self.log_sharpness = nn.Parameter(torch.tensor(3.0))

    def forward(self, features: Features) -> Tensor:
        middle = F.normalize(features.stride8, dim=1)
        coarse = F.normalize(resize(features.stride16, tuple(middle.shape[-2:])), dim=1)  # type: ignore[arg-type]
        return F.normalize(self.project(torch.cat([middle, coarse], dim=1)), dim=1)

    @property
    def sharpness(self) -> Tensor:
        """Inverse temperature of the votes."""
        return self.log_sharpness.clamp(0.0, 4.6).exp()


def memory_maps(query: Tensor, keys: Tensor, labels: Tensor, sharpness: Tensor) -> Tensor:
    """How well each query location matches the object, the background, and which of the two wins.

    Args:
        query: (B, K, h, w) unit descriptors.
        keys: (B, N, K) unit descriptors of the remembered locations.
        labels: (B, N) share of the object at each of them, in [0, 1].
        sharpness: scalar.

    Returns:
        (B, 3, h, w): best cosine with the object (-1 where there is none), with the background, and the vote in [0, 1].
    """
    batch, _, height, width = query.shape
    with torch.autocast(query.device.type, enabled=False):  # a sharp softmax of half precision cosines is noise
        cosine = torch.bmm(query.float().flatten(2).transpose(1, 2), keys.float().transpose(1, 2))
        weights = torch.softmax(cosine * sharpness, dim=2)
        vote = torch.bmm(weights, labels.float()[:, :, None])[:, :, 0]
        is_object = labels[:, None, :] >= 0.5
        best_object = cosine.masked_fill(~is_object, -1.0).amax(dim=2)
        best_background = cosine.masked_fill(is_object, -1.0).amax(dim=2)
    return torch.stack([best_object, best_background, vote], dim=1).view(batch, 3, height, width)


def neighbour_vote(query: Tensor, previous: Tensor, mask: Tensor, sharpness: Tensor) -> Tensor:
    """The neighbouring frame's soft mask carried along by matching near each location.

    Args:
        query: (B, K, h, w) unit descriptors of the frame.
        previous: (B, K, h, w) unit descriptors of the neighbouring frame.
        mask: (B, 1, h, w) its soft mask.
        sharpness: scalar.

    Returns:
        (B, 1, h, w) in [0, 1].
    """
    batch, _, height, width = query.shape
    rows = torch.arange(height, device=query.device, dtype=torch.float32).repeat_interleave(width)
    columns = torch.arange(width, device=query.device, dtype=torch.float32).repeat(height)
    squared = (rows[:, None] - rows[None, :]) ** 2 + (columns[:, None] - columns[None, :]) ** 2
    nearness = -0.5 * squared / (LOCALITY * max(height, width)) ** 2
    with torch.autocast(query.device.type, enabled=False):
        cosine = torch.bmm(query.float().flatten(2).transpose(1, 2), previous.float().flatten(2))
        weights = torch.softmax(cosine * sharpness + nearness, dim=2)
        vote = torch.bmm(weights, mask.float().flatten(2).transpose(1, 2))
    return vote.view(batch, 1, height, width)
