"""The image model of phase 1: few-shot segmentation of a query frame from support frames with masks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .backbones import DEFAULT_BACKBONE, new_backbone
from .encoder_decoder import Decoder
from .features import Features, resize
from .fusion import CrossResolutionFusion, GiraffeNeck, Head, pseudo_mask
from .matching import (
    MOTION_MAPS,
    NEIGHBOUR_MAPS,
    KeyProjection,
    MatchingMemory,
    matching_memory,
    memory_maps,
    neighbour_maps,
)

WIDTH = 64
INSIDE = 0.25  # a coarse location belongs to the object when at least this share of it does


@dataclass(frozen=True)
class ObjectMemory:
    """What B episodes remember of one object from S supports each.

    Attributes:
        features: G(s * m), averaged over the supports that hold the object; (B, C, h, w) a level.
        coarse: F(s * m), (B, S, C, H/16, W/16).
        inside: (B, S, H/16, W/16), where `coarse` holds some of the object.
        matching: descriptors of all locations of the supports, object and background.
    """

    features: Features
    coarse: Tensor
    inside: Tensor
    matching: MatchingMemory

    def expand(self, batch: int) -> ObjectMemory:
        """One episode's memory for `batch` query frames, without copying."""
        return ObjectMemory(
            self.features.expand(batch),
            self.coarse.expand(batch, -1, -1, -1, -1),
            self.inside.expand(batch, -1, -1, -1),
            self.matching.expand(batch),
        )


@dataclass(frozen=True)
class Neighbour:
    """The neighbouring frame and the prediction of it.

    Attributes:
        keys: (B, K, H/8, W/8) its descriptors.
        mask: (B, 1, h, w) its soft mask of the object, any resolution.
        present: (B, 1, 1, 1), 0 where an episode has no neighbour.
        moved: (B, MOTION_MAPS, h, w), the mask along the motion between the two frames, in [0, 1], and how like the
            neighbour the frame is there, in [-1, 1]; None where the motion is not known.
    """

    keys: Tensor
    mask: Tensor
    present: Tensor
    moved: Tensor | None = None


class ImageModel(nn.Module):
    """Backbone, pseudo mask, cross-resolution fusion with the GFPN neck, head.

    Beside them what an appearance model's decoder begins as.

    Frame sizes are multiples of 16. Soft masks come at stride 4.

    Args:
        backbone: name of one of `backbones.BACKBONES`.
        width: channels of neck and head.

    Raises:
        InputError: there is no such backbone.
    """

    def __init__(self, backbone: str = DEFAULT_BACKBONE, width: int = WIDTH) -> None:
        super().__init__()
        self.width = width
        self.backbone = new_backbone(backbone)
        self.key_projection = KeyProjection(self.backbone.channels)
        self.fusion = CrossResolutionFusion(self.backbone.channels, width)
        self.neck = GiraffeNeck(width)
        self.head = Head(width)
        self.beginning = Decoder([*reversed(self.backbone.channels)], classes=2)

    def encode(self, frames: Tensor) -> Features:
        """(N, 3, H, W) in [0, 1] to the backbone's maps."""
        return Features(*self.backbone(self.backbone.normalise(frames)))

    def remember(self, supports: Features, objects: Features, masks: Tensor) -> ObjectMemory:
        """Build the memory of one object.

        Args:
            supports: maps of the support frames, B * S of them.
            objects: maps of the support frames with all but the object blackened (s * m), B * S of them.
            masks: (B, S, H, W) in [0, 1].
        """
        batch, count = masks.shape[:2]
        fine, coarse = supports.stride8.shape[-2:], supports.stride16.shape[-2:]
        at8, at16 = (
            resize(masks, (int(fine[0]), int(fine[1]))),
            resize(masks, (int(coarse[0]), int(coarse[1]))),
        )
        inside = at16 >= torch.minimum(at16.new_tensor(INSIDE), 0.5 * at16.amax(dim=(2, 3), keepdim=True))
        inside = inside & (at16 > 0)
        held = (at16.amax(dim=(2, 3)) > 0).to(at16.dtype)
        share = held / held.sum(dim=1, keepdim=True).clamp(min=1.0)
        features = Features(
            *((level.unflatten(0, (batch, count)) * share[:, :, None, None, None]).sum(1) for level in objects)
        )
        keys = self.key_projection(supports).unflatten(0, (batch, count)).permute(0, 1, 3, 4, 2).flatten(1, 3)
        stacked = objects.stride16.unflatten(0, (batch, count))
        return ObjectMemory(features, stacked, inside, matching_memory(keys, at8.flatten(1)))

    def priors(self, query_keys: Tensor, memory: ObjectMemory, neighbour: Neighbour | None) -> Tensor:
        """The maps beyond the paper: (B, PRIOR_CHANNELS, H/4, W/4).

        What is matched comes from stride 8; the neighbour's mask and where it moves are finer, for edges.
        """
        sharpness = self.key_projection.sharpness
        size = (int(query_keys.shape[-2]), int(query_keys.shape[-1]))
        fine = (2 * size[0], 2 * size[1])
        matched = resize(memory_maps(query_keys, memory.matching, sharpness), fine)
        if neighbour is None:
            unknown = matched.new_zeros(len(matched), NEIGHBOUR_MAPS + 1 + MOTION_MAPS, *fine)
            return torch.cat([matched, unknown], dim=1)
        mask = resize(neighbour.mask, size)
        votes = neighbour_maps(query_keys, neighbour.keys, mask, sharpness, neighbour.present)[:, 1:]
        here = resize(neighbour.mask, fine) * neighbour.present
        if neighbour.moved is None:
            moved = matched.new_zeros(len(matched), MOTION_MAPS, *fine)
        else:
            moved = resize(neighbour.moved, fine) * neighbour.present
        return torch.cat([matched, here, resize(votes, fine), neighbour.present.expand_as(here), moved], dim=1)

    def fuse(self, query: Features, memory: ObjectMemory, priors: Tensor | None) -> Tensor:
        """Fusion features z at stride 4, (B, width, H/4, W/4): what the neck hands to the head."""
        guess = pseudo_mask(query.stride16, memory.coarse, memory.inside)
        return self.neck(self.fusion(guess, query, memory.features, priors))[0]

    def forward(self, query: Features, memory: ObjectMemory, priors: Tensor | None = None) -> Tensor:
        """Logits (B, 2, H/4, W/4) of background and object."""
        return self.head(self.fuse(query, memory, priors))
