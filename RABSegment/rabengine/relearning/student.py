"""The relearning model: a copy of the image model with a temporal attention unit between fusion and head."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from ..network.image_model import ImageModel
from ..network.temporal_attention import TemporalAttentionUnit
from ..presets import Relearning


class Student(nn.Module):
    """What relearns. The head is frozen, and the backbone where its features are to be computed once.

    Args:
        teacher: the image model; it is copied, not changed.
        choices: what relearns.
        seed: of the temporal attention unit's first weights.
    """

    def __init__(self, teacher: ImageModel, choices: Relearning, seed: int) -> None:
        super().__init__()
        self.image = copy.deepcopy(teacher)
        self.image.requires_grad_(True)
        self.image.head.requires_grad_(False)
        self.image.backbone.requires_grad_(choices.train_backbone)
        self.image.key_projection.requires_grad_(False)
        self.window = choices.window
        self.attention: TemporalAttentionUnit | None = None
        if choices.temporal_attention:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                self.attention = TemporalAttentionUnit(choices.window, teacher.width)

    def attend(self, fused: Tensor) -> Tensor:
        """Fusion features (B, C, h, w) of consecutive frames to what the head reads; B is the window, or TAU is off."""
        return fused if self.attention is None else self.attention(fused[None])[0]

    def trained(self) -> list[nn.Parameter]:
        """The parameters that relearn."""
        return [value for value in self.parameters() if value.requires_grad]
