"""From features and pseudo mask to logits: the pseudo mask, cross-resolution fusion, the neck, the head."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .features import Features, resize
from .matching import MEMORY_MAPS, MOTION_MAPS, NEIGHBOUR_MAPS

GROUPS = 8
EPSILON = 1e-6
PRIOR_CHANNELS = MEMORY_MAPS + NEIGHBOUR_MAPS + 1 + MOTION_MAPS  # the one amid: whether there is a neighbour


def fuse_node(inputs: int, width: int) -> nn.Sequential:
    """`Phi`: Conv1x1, SiLU, Conv3x3, norm. Group norm, for batches are small when relearning."""
    return nn.Sequential(
        nn.Conv2d(inputs * width, width, 1),
        nn.SiLU(inplace=True),
        nn.Conv2d(width, width, 3, padding=1, bias=False),
        nn.GroupNorm(GROUPS, width),
    )


def column_links(column: int) -> list[int]:
    """log2n links: earlier columns that a column (counted from 1) takes from, such as [4, 3, 1] for 5."""
    links, step = [], 1
    while column - step >= 1:
        links.append(column - step)
        step *= 2
    return links


class GiraffeNeck(nn.Module):
    """Columns of nodes over pyramid levels; odd columns run coarse to fine, even ones fine to coarse.

    A node takes its own level in earlier columns (log2n links), both neighbouring levels of the column before and the
    neighbour just computed (queen fusion). A coarser level is added below the input: large objects are seen whole.
    """

    def __init__(self, width: int, inputs: int = 3, extra: int = 1, columns: int = 3) -> None:
        super().__init__()
        self.levels = inputs + extra
        self.extra = extra
        self.columns = columns
        self.nodes = nn.ModuleDict()
        for column in range(1, columns + 1):
            for level in range(self.levels):
                self.nodes[f"c{column}l{level}"] = fuse_node(len(self.sources(column, level)), width)

    def sources(self, column: int, level: int) -> list[tuple[int, int]]:
        """(column, level) of what a node takes; column 0 is the neck's input."""
        own = [(link, level) for link in column_links(column)] if column > 1 else [(0, level)]
        diagonal = [(column - 1, near) for near in (level - 1, level + 1) if column > 1]
        neighbour = (column, level + 1 if column % 2 else level - 1)
        return [source for source in [*own, *diagonal, neighbour] if 0 <= source[1] < self.levels]

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """(B, width, h, w) a level, finest first, to the last column's maps, one more level than came in."""
        computed: dict[tuple[int, int], Tensor] = {(0, level): value for level, value in enumerate(maps)}
        for level in range(len(maps), self.levels):
            computed[0, level] = F.max_pool2d(computed[0, level - 1], 3, 2, 1)
        sizes = [(int(computed[0, k].shape[-2]), int(computed[0, k].shape[-1])) for k in range(self.levels)]
        for column in range(1, self.columns + 1):
            order = range(self.levels - 1, -1, -1) if column % 2 else range(self.levels)
            for level in order:
                parts = [_to_level(computed[s], s[1], level, sizes[level]) for s in self.sources(column, level)]
                computed[column, level] = self.nodes[f"c{column}l{level}"](torch.cat(parts, dim=1))
        return [computed[self.columns, level] for level in range(self.levels)]


def _to_level(value: Tensor, level: int, target: int, size: tuple[int, int]) -> Tensor:
    """Max-pool 3x3 stride 2 going coarser, bilinear going finer."""
    if level < target:
        return F.max_pool2d(value, 3, 2, 1)
    return resize(value, size) if level > target else value


class Head(nn.Module):
    """Conv3x3, then Conv1x1 with softmax over background and object; frozen while relearning."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.context = nn.Conv2d(width, width, 3, padding=1)
        self.activation = nn.SiLU()
        self.classify = nn.Conv2d(width, 2, 1)

    def forward(self, features: Tensor) -> Tensor:
        """(B, width, h, w) to logits (B, 2, h, w); the softmax is left to whoever needs it."""
        return self.classify(self.activation(self.context(features)))


def pseudo_mask(query: Tensor, support: Tensor, inside: Tensor) -> Tensor:
    """`p = cos(F(q), F(s * m))`, min-max normalised to [0, 1] over the query's locations.

    The paper does not say how one number per query location comes from a map of support locations. Here it is the
    best match among the locations of the object over all supports, as in PFENet's prior (Tian et al., 2020).

    Args:
        query: (B, C, h, w), F(q).
        support: (B, S, C, h, w), F(s * m).
        inside: (B, S, h, w), true where a location holds some of the object.

    Returns:
        (B, 1, h, w) in [0, 1]; all zeros for an episode whose supports hold no object.
    """
    batch, _, height, width = query.shape
    unit_query = F.normalize(query.flatten(2), dim=1)
    unit_support = F.normalize(support.transpose(1, 2).flatten(2), dim=1)
    cosine = torch.einsum("bcq,bcs->bqs", unit_query, unit_support)
    cosine = cosine.masked_fill(~inside.flatten(1)[:, None, :], -1.0)
    best = cosine.amax(dim=2)
    low, high = best.amin(dim=1, keepdim=True), best.amax(dim=1, keepdim=True)
    return ((best - low) / (high - low + EPSILON)).view(batch, 1, height, width)


class CrossResolutionFusion(nn.Module):
    """`f = Conv1x1(Concat(up(p), G(q), G(s * m)))` at strides 4, 8 and 16.

    G(s * m) enters as a map, pixel beside pixel, as the equation has it; several supports are averaged (the
    convolution is linear, so this equals averaging f). What goes beyond the paper comes in through a second 1x1
    convolution without bias, which is the same as more channels in the concatenation; without priors it is the paper's.
    """

    def __init__(self, channels: tuple[int, int, int], width: int) -> None:
        super().__init__()
        self.paper = nn.ModuleList(nn.Conv2d(1 + 2 * count, width, 1) for count in channels)
        self.beyond = nn.ModuleList(nn.Conv2d(PRIOR_CHANNELS, width, 1, bias=False) for _ in channels)

    def forward(self, guess: Tensor, query: Features, support: Features, priors: Tensor | None) -> list[Tensor]:
        """Fuse.

        Args:
            guess: (B, 1, h, w) pseudo mask.
            query: G(q) of B frames.
            support: G(s * m), averaged over the supports; of B frames or of one.
            priors: (B, PRIOR_CHANNELS, h, w) or None (the paper).

        Returns:
            three maps (B, width, H/stride, W/stride), finest first.
        """
        fused = []
        for level, (ours, theirs) in enumerate(zip(query, support, strict=True)):
            size = (int(ours.shape[-2]), int(ours.shape[-1]))
            parts = [resize(guess, size), ours, theirs.expand_as(ours)]
            out = self.paper[level](torch.cat(parts, dim=1))
            if priors is not None:
                out = out + self.beyond[level](resize(priors, size))
            fused.append(out)
        return fused
