"""Views of labelled pictures, and chains of views that go on as the frames of a cine do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from rabengine.augmentation import base_grid, chance, deform, look, random_view, uniform
from rabengine.io.image_sets import LabelledImage

Item = TypeVar("Item")
LEAST_OBJECT = 0.0012  # of the view's area; smaller objects cannot be seen at stride 16
TRIES = 6
JUMP_SHARE = 0.15
LOST_SHARE = 0.06


def pick(items: Sequence[Item], generator: Generator, weights: Tensor | None = None) -> Item:
    """One of the items; (N,) weights say how likely each is, equally without any."""
    if weights is not None:
        return items[int(torch.multinomial(weights, 1, generator=generator))]
    return items[int(torch.randint(len(items), (1,), generator=generator))]


def pick_label(labels: Tensor, generator: Generator) -> Tensor:
    """(H, W) bool of one of the labels in the picture, none when there is none."""
    present = torch.unique(labels)
    present = present[present > 0]
    if len(present) == 0:
        return torch.zeros_like(labels, dtype=torch.bool)
    return labels == pick(list(present), generator)


def other_with(
    images: tuple[LabelledImage, ...], image: LabelledImage, label: int, generator: Generator
) -> LabelledImage:
    """Another picture of the set with this label, the same one when a few tries find none."""
    for _ in range(TRIES):
        other = pick(images, generator)
        if other is not image and bool((other.labels == label).any()):
            return other
    return image


def view_of(image: LabelledImage, chosen: Tensor, grid: Tensor, padding: str = "zeros") -> tuple[Tensor, Tensor]:
    """(3, h, w) pixels in [0, 1] and (1, h, w) mask through a grid."""
    return look(image.pixels.float() / 255.0, chosen[None].float(), grid, padding)


def visible_view(
    image: LabelledImage, chosen: Tensor, size: int, generator: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """A random view in which the object is large enough; the last try otherwise. Pixels, mask, grid."""
    for _ in range(TRIES):
        grid = random_view(size, generator)
        pixels, mask = view_of(image, chosen, grid)
        if float(mask.mean()) >= LEAST_OBJECT:
            break
    return pixels, mask, grid


def chain_of_views(
    image: LabelledImage, chosen: Tensor, grid: Tensor, length: int, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Frames (length, 3, h, w) that end at a view, and their masks (length, 1, h, w); now and then one jumps."""
    padding = "zeros" if chance(generator, 0.7) else "reflection"
    views = [view_of(image, chosen, grid, padding)]
    for _ in range(length - 1):
        jump = chance(generator, JUMP_SHARE)
        grid = deform(grid, generator, 20, 0.2, 0.12, 0.02) if jump else deform(grid, generator, 5, 0.05, 0.03, 0.008)
        views.append(view_of(image, chosen, grid, padding))
    frames, masks = zip(*reversed(views), strict=True)
    return torch.stack(frames), torch.stack(masks)


def still_frames(image: LabelledImage, size: int, length: int, generator: Generator) -> Tensor:
    """(length, 3, size, size) frames of a still whose objects do not matter."""
    nothing = torch.zeros_like(image.labels, dtype=torch.bool)
    return chain_of_views(image, nothing, random_view(size, generator), length, generator)[0]


def bent_prior(mask: Tensor, generator: Generator) -> Tensor:
    """A (1, h, w) mask as a prediction would have it: bent, blurred, weakened, now and then lost."""
    height, width = int(mask.shape[-2]), int(mask.shape[-1])
    grid = deform(base_grid(height, width), generator, 3, 0.06, 0.015, 0.012)
    prior_mask = F.grid_sample(mask[None], grid[None], mode="bilinear", padding_mode="border", align_corners=False)[0]
    for _ in range(int(torch.randint(4, (1,), generator=generator))):
        prior_mask = F.avg_pool2d(F.pad(prior_mask[None], (3, 3, 3, 3), mode="replicate"), 7, 1)[0]
    if chance(generator, LOST_SHARE):  # lost on the frame before: the supports must find it again
        prior_mask = torch.zeros_like(prior_mask)
    return prior_mask * float(uniform(generator, 0.7, 1.0, 1))
