"""The head (paper, phase 1, part 3)."""

from __future__ import annotations

from torch import Tensor, nn


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
