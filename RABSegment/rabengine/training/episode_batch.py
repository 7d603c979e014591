"""Episodes and batches of them, as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(frozen=True)
class Episode:
    """One episode.

    Attributes:
        support: (S, 3, H, W). support_mask: (S, H, W).
        chain: (L, 3, H, W). query_mask: (1, H, W). prior_mask: (1, H, W). See `EpisodeBatch`.
        has_priors: whether the network may use what goes beyond the paper.
        has_neighbour: whether there is a neighbouring frame.
    """

    support: Tensor
    support_mask: Tensor
    chain: Tensor
    query_mask: Tensor
    prior_mask: Tensor
    has_priors: bool
    has_neighbour: bool


@dataclass(frozen=True)
class EpisodeBatch:
    """B episodes of S supports each; images in [0, 1], masks in [0, 1].

    Attributes:
        support: (B, S, 3, H, W). support_mask: (B, S, H, W).
        chain: (B, L, 3, H, W), neighbouring frames; the last one is the query.
        query_mask: (B, 1, H, W), the truth of the query.
        prior_mask: (B, 1, H, W), the prediction of the chain's first frame: the truth, bent and weakened.
        has_priors: (B, 1, 1, 1), 0 where the episode is the paper's. has_neighbour: (B, 1, 1, 1).
        has_motion: (B, 1, 1, 1), 0 where the network is not told the motion.
    """

    support: Tensor
    support_mask: Tensor
    chain: Tensor
    query_mask: Tensor
    prior_mask: Tensor
    has_priors: Tensor
    has_neighbour: Tensor
    has_motion: Tensor

    def to(self, device: torch.device) -> EpisodeBatch:
        """A copy on a device; transfers from pinned memory do not wait."""
        return EpisodeBatch(*(getattr(self, f.name).to(device, non_blocking=True) for f in fields(self)))

    def pin_memory(self) -> EpisodeBatch:
        """For the data loader."""
        return EpisodeBatch(*(getattr(self, f.name).pin_memory() for f in fields(self)))


@dataclass(frozen=True)
class EpisodeShape:
    """What all episodes of a batch share: side of the views in pixels, supports, frames of the chain."""

    size: int
    supports: int
    length: int


def collate(episodes: Sequence[Episode], has_motion: Sequence[bool]) -> EpisodeBatch:
    """Episodes of one shape as a batch; the motion of some of them is not told."""

    def flags(values: Sequence[bool]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1)

    def stacked(name: str) -> Tensor:
        return torch.stack([getattr(episode, name) for episode in episodes])

    return EpisodeBatch(
        support=stacked("support"),
        support_mask=stacked("support_mask"),
        chain=stacked("chain"),
        query_mask=stacked("query_mask"),
        prior_mask=stacked("prior_mask"),
        has_priors=flags([episode.has_priors for episode in episodes]),
        has_neighbour=flags([episode.has_neighbour for episode in episodes]),
        has_motion=flags(has_motion),
    )
