"""Matching of query locations with remembered ones (beyond the paper).

The pseudo mask tells nothing of the background, of how good the best match is in absolute terms (min-max takes that
away), or of where the object was a frame ago. These maps do, and they stay meaningful when the object is absent.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .features import Features, resize

LEARNED_CHANNELS = 64
LOCALITY = 0.08  # how far an object is expected to move between frames, as a share of the frame's longer side
MEMORY_MAPS = 8
NEIGHBOUR_MAPS = 3


class KeyProjection(nn.Module):
    """Descriptors of each location at stride 8: (N, LEARNED_CHANNELS + C8 + C16, H/8, W/8).

    The first LEARNED_CHANNELS are a learned projection of unit length. The rest is what the backbone says, each level
    of unit length: it knows nothing of the pictures the projection was trained on, so it does not stop at them.
    """

    def __init__(self, channels: tuple[int, int, int]) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels[1] + channels[2], LEARNED_CHANNELS, 1)
        self.log_sharpness = nn.Parameter(torch.tensor(3.0))
        self.log_plain_sharpness = nn.Parameter(torch.tensor(2.7))

    def forward(self, features: Features) -> Tensor:
        middle = F.normalize(features.stride8, dim=1)
        coarse = F.normalize(resize(features.stride16, tuple(middle.shape[-2:])), dim=1)  # type: ignore[arg-type]
        plain = torch.cat([middle, coarse], dim=1)
        return torch.cat([F.normalize(self.project(plain), dim=1), plain.to(middle.dtype)], dim=1)

    @property
    def sharpness(self) -> Tensor:
        """(2,) inverse temperatures of the votes: of the learned and of the plain descriptors."""
        return torch.stack([self.log_sharpness, self.log_plain_sharpness]).clamp(0.0, 4.6).exp()


def memory_maps(query: Tensor, keys: Tensor, labels: Tensor, sharpness: Tensor) -> Tensor:
    """How well each query location matches the object, the background, and which of the two wins.

    Args:
        query: (B, K, h, w) descriptors.
        keys: (B, N, K) descriptors of the remembered locations.
        labels: (B, N) share of the object at each of them, in [0, 1].
        sharpness: (2,).

    Returns:
        (B, MEMORY_MAPS, h, w). By learned descriptors and again by plain ones: best cosine with the object (-1 where
        there is none), with the background, and the vote in [0, 1]. Then the cosines of the plain ones with the mean
        of the object and with that of the background.
    """
    height, width = query.shape[-2:]
    with torch.autocast(query.device.type, enabled=False):  # a sharp softmax of half precision cosines is noise
        asked = query.float().flatten(2).transpose(1, 2)
        keys, labels = keys.float(), labels.float()
        learned = _votes(asked[..., :LEARNED_CHANNELS], keys[..., :LEARNED_CHANNELS], labels, sharpness[0])
        ours, theirs = _centred(asked, keys)
        plain = _votes(ours, theirs, labels, sharpness[1])
        maps = torch.cat([learned, plain, _prototype_cosines(ours, theirs, labels)], dim=2)
    return maps.transpose(1, 2).unflatten(2, (height, width))


def _centred(asked: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
    """Plain descriptors less the memory's mean, which says nothing: cosines then spread over all of [-1, 1]."""
    plain_keys = keys[..., LEARNED_CHANNELS:]
    mean = plain_keys.mean(dim=1, keepdim=True)
    ours = F.normalize(asked[..., LEARNED_CHANNELS:] - mean, dim=2)
    return ours, F.normalize(plain_keys - mean, dim=2)


def _votes(asked: Tensor, keys: Tensor, labels: Tensor, sharpness: Tensor) -> Tensor:
    """(B, Q, K) against (B, N, K): best cosine with object and background and the soft vote, (B, Q, 3)."""
    cosine = torch.bmm(asked, keys.transpose(1, 2))
    vote = torch.bmm(torch.softmax(cosine * sharpness, dim=2), labels[:, :, None])[:, :, 0]
    is_object = labels[:, None, :] >= 0.5
    best_object = cosine.masked_fill(~is_object, -1.0).amax(dim=2)
    best_background = cosine.masked_fill(is_object, -1.0).amax(dim=2)
    return torch.stack([best_object, best_background, vote], dim=2)


def _prototype_cosines(asked: Tensor, keys: Tensor, labels: Tensor) -> Tensor:
    """Cosines with the mean descriptor of the object and of the background, (B, Q, 2); 0 where there is none."""
    shares = torch.stack([labels, 1 - labels], dim=1)
    prototypes = F.normalize(torch.bmm(shares, keys), dim=2)
    return torch.bmm(asked, prototypes.transpose(1, 2))


def neighbour_maps(query: Tensor, previous: Tensor, mask: Tensor, sharpness: Tensor, present: Tensor) -> Tensor:
    """The neighbouring frame's soft mask: in place, and carried along by matching near each location.

    Args:
        query: (B, K, h, w) descriptors of the frame.
        previous: (B, K, h, w) descriptors of the neighbouring frame.
        mask: (B, 1, h, w) its soft mask.
        sharpness: (2,).
        present: (B, 1, 1, 1), 0 where an episode has no neighbour.

    Returns:
        (B, NEIGHBOUR_MAPS, h, w) in [0, 1]: the mask, and the votes by learned and by plain descriptors.
    """
    mask = mask * present
    parts = slice(0, LEARNED_CHANNELS), slice(LEARNED_CHANNELS, None)
    votes = []
    for part, sharp in zip(parts, sharpness, strict=True):
        ours, theirs = query[:, part], previous[:, part]
        if part.start:
            mean = theirs.mean(dim=(2, 3), keepdim=True)
            ours, theirs = F.normalize(ours - mean, dim=1), F.normalize(theirs - mean, dim=1)
        votes.append(neighbour_vote(ours, theirs, mask, sharp))
    return torch.cat([mask, *votes], dim=1)


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
