"""The temporal attention unit, TAU (Tan et al., CVPR 2023; OpenSTL)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GAMMA_START = 0.01
REDUCTION = 16


class TemporalAttention(nn.Module):
    """`H' = (SA * DA) * H` with SA the statical (spatial) and DA the dynamical (channel and time) attention."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.near = nn.Conv2d(channels, channels, 5, padding=2, groups=channels)
        self.far = nn.Conv2d(channels, channels, 7, padding=9, dilation=3, groups=channels)
        self.mix = nn.Conv2d(channels, channels, 1)
        reduced = max(channels // REDUCTION, 4)
        self.reduce = nn.Linear(channels, reduced, bias=False)
        self.expand = nn.Linear(reduced, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        statical = self.mix(self.far(self.near(x)))
        dynamical = torch.sigmoid(self.expand(F.relu(self.reduce(x.mean(dim=(2, 3))))))
        return statical * dynamical[:, :, None, None] * x


class AttentionBranch(nn.Module):
    """1x1, GELU, attention gate, 1x1, with its own residual."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(channels, channels, 1)
        self.gate = TemporalAttention(channels)
        self.leave = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.leave(self.gate(F.gelu(self.enter(x))))


class MlpBranch(nn.Module):
    """1x1, depthwise 3x3, GELU, 1x1."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(channels, channels, 1)
        self.spread = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.leave = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.leave(F.gelu(self.spread(self.enter(x))))


class TemporalAttentionUnit(nn.Module):
    """Mixes T consecutive frames: (B, T, C, h, w) to the same shape; T is fixed at construction.

    `x + gamma1 * attn(norm(x))`, then `x + gamma2 * mlp(norm(x))`, gamma per channel from 0.01, so that it starts as
    almost the identity. Group norm instead of batch norm: one batch of one window would fix no statistics.
    """

    def __init__(self, frames: int, width: int) -> None:
        super().__init__()
        channels = frames * width
        self.frames = frames
        self.norm1 = nn.GroupNorm(frames, channels)
        self.norm2 = nn.GroupNorm(frames, channels)
        self.attention = AttentionBranch(channels)
        self.mlp = MlpBranch(channels)
        self.gamma1 = nn.Parameter(torch.full((channels, 1, 1), GAMMA_START))
        self.gamma2 = nn.Parameter(torch.full((channels, 1, 1), GAMMA_START))

    def forward(self, x: Tensor) -> Tensor:
        batch, frames, width, height, columns = x.shape
        if frames != self.frames:
            raise ValueError(f"This unit was built for {self.frames} frames and got {frames}.")
        folded = x.reshape(batch, frames * width, height, columns)
        folded = folded + self.gamma1 * self.attention(self.norm1(folded))
        folded = folded + self.gamma2 * self.mlp(self.norm2(folded))
        return folded.view(batch, frames, width, height, columns)
