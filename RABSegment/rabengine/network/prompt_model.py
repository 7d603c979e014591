"""The prompt model: one object of a frame from clicks, scribbles, a box and the mask so far.

What the picture says is computed once a frame (`encode`). The prompts enter after the backbone, in a small U-shaped
network beside its maps, so that a click is answered without the backbone. Frames of the same cine on which the object
is known already may help: how well each place matches them is one more input.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .backbone import FineBackbone
from .backbones import DEFAULT_BACKBONE, new_backbone
from .features import Features, resize
from .matching import MEMORY_MAPS, KeyProjection, MatchingMemory, matching_memory, memory_maps
from .prompt_maps import PROMPT_CHANNELS

GROUPS = 8
FULL_CHANNELS = 16
WIDTHS = (32, 64, 96, 192)  # at strides 2, 4, 8 and 16
STRIDES = (2, 4, 8, 16)
PROMPT_STRENGTH = 1.0  # of the weights that prompts enter with, at first
HEADS = 6
ATTENTION_BLOCKS = 4
QUALITY_WIDTH = 64


class PromptFeatures(NamedTuple):
    """What is known of N frames before any prompt.

    Attributes:
        full: (N, FULL_CHANNELS, H, W), the picture's own edges.
        levels: maps (N, WIDTHS[i], H / s, W / s) at strides 2, 4, 8 and 16.
        keys: (N, K, H/8, W/8) descriptors to match places with.
    """

    full: Tensor
    levels: tuple[Tensor, Tensor, Tensor, Tensor]
    keys: Tensor

    def detach(self) -> PromptFeatures:
        """The same without gradients."""
        stride2, stride4, stride8, stride16 = (level.detach() for level in self.levels)
        return PromptFeatures(self.full.detach(), (stride2, stride4, stride8, stride16), self.keys.detach())


class PromptAnswer(NamedTuple):
    """The model's answer to N prompts.

    Attributes:
        logits: (N, 1, H, W) of the object.
        quality: (N,) logits of the IoU that the mask is expected to have.
    """

    logits: Tensor
    quality: Tensor


class Residual(nn.Module):
    """Two 3x3 convolutions that are added to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.first_norm = nn.GroupNorm(GROUPS, width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.GroupNorm(GROUPS, width)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.first_norm(self.first(x)), inplace=True)
        return F.relu(x + self.second_norm(self.second(y)), inplace=True)


class UpStep(nn.Module):
    """From one level to the next, where what is there already is added."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        kernel = 3 if stride == 2 else 1
        self.change = nn.Conv2d(inputs, width, kernel, stride, padding=kernel // 2, bias=False)
        self.norm = nn.GroupNorm(GROUPS, width)

    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        """(N, inputs, h, w) to (N, width, *size of `beside`)."""
        x = resize(self.change(x), (int(beside.shape[-2]), int(beside.shape[-1])))
        return F.relu(self.norm(x + beside), inplace=True)


class Attention(nn.Module):
    """Every place of the coarsest level sees every other: a click on one side tells the other side."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.place = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.first_norm = nn.LayerNorm(width)
        self.asked = nn.Linear(width, 3 * width)
        self.told = nn.Linear(width, width)
        self.second_norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        height, width = int(x.shape[-2]), int(x.shape[-1])
        tokens = (x + self.place(x)).flatten(2).transpose(1, 2)
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in self.asked(self.first_norm(tokens)).chunk(3, dim=2)
        )
        seen = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        tokens = tokens + self.told(seen)
        tokens = tokens + self.narrow(F.gelu(self.wide(self.second_norm(tokens))))
        return tokens.transpose(1, 2).unflatten(2, (height, width))


