"""A small U-Net on a pretrained encoder: what is fine-tuned to a cine.

Ronneberger, Fischer, Brox: U-Net (MICCAI 2015).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .backbone import Backbone, FineBackbone

WIDTHS = (96, 64, 48, 32)  # of the decoder at strides 16, 8, 4 and 2
DECODER_RATE = 1e-3
ENCODER_RATE = 1e-4
WARM_UP = 10  # steps


class Decoder(nn.Module):
    """From the maps of an encoder, the coarsest first, to logits of each class at the finest of them.

    Args:
        skips: channels of the maps, the coarsest first.
        classes: background among them.
    """

    def __init__(self, skips: Sequence[int], classes: int) -> None:
        super().__init__()
        widths = WIDTHS[: len(skips)]
        self.enter = _block(skips[0], widths[0])
        self.rise = nn.ModuleList(
            _block(above + skip, width) for above, skip, width in zip(widths[:-1], skips[1:], widths[1:], strict=True)
        )
        self.classify = nn.Conv2d(widths[-1], classes, 1)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """(N, C, h, w) a level, the finest first, to (N, classes, h, w) at the finest."""
        x = self.enter(levels[-1])
        for block, skip in zip(self.rise, levels[-2::-1], strict=True):
            x = F.interpolate(x, size=skip.shape[-2:], mode="bilinear", align_corners=False)
            x = block(torch.cat([x, skip], dim=1))
        return self.classify(x)

    @torch.no_grad()
    def begin_from(self, start: Decoder) -> None:
        """Take the weights of a decoder of background and one object; each class but the first begins as the object."""
        ours, theirs = self.state_dict(), start.state_dict()
        rows = torch.tensor([0, *[1] * (len(self.classify.weight) - 1)])
        for name, value in theirs.items():
            taken = value[rows.to(value.device)] if name.startswith("classify.") else value
            ours[name].copy_(taken)


class EncoderDecoder(nn.Module):
    """(N, 3, h, w) in [0, 1], sides multiples of 16, to logits (N, classes, h, w).

    The decoder is random at first, the encoder is what `backbone` holds.

    Args:
        backbone: the encoder.
        classes: background among them.
        is_fine: look at maps at stride 2, too, where the backbone gives them.
    """

    def __init__(self, backbone: Backbone, classes: int, is_fine: bool = True) -> None:
        super().__init__()
        self.encoder = backbone
        self.is_fine = is_fine
        skips = [*reversed(backbone.channels)]
        if is_fine and isinstance(backbone, FineBackbone):
            skips.append(backbone.fine_channels)
        self.decoder = Decoder(skips, classes)

    def forward(self, pictures: Tensor) -> Tensor:
        logits = self.decoder(self._levels(self.encoder.normalise(pictures)))
        return F.interpolate(logits, size=pictures.shape[-2:], mode="bilinear", align_corners=False)

    def _levels(self, x: Tensor) -> tuple[Tensor, ...]:
        """Maps at strides (2,) 4, 8 and 16."""
        if self.is_fine and isinstance(self.encoder, FineBackbone):
            return self.encoder.fine_levels(x)
        return self.encoder(x)


def fine_tuning_schedule(
    model: EncoderDecoder, steps: int
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.LambdaLR]:
    """Optimiser and pace of a fine-tuning: warm-up, then cosine decay; what is pretrained learns more slowly."""
    rates = ((model.decoder, DECODER_RATE), (model.encoder, ENCODER_RATE))
    optimizer = torch.optim.AdamW(
        [{"params": list(part.parameters()), "lr": rate} for part, rate in rates], weight_decay=1e-4
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
