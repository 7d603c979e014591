"""A small U-Net on a pretrained encoder: what is fine-tuned to a cine.

Ronneberger, Fischer, Brox: U-Net (MICCAI 2015).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .backbone import VARIANTS, Backbone, normalise

WIDTHS = (96, 64, 48, 32)  # of the decoder at strides 16, 8, 4 and 2
DECODER_RATE = 1e-3
ENCODER_RATE = 1e-4
WARM_UP = 10  # steps


class EncoderDecoder(nn.Module):
    """(N, 3, h, w) in [0, 1], sides multiples of 16, to logits (N, classes, h, w).

    The decoder is random at first, the encoder is what `backbone` holds.

    Args:
        backbone: the encoder.
        classes: background among them.
        finest: stride of the finest maps that the decoder looks at, 2 or 4.
    """

    def __init__(self, backbone: Backbone, classes: int, finest: int = 2) -> None:
        super().__init__()
        stages = VARIANTS[backbone.variant]
        self.encoder = backbone
        widths = WIDTHS if finest == 2 else WIDTHS[:-1]
        skips = [stages[index].channels for index in (4, 2, 1, 0)]
        self.enter = _block(skips[0], widths[0])
        self.rise = nn.ModuleList(
            _block(above + skip, width) for above, skip, width in zip(widths, skips[1:], widths[1:], strict=False)
        )
        self.classify = nn.Conv2d(widths[-1], classes, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        levels = self._levels(normalise(pictures))
        x = self.enter(levels[-1])
        for block, skip in zip(self.rise, levels[-2::-1], strict=False):
            x = F.interpolate(x, size=skip.shape[-2:], mode="bilinear", align_corners=False)
            x = block(torch.cat([x, skip], dim=1))
        return F.interpolate(self.classify(x), size=pictures.shape[-2:], mode="bilinear", align_corners=False)

    def _levels(self, x: Tensor) -> list[Tensor]:
        """Maps at strides 2, 4, 8 and 16; the backbone's own output leaves out stride 2."""
        x = F.relu6(self.encoder.stem(x))
        levels = []
        for index, stage in enumerate(self.encoder.stages):
            x = stage(x)
            if index != 3:  # stage 4 follows at the same stride
                levels.append(x)
        return levels


def fine_tuning_schedule(
    model: EncoderDecoder, steps: int
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.LambdaLR]:
    """Optimiser and pace of a fine-tuning: warm-up, then cosine decay; what is pretrained learns more slowly."""
    encoder = list(model.encoder.parameters())
    pretrained = {id(value) for value in encoder}
    decoder = [value for value in model.parameters() if id(value) not in pretrained]
    optimizer = torch.optim.AdamW(
        [{"params": decoder, "lr": DECODER_RATE}, {"params": encoder, "lr": ENCODER_RATE}], weight_decay=1e-4
    )
    pace = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))
    )
    return optimizer, pace


def _block(inputs: int, width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, width):
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.GroupNorm(8, width), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)
