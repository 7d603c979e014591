"""How good a mask is, and whether the frame shows the object at all, by what the network saw when it made the mask."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .features import resize
from .matching import MEMORY_MAPS, NEIGHBOUR_MAPS

DESCRIBED = 32  # channels
HIDDEN = 64
EDGE = 3  # cells of the soft mask's raster, the width of the band on both sides of its edge
REGIONS = 4
COMPARED = (2, 5, MEMORY_MAPS, MEMORY_MAPS + 1, MEMORY_MAPS + 2, MEMORY_MAPS + NEIGHBOUR_MAPS + 1)  # soft masks
OF_ITSELF = 4  # figures of the mask alone
LEAST = 1e-4  # of the frame; less of a region is none


@dataclass(frozen=True)
class Judgement:
    """Of B masks.

    Attributes:
        quality: (B,) logits of the Dice that the mask has with the truth.
        presence: (B,) logits of the frame showing the object, whatever the mask says.
    """

    quality: Tensor
    presence: Tensor


class Judge(nn.Module):
    """Looks at the mask, at its edge, round it and at the whole frame, and compares it with what the priors say.

    Any mask can be judged, not only the network's own: one that was carried along, or blended of several.

    Args:
        width: channels of the fusion features.
        priors: channels of the priors.
    """

    def __init__(self, width: int, priors: int) -> None:
        super().__init__()
        self.priors = priors
        self.describe = nn.Conv2d(width, DESCRIBED, 1)
        seen = (DESCRIBED + priors) * REGIONS + len(COMPARED) + OF_ITSELF
        self.weigh = nn.Sequential(nn.Linear(seen, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, HIDDEN), nn.SiLU())
        self.say = nn.Linear(HIDDEN, 2)

    def forward(self, fused: Tensor, priors: Tensor | None, mask: Tensor) -> Judgement:
        """Judge soft masks.

        Args:
            fused: (B, width, h, w) fusion features of the frames, as `ImageModel.fuse` gives them.
            priors: (B, priors, h, w), None where there are none.
            mask: (B, 1, h, w) in [0, 1], any resolution.
        """
        size = (int(fused.shape[-2]), int(fused.shape[-1]))
        mask = resize(mask.float(), size)
        if priors is None:
            priors = fused.new_zeros(len(fused), self.priors, 1, 1)
        priors = resize(priors.float(), size)
        described = torch.cat([F.silu(self.describe(fused.float())), priors], dim=1)
        compared = torch.cat([_overlap(mask, priors[:, place : place + 1]) for place in COMPARED], dim=1)
        seen = torch.cat([*(_mean(described, region) for region in _regions(mask)), compared, _itself(mask)], dim=1)
        quality, presence = self.say(self.weigh(seen)).unbind(dim=1)
        return Judgement(quality, presence)


def _regions(mask: Tensor) -> list[Tensor]:
    """(B, 1, h, w) weights of the places in the mask, on its edge, round it, and of all."""
    width = 2 * EDGE + 1
    grown = F.max_pool2d(mask, width, 1, EDGE)
    shrunk = -F.max_pool2d(-mask, width, 1, EDGE)
    return [mask, grown - shrunk, F.max_pool2d(grown, width, 1, EDGE) - grown, torch.ones_like(mask)]


def _mean(maps: Tensor, weights: Tensor) -> Tensor:
    """(B, C) mean of (B, C, h, w) maps in a region, 0 where it is empty."""
    return (maps * weights).mean(dim=(2, 3)) / (weights.mean(dim=(2, 3)) + LEAST)


def _overlap(mask: Tensor, other: Tensor) -> Tensor:
    """(B, 1) soft Dice of two soft masks; two empty ones agree."""
    shared = torch.minimum(mask, other).mean(dim=(2, 3))
    return (2 * shared + LEAST) / (mask.mean(dim=(2, 3)) + other.clamp(min=0).mean(dim=(2, 3)) + LEAST)


def _itself(mask: Tensor) -> Tensor:
    """(B, OF_ITSELF): how large the mask is, how sure where it is, how sure at most, and how soft for its size."""
    area = mask.mean(dim=(2, 3))
    inside = (mask > 0.5).to(mask.dtype)
    sure = _overlap(mask, inside)
    soft = (mask * (1 - mask)).mean(dim=(2, 3)) / (area + LEAST)
    return torch.cat([area.sqrt(), sure, mask.amax(dim=(2, 3)), soft], dim=1)
