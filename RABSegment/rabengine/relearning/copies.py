"""Warped and re-lit copies of the marked frames: what supervision the user's marks can give."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from ..augmentation.fields import chance, uniform
from ..augmentation.lighting import relight
from ..augmentation.warp import base_grid, deform, look
from ..feature_store import FeatureStore
from ..network.features import Features

PLAIN_SHARE = 0.5  # of copies that keep the frame's own light


@dataclass(frozen=True)
class MarkedCopy:
    """One copy of one marked frame.

    Attributes:
        frame: the marked frame it was made of.
        features: backbone maps, (1, C, h, w) a level.
        masks: (K, h, w) of each segment.
        near_keys: (1, KEY_CHANNELS, h / 8, w / 8) descriptors of a copy a little moved, as a neighbouring frame.
        near_masks: (K, h, w) of each segment on it.
        known: (K,) bool, whether the segment's presence on this frame is known.
        outside: (1, h, w), 1 where the copy shows nothing of the frame.
    """

    frame: int
    features: Features
    masks: Tensor
    near_keys: Tensor
    near_masks: Tensor
    known: Tensor
    outside: Tensor


@torch.no_grad()
def marked_copy(frame: int, masks: Tensor, known: list[bool], store: FeatureStore, generator: Generator) -> MarkedCopy:
    """Warp, light and encode a marked frame.

    Args:
        frame: its number.
        masks: (K, h, w) of each segment, as the store sees it.
        known: of each segment, whether it is known there.
        store: sees and encodes it.
        generator: decides the copy.
    """
    size = store.view.input_size
    pixels = store.view.frame(frame)[0]
    stacked = torch.cat([masks.cpu(), torch.ones(1, *size)])
    grid = deform(base_grid(*size), generator, 12, 0.12, 0.08, 0.015)
    if chance(generator, 0.15):  # now and then a large one, so that place alone does not decide
        grid = deform(grid, generator, 20, 0.2, 0.15, 0.02)
    near_grid = deform(grid, generator, 5, 0.05, 0.03, 0.008)
    features, warped = _encoded_view(pixels, stacked, grid, store, generator)
    near_features, near_warped = _encoded_view(pixels, stacked, near_grid, store, generator)
    near_keys = store.model.key_projection(near_features)
    outside = 1 - warped[-1:]
    return MarkedCopy(frame, features, warped[:-1], near_keys, near_warped[:-1], torch.tensor(known), outside)


def _encoded_view(
    pixels: Tensor, stacked: Tensor, grid: Tensor, store: FeatureStore, generator: Generator
) -> tuple[Features, Tensor]:
    seen, masks = look(pixels, stacked, grid)
    if not chance(generator, PLAIN_SHARE):
        seen = relight(seen, generator)
    return store.image(seen[None]), masks.to(store.device)


def believed(mask: Tensor, generator: Generator) -> Tensor:
    """A (1, 1, h, w) mask as a neighbour's belief would be: bent, blurred, weakened, now and then lost."""
    grid = deform(base_grid(int(mask.shape[-2]), int(mask.shape[-1])), generator, 4, 0.06, 0.02, 0.01)
    bent = F.grid_sample(mask, grid[None].to(mask.device), mode="bilinear", padding_mode="zeros", align_corners=False)
    for _ in range(int(torch.randint(3, (1,), generator=generator))):
        bent = F.avg_pool2d(F.pad(bent, (3, 3, 3, 3), mode="replicate"), 7, 1)
    if chance(generator, 0.08):
        bent = torch.zeros_like(bent)
    return bent * float(uniform(generator, 0.7, 1.0, 1))
