"""The stills that synthetic cines start from: labelled pictures by set, and shapes without anatomy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor

from rabengine.io.image_sets import ImageSet, LabelledImage, find_sets, load_set
from rabengine.io.quiet import quiet_libraries

from .options import SHAPES, STILLS, VALIDATION, SetOptions
from .shapes import synthetic_image

SHAPE_ENTROPY = 73  # keeps the shapes' seeds apart from those of training's pool, which are small numbers
MOST_SHAPES = 2
SHAPE_AREA = (0.01, 0.35)  # of the picture; labels that cover more or less are no objects


@dataclass(frozen=True)
class Still:
    """A picture with objects to follow.

    Attributes:
        pixels: (3, H, W) in [0, 1]. labels: K label values. masks: (K, H, W) of 0 and 1.
        origin: name of its set. name: of the picture in it.
    """

    pixels: Tensor
    labels: tuple[int, ...]
    masks: Tensor
    origin: str
    name: str


class Stills:
    """Stills by set; shapes count as one set more.

    Raises:
        InputError: a folder holds no image set, or an image set cannot be read.
    """

    def __init__(self, options: SetOptions) -> None:
        self._sets: dict[str, tuple[LabelledImage, ...]] = {}
        for folder in find_sets(options.images) if options.kind != SHAPES else ():
            loaded = _load(folder, options)
            images = loaded.validation if options.split == VALIDATION else loaded.training
            self._sets[str(folder)] = tuple(image for image in images if bool(image.labels.any()))
        self.origins = [*self._sets, *([SHAPES] if options.kind != STILLS else [])]

    def draw(self, number: int, entropy: tuple[int, ...], generator: Generator) -> Still | None:
        """A still of set `number` (they come round again), None when none of its pictures shows an object.

        Args:
            number: of the set. entropy: seed of a shape. generator: draws the picture.
        """
        origin = self.origins[number % len(self.origins)]
        if origin == SHAPES:
            return _shapes(int(np.random.SeedSequence((SHAPE_ENTROPY, *entropy)).generate_state(1)[0]))
        images = self._sets[origin]
        if not images:
            return None
        image = images[int(torch.randint(len(images), (1,), generator=generator))]
        return _still(
            image, [int(value) for value in torch.unique(image.labels) if value > 0], Path(origin).resolve().name
        )


def _load(folder: Path, options: SetOptions) -> ImageSet:
    with quiet_libraries():
        return load_set(folder, options.validation_share, options.split_seed)


def _shapes(seed: int) -> Still | None:
    """A picture of random shapes; its objects are the last labels, those that lie on top."""
    image = synthetic_image(Generator().manual_seed(seed))
    shares = torch.bincount(image.labels.flatten().long()) / image.labels.numel()
    fitting = [label for label in range(len(shares)) if SHAPE_AREA[0] < float(shares[label]) < SHAPE_AREA[1]]
    if not fitting:
        return None
    return _still(
        LabelledImage(image.pixels, image.labels, image.regions, f"seed-{seed}"), fitting[-MOST_SHAPES:], SHAPES
    )


def _still(image: LabelledImage, labels: list[int], origin: str) -> Still:
    masks = torch.stack([image.labels == label for label in labels]).float()
    values = tuple(range(1, len(labels) + 1)) if origin == SHAPES else tuple(labels)
    return Still(image.pixels.float() / 255.0, values, masks, origin, image.name)
