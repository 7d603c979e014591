"""Cross-resolution feature fusion (paper, phase 1, part 2), before the neck."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .features import Features, resize
from .matching import MEMORY_MAPS, NEIGHBOUR_MAPS

PRIOR_CHANNELS = MEMORY_MAPS + NEIGHBOUR_MAPS + 1  # the last one: whether there is a neighbour


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