class PromptModel(nn.Module):
    """Backbone, prompt encoder, attention at stride 16, decoder to full resolution, quality head.

    Frame sizes are multiples of 16.

    Args:
        backbone: name of one of `backbones.BACKBONES` that has maps at stride 2.
    """

    def __init__(self, backbone: str = DEFAULT_BACKBONE) -> None:
        super().__init__()
        made = new_backbone(backbone)
        if not isinstance(made, FineBackbone):
            raise TypeError(f"The backbone {backbone} has no maps at stride 2.")
        self.backbone = made
        self.key_projection = KeyProjection(made.channels)
        two, four, eight, sixteen = WIDTHS
        self.picture = nn.Conv2d(3, FULL_CHANNELS, 3, padding=1)
        self.lateral = nn.ModuleList(
            nn.Sequential(nn.Conv2d(count, width, 1, bias=False), nn.GroupNorm(GROUPS, width))
            for count, width in zip((made.fine_channels, *made.channels), WIDTHS, strict=True)
        )
        self.supports = nn.Conv2d(MEMORY_MAPS, eight, 1, bias=False)
        self.prompted = nn.ModuleList(nn.Conv2d(PROMPT_CHANNELS, width, 1, bias=False) for width in WIDTHS)
        self.down2, self.down4 = UpStep(PROMPT_CHANNELS, two, 2), UpStep(two, four, 2)
        self.down8, self.down16 = UpStep(four, eight, 2), UpStep(eight, sixteen, 2)
        self.block4, self.block8 = Residual(four), Residual(eight)
        self.attention = nn.Sequential(*(Attention(sixteen, HEADS) for _ in range(ATTENTION_BLOCKS)))
        self.up8, self.up4, self.up2 = UpStep(sixteen, eight, 1), UpStep(eight, four, 1), UpStep(four, two, 1)
        self.finer8, self.finer4, self.finer2 = Residual(eight), Residual(four), Residual(two)
        self.up1 = nn.Conv2d(two, FULL_CHANNELS, 1)
        self.edges = nn.Conv2d(FULL_CHANNELS, FULL_CHANNELS, 3, padding=1)
        self.classify = nn.Conv2d(FULL_CHANNELS, 1, 3, padding=1)
        self.judge = nn.Sequential(
            nn.Linear(2 * sixteen + eight, QUALITY_WIDTH), nn.SiLU(), nn.Linear(QUALITY_WIDTH, 1)
        )
        for weight in self.prompted.parameters():  # a click must count from the start beside the picture
            nn.init.normal_(weight, std=PROMPT_STRENGTH)

    def encode(self, frames: Tensor) -> PromptFeatures:
        """(N, 3, H, W) in [0, 1] to what the prompts are answered from."""
        fine, *maps = self.backbone.fine_levels(self.backbone.normalise(frames))
        stride2, stride4, stride8, stride16 = (
            lateral(level) for lateral, level in zip(self.lateral, (fine, *maps), strict=True)
        )
        keys = self.key_projection(Features(*maps))
        return PromptFeatures(self.picture(2 * frames - 1), (stride2, stride4, stride8, stride16), keys)

    def remember(self, keys: Tensor, masks: Tensor) -> MatchingMemory:
        """Remember one object from frames on which it is known.

        Args:
            keys: of B * S frames, from `encode`.
            masks: (B, S, H, W) in [0, 1].
        """
        batch, count = masks.shape[:2]
        fine = resize(masks, (int(keys.shape[-2]), int(keys.shape[-1])))
        keys = keys.unflatten(0, (batch, count)).permute(0, 1, 3, 4, 2).flatten(1, 3)
        return matching_memory(keys, fine.flatten(1))

    def matched(self, features: PromptFeatures, memory: MatchingMemory) -> Tensor:
        """(B, MEMORY_MAPS, H/8, W/8): how well each place of the frames matches what is remembered."""
        return memory_maps(features.keys, memory, self.key_projection.sharpness)

    def forward(self, features: PromptFeatures, prompts: Tensor, matched: Tensor | None = None) -> PromptAnswer:
        """Answer prompts.

        Args:
            features: of N frames.
            prompts: (N, PROMPT_CHANNELS, H, W), see `prompt_maps`.
            matched: (N, MEMORY_MAPS, H/8, W/8) from `matched`; zeros, or None, where nothing is remembered.
        """
        stride2, stride4, stride8, stride16 = (
            level + entry(F.max_pool2d(prompts, stride))
            for level, entry, stride in zip(features.levels, self.prompted, STRIDES, strict=True)
        )
        if matched is not None:
            stride8 = stride8 + self.supports(matched)  # without bias: zeros say nothing
        x2 = self.down2(prompts, stride2)
        x4 = self.block4(self.down4(x2, stride4))
        x8 = self.block8(self.down8(x4, stride8))
        x16 = self.attention(self.down16(x8, stride16))
        y8 = self.finer8(self.up8(x16, x8))
        y4 = self.finer4(self.up4(y8, x4))
        y2 = self.finer2(self.up2(y4, x2))
        y1 = F.relu(
            resize(self.up1(y2), (int(prompts.shape[-2]), int(prompts.shape[-1]))) + features.full, inplace=True
        )
        logits = self.classify(F.relu(self.edges(y1), inplace=True))
        return PromptAnswer(logits, self._quality(logits, x16, y8))

    def _quality(self, logits: Tensor, x16: Tensor, y8: Tensor) -> Tensor:
        """(N,): from what is in the mask, and from the whole."""
        mask = torch.sigmoid(logits.detach().float())
        seen = []
        for level in (x16, y8):
            inside = resize(mask, (int(level.shape[-2]), int(level.shape[-1])))
            seen.append((level.float() * inside).sum(dim=(2, 3)) / (inside.sum(dim=(2, 3)) + 1e-3))
        seen.append(x16.float().mean(dim=(2, 3)))
        verdict: Tensor = self.judge(torch.cat(seen, dim=1))[:, 0]
        return verdict
