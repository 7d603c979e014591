"""The motion along the chains of a batch of episodes, as a propagation finds it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.network.features import resize
from rabengine.propagation.motion import SIDE, STEP_ITERATIONS
from rabengine.propagation.optical_flow import carry, likeness, pyramid, register


@dataclass(frozen=True)
class ChainMotion:
    """From one frame of each chain to the one before it.

    Attributes:
        shift: (B, 2, h, w) in pixels of this raster, to the right and down.
        likeness: (B, 1, h, w) in [-1, 1].
    """

    shift: Tensor
    likeness: Tensor

    def carried(self, mask: Tensor) -> Tensor:
        """(B, 2, h, w): (B, 1, H, W) soft masks of the frames before along the motion, and the likeness there."""
        size = (int(self.shift.shape[-2]), int(self.shift.shape[-1]))
        return torch.cat([carry(resize(mask.float(), size), self.shift), self.likeness], dim=1)


@torch.no_grad()
def chain_motion(chain: Tensor) -> list[ChainMotion]:
    """The motion between neighbours of (B, L, 3, H, W) chains, L - 1 of them in their order."""
    batch, length = chain.shape[:2]
    grey = chain.float().mean(dim=2).flatten(0, 1)[:, None]
    small = F.interpolate(grey, size=(SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)
    levels = [level.unflatten(0, (batch, length)) for level in pyramid(small)]
    frames, before = ([level[:, part].flatten(0, 1) for level in levels] for part in (slice(1, None), slice(-1)))
    shift = register(frames, before, STEP_ITERATIONS)
    alike = likeness(frames[0], carry(before[0], shift))
    parts = (maps.unflatten(0, (batch, length - 1)).unbind(dim=1) for maps in (shift, alike))
    return [ChainMotion(*pair) for pair in zip(*parts, strict=True)]
