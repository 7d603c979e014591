"""Pictures that training draws for itself, each a function of its kind and a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from torch import Generator
from torch.utils.data import DataLoader, Dataset

from rabengine.errors import InputError
from rabengine.io.image_regions import natural_regions
from rabengine.io.image_sets import ImageSet, LabelledImage
from rabengine.io.split import split_images
from rabengine.synthetic.shapes import synthetic_image
from rabengine.synthetic.sketches.draw import KINDS, sketch

from .options import TrainingOptions

Draw = Callable[[int], LabelledImage]  # from a seed
FEWEST = 4  # sketches of a kind
SEEDS_APART = 1_000_003  # the pictures of neighbouring runs are others


def sketch_sets(options: TrainingOptions) -> tuple[ImageSet, ...]:
    """A set of each kind of sketch, with regions, and a part of it held out as of any other set.

    Raises:
        InputError: so few that none would be left to train on.
    """
    if not options.sketches:
        return ()
    if options.sketches < FEWEST:
        raise InputError(f"{options.sketches} sketches are too few.", f"Draw at least {FEWEST}, or none.")
    training, validation = split_images(options.sketches, options.validation_share, options.split_seed)
    sets = []
    for kind in KINDS:
        drawn = _pictures(partial(_sketch, kind), options.sketches, options.seed, options.workers)
        sets.append(ImageSet(kind, tuple(drawn[i] for i in training), tuple(drawn[i] for i in validation)))
    return tuple(sets)


def drawn_shapes(count: int, seed: int, workers: int) -> list[LabelledImage]:
    """Pictures of random shapes and textures."""
    return _pictures(_shapes, count, seed, workers)


def _pictures(draw: Draw, count: int, seed: int, workers: int) -> list[LabelledImage]:
    """The first `count` of a run's seed, in order, drawn by so many processes; 0 draws them in this one."""
    if not count:
        return []
    seeds = [SEEDS_APART * seed + number for number in range(count)]
    # Copied, for each that comes from another process holds files open.
    return [_copied(one) for one in DataLoader(_Drawn(draw, seeds), batch_size=None, num_workers=workers)]


class _Drawn(Dataset[LabelledImage]):
    def __init__(self, draw: Draw, seeds: Sequence[int]) -> None:
        self.draw, self.seeds = draw, seeds

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, index: int) -> LabelledImage:
        return self.draw(self.seeds[index])


def _sketch(kind: str, seed: int) -> LabelledImage:
    drawn = sketch(kind, seed)
    return replace(drawn, regions=natural_regions(drawn.pixels))


def _shapes(seed: int) -> LabelledImage:
    return synthetic_image(Generator().manual_seed(seed))


def _copied(picture: LabelledImage) -> LabelledImage:
    parts = picture.pixels.clone(), picture.labels.clone(), picture.regions.clone()
    return LabelledImage(*parts, picture.name)
