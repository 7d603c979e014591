"""Matching of query locations with remembered ones (beyond the paper).

The pseudo mask tells nothing of the background, of how good the best match is in absolute terms (min-max takes that
away), or of where the object was a frame ago. These maps do, and they stay meaningful when the object is absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .features import Features, resize

LEARNED_CHANNELS = 64
LOCALITY = 0.08  # how far an object is expected to move between frames, as a share of the frame's longer side
ROWS_AT_ONCE = 64
MEMORY_MAPS = 8
NEIGHBOUR_MAPS = 3
MOTION_MAPS = 2


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


@dataclass(frozen=True)
class MatchingMemory:
    """Remembered locations of B episodes.

    Attributes:
        learned: (B, N, LEARNED_CHANNELS) descriptors.
        plain: (B, N, P) descriptors less their mean, of unit length.
        mean: (B, 1, P) of the plain ones. It says nothing; without it the cosines spread over all of [-1, 1].
        prototypes: (B, 2, P) mean plain descriptor of object and background, of unit length, 0 where there is none.
        labels: (B, N) share of the object at each of them, in [0, 1].
    """

    learned: Tensor
    plain: Tensor
    mean: Tensor
    prototypes: Tensor
    labels: Tensor

    def expand(self, batch: int) -> MatchingMemory:
        """One episode's memory for `batch` query frames, without copying."""
        parts = (getattr(self, f.name) for f in fields(self))
        return MatchingMemory(*(part.expand(batch, *part.shape[1:]) for part in parts))


def matching_memory(keys: Tensor, labels: Tensor) -> MatchingMemory:
    """Remember (B, N, K) descriptors and the (B, N) share of the object at each."""
    with torch.autocast(keys.device.type, enabled=False):
        keys, labels = keys.float(), labels.float()
        plain = keys[..., LEARNED_CHANNELS:]
        mean = plain.mean(dim=1, keepdim=True)
        plain = F.normalize(plain - mean, dim=2)
        prototypes = F.normalize(torch.bmm(torch.stack([labels, 1 - labels], dim=1), plain), dim=2)
        learned = keys[..., :LEARNED_CHANNELS].contiguous()
        return MatchingMemory(learned, plain, mean, prototypes, labels)


def stack_matching(parts: Sequence[MatchingMemory]) -> MatchingMemory:
    """Memories with equally many locations as one batch."""
    return MatchingMemory(*(torch.cat([getattr(part, f.name) for part in parts]) for f in fields(MatchingMemory)))


def memory_maps(query: Tensor, memory: MatchingMemory, sharpness: Tensor) -> Tensor:
    """How well each query location matches the object, the background, and which of the two wins.

    Args:
        query: (B, K, h, w) descriptors.
        memory: of B episodes.
        sharpness: (2,).

    Returns:
        (B, MEMORY_MAPS, h, w). By learned descriptors and again by plain ones: best cosine with the object (-1 where
        there is none), with the background, and the vote in [0, 1]. Then the cosines of the plain ones with the mean
        of the object and with that of the background.
    """
    height, width = query.shape[-2:]
    with torch.autocast(query.device.type, enabled=False):  # a sharp softmax of half precision cosines is noise
        asked = query.float().flatten(2).transpose(1, 2)
        learned = _votes(asked[..., :LEARNED_CHANNELS], memory.learned, memory, sharpness[0])
        ours = F.normalize(asked[..., LEARNED_CHANNELS:] - memory.mean, dim=2)
        plain = _votes(ours, memory.plain, memory, sharpness[1])
        maps = torch.cat([learned, plain, torch.bmm(ours, memory.prototypes.transpose(1, 2))], dim=2)
    return maps.transpose(1, 2).unflatten(2, (height, width))


def _votes(asked: Tensor, keys: Tensor, memory: MatchingMemory, sharpness: Tensor) -> Tensor:
    """(B, Q, K) against (B, N, K): best cosine with object and background and the soft vote, (B, Q, 3)."""
    counted = torch.stack([memory.labels, torch.ones_like(memory.labels)], dim=2)
    no_object = torch.where(memory.labels >= 0.5, 0.0, -2.0)[:, None, :]
    no_background = -2.0 - no_object
    parts = []
    for rows in _cache_sized(asked):
        cosine = torch.bmm(rows, keys.transpose(1, 2))
        best_object = (cosine + no_object).amax(dim=2)
        best_background = (cosine + no_background).amax(dim=2)
        best = torch.maximum(best_object, best_background).detach()
        votes = torch.bmm(((cosine - best[:, :, None]) * sharpness).exp(), counted)
        vote = votes[..., 0] / votes[..., 1]
        parts.append(torch.stack([best_object.clamp(min=-1), best_background.clamp(min=-1), vote], dim=2))
    return torch.cat(parts, dim=1)


def _cache_sized(asked: Tensor) -> tuple[Tensor, ...]:
    """A CPU compares some query locations at a time, so that what it computes stays in its cache."""
    if asked.device.type != "cpu" or torch.is_grad_enabled():
        return (asked,)
    return asked.split(ROWS_AT_ONCE, dim=1)


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
