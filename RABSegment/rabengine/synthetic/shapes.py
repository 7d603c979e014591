"""Synthetic pictures of random shapes and textures (in the spirit of SynthMorph, Hoffmann et al. 2022).

They have no anatomy at all, so that the model learns "the same thing again" and does not stop at ultrasound.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from rabengine.augmentation import smooth_field
from rabengine.io.image_sets import LabelledImage

SIDE = 256


def random_shape(generator: Generator) -> Tensor:
    """(SIDE, SIDE) bool, a star-shaped blob with a wavy border."""
    centre = (torch.rand(2, generator=generator) * 1.2 - 0.6).tolist()
    radius = 0.08 + 0.4 * float(torch.rand(1, generator=generator)) ** 1.5
    stretch = 0.5 + float(torch.rand(1, generator=generator))
    turn = float(torch.rand(1, generator=generator)) * math.pi
    line = torch.linspace(-1, 1, SIDE)
    rows, columns = torch.meshgrid(line, line, indexing="ij")
    x, y = columns - centre[0], rows - centre[1]
    u = math.cos(turn) * x + math.sin(turn) * y
    v = (math.cos(turn) * y - math.sin(turn) * x) * stretch
    angle = torch.atan2(v, u)
    border = torch.ones_like(angle)
    for wave in range(2, 6):
        amplitude, phase = torch.rand(2, generator=generator).tolist()
        border = border + 0.5 / wave * amplitude * torch.cos(wave * angle + 2 * math.pi * phase)
    return u**2 + v**2 < (radius * border) ** 2


def synthetic_image(generator: Generator) -> LabelledImage:
    """One picture: a tissue map from smooth noise, one to three shapes on it, a colour and texture for each label."""
    tissues = 3 + int(torch.randint(6, (1,), generator=generator))
    grid = 2 + int(torch.randint(4, (1,), generator=generator))
    labels = smooth_field(generator, tissues, grid, (SIDE, SIDE)).argmax(dim=0)
    for extra in range(1 + int(torch.randint(3, (1,), generator=generator))):
        labels[random_shape(generator)] = tissues + extra
    count = int(labels.max()) + 1
    colours = torch.rand(count, 3, generator=generator)
    if torch.rand(1, generator=generator) < 0.5:  # half of medicine is grey
        colours = colours.mean(dim=1, keepdim=True).expand(-1, 3)
    contrast = 0.3 + 0.7 * torch.rand(1, generator=generator)
    picture = (0.5 + contrast * (colours - 0.5))[labels].permute(2, 0, 1)
    strength = 0.25 * torch.rand(count, generator=generator)[labels]
    texture = torch.zeros(1, SIDE, SIDE)
    for texture_grid in (12, 40, 128):
        level = smooth_field(generator, count, texture_grid, (SIDE, SIDE))
        texture = texture + torch.rand(1, generator=generator) * level.gather(0, labels[None])
    soft = F.avg_pool2d(F.pad(picture[None], (1, 1, 1, 1), mode="replicate"), 3, 1)[0]
    pixels = ((soft + strength * texture).clamp(0, 1) * 255).to(torch.uint8)
    return LabelledImage(pixels, (labels + 1).to(torch.uint8), (labels + 1).to(torch.uint8), "synthetic")


def synthetic_pool(count: int, seed: int) -> tuple[LabelledImage, ...]:
    """`count` pictures, always the same for a seed."""
    generator = Generator().manual_seed(seed)
    return tuple(synthetic_image(generator) for _ in range(count))
