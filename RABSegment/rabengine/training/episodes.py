"""Episodes: a support with its mask, a query, and the frame beside the query.

Three quarters are what a cine looks like: the query is a warped, re-lit, re-speckled copy of the support. The rest
are the paper's: two pictures of one kind. An episode is a function of (seed, number) alone, so that a resumed run
sees what the interrupted one would have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor
from torch.utils.data import Dataset

from ..augmentation.fields import uniform
from ..augmentation.lighting import colour_character, relight
from ..augmentation.warp import deform, look, random_view
from .image_sets import ImageSet, LabelledImage
from .options import TrainingOptions
from .synthetic import synthetic_pool

Item = TypeVar("Item")
LEAST_OBJECT = 0.0012  # of the view's area; smaller objects cannot be seen at stride 16
TRIES = 6
SYNTHETIC_PICTURES = 500
PAPER_SHARE = 0.3  # of episodes that get no priors: with these the weights serve the paper's preset
NEIGHBOUR_SHARE = 0.75  # of the others that get a neighbouring frame
ABSENT_SHARE = 0.07
JUMP_SHARE = 0.15


@dataclass(frozen=True)
class EpisodeBatch:
    """B episodes of S supports each; images in [0, 1], masks in [0, 1].

    Attributes:
        support: (B, S, 3, H, W). support_mask: (B, S, H, W).
        query: (B, 3, H, W). query_mask: (B, 1, H, W), the truth.
        neighbour: (B, 3, H, W), the frame beside the query. neighbour_mask: (B, 1, H, W), a belief, not the truth.
        has_priors: (B, 1, 1, 1), 0 where the episode is the paper's. has_neighbour: (B, 1, 1, 1).
    """

    support: Tensor
    support_mask: Tensor
    query: Tensor
    query_mask: Tensor
    neighbour: Tensor
    neighbour_mask: Tensor
    has_priors: Tensor
    has_neighbour: Tensor

    def to(self, device: torch.device) -> EpisodeBatch:
        """A copy on a device; transfers from pinned memory do not wait."""
        return EpisodeBatch(*(getattr(self, f.name).to(device, non_blocking=True) for f in fields(self)))

    def pin_memory(self) -> EpisodeBatch:
        """For the data loader."""
        return EpisodeBatch(*(getattr(self, f.name).pin_memory() for f in fields(self)))


@dataclass(frozen=True)
class _Episode:
    views: list[tuple[Tensor, Tensor]]  # supports, then neighbour, then query
    belief: Tensor
    has_priors: bool
    has_neighbour: bool


class EpisodeDataset(Dataset[EpisodeBatch]):
    """Batch number `step` of a run."""

    def __init__(self, sets: list[ImageSet], options: TrainingOptions, rank: int = 0, validation: bool = False) -> None:
        self.sets = [(s.name, s.validation if validation else s.training) for s in sets]
        self.synthetic = synthetic_pool(SYNTHETIC_PICTURES, options.seed) if options.synthetic_share else ()
        self.options = options
        self.rank = rank
        self.validation = validation

    def __len__(self) -> int:
        return self.options.steps

    def __getitem__(self, step: int) -> EpisodeBatch:
        entropy = np.random.SeedSequence((self.options.seed, self.rank, step, int(self.validation)))
        generator = Generator().manual_seed(int(entropy.generate_state(1)[0]))
        supports = 1 + int(torch.multinomial(torch.tensor([0.65, 0.25, 0.1]), 1, generator=generator))
        episodes = [self._episode(supports, generator) for _ in range(self.options.batch)]
        return _collate(episodes, supports)

    def _episode(self, supports: int, generator: Generator) -> _Episode:
        kind = float(torch.rand(1, generator=generator))
        o = self.options
        if kind < o.pair_share:
            return self._pair(supports, generator)
        if kind < o.pair_share + o.region_share:
            return self._copies(*self._pick_region(generator), supports, generator)
        if kind < o.pair_share + o.region_share + o.synthetic_share:
            return self._copies(*_pick_label(_pick(self.synthetic, generator), generator), supports, generator)
        return self._copies(*_pick_label(self._pick_image(generator), generator), supports, generator)

    def _pick_image(self, generator: Generator) -> LabelledImage:
        return _pick(_pick(self.sets, generator)[1], generator)

    def _pick_region(self, generator: Generator) -> tuple[LabelledImage, Tensor]:
        image = self._pick_image(generator)
        return image, _one_label(image.regions, generator)

    def _pair(self, supports: int, generator: Generator) -> _Episode:
        """The paper's episode: supports and query are different pictures of one set with one label."""
        images = _pick(self.sets, generator)[1]
        image, chosen = _pick_label(_pick(images, generator), generator)
        label = int(image.labels[chosen][0])
        views = []
        for _ in range(supports):
            other = _other_with(images, image, label, generator)
            views.append(_visible_view(other, other.labels == label, self.options.size, generator)[:2])
        neighbour, query, belief = _query_views(image, chosen, self.options.size, generator)
        has_priors = bool(torch.rand(1, generator=generator) < 0.5)
        has_neighbour = has_priors and bool(torch.rand(1, generator=generator) < 0.3)
        return _lit([*views, neighbour, query], belief, has_priors, has_neighbour, generator)

    def _copies(self, image: LabelledImage, chosen: Tensor, supports: int, generator: Generator) -> _Episode:
        """A cine's episode: supports, neighbour and query are copies of one picture."""
        size = self.options.size
        pixels, mask, view = _visible_view(image, chosen, size, generator)
        views = [(pixels, mask)]
        for _ in range(supports - 1):
            views.append(_look(image, chosen, deform(view, generator, 25, 0.25, 0.12, 0.02)))
        has_priors = bool(torch.rand(1, generator=generator) >= PAPER_SHARE)
        has_neighbour = has_priors and bool(torch.rand(1, generator=generator) < NEIGHBOUR_SHARE)
        if has_priors and bool(torch.rand(1, generator=generator) < ABSENT_SHARE):
            neighbour, query, belief = self._absent(mask, generator)
        else:
            neighbour, query, belief = _query_views(image, chosen, size, generator, view)
        return _lit([*views, neighbour, query], belief, has_priors, has_neighbour, generator)

    def _absent(self, support_mask: Tensor, generator: Generator) -> tuple:
        """A query that shows something else altogether; its neighbour's belief is empty, or wrong."""
        other = self._pick_image(generator)
        nothing = torch.zeros_like(other.labels, dtype=torch.bool)
        neighbour, query, belief = _query_views(other, nothing, self.options.size, generator)
        if torch.rand(1, generator=generator) < 0.5:
            belief = support_mask * float(torch.rand(1, generator=generator))
        return neighbour, query, belief


def _pick(items: Sequence[Item], generator: Generator) -> Item:
    return items[int(torch.randint(len(items), (1,), generator=generator))]


def _one_label(labels: Tensor, generator: Generator) -> Tensor:
    """(H, W) bool of one of the labels in the picture, none when there is none."""
    present = torch.unique(labels)
    present = present[present > 0]
    if len(present) == 0:
        return torch.zeros_like(labels, dtype=torch.bool)
    return labels == _pick(list(present), generator)


def _pick_label(image: LabelledImage, generator: Generator) -> tuple[LabelledImage, Tensor]:
    return image, _one_label(image.labels, generator)


def _other_with(
    images: tuple[LabelledImage, ...], image: LabelledImage, label: int, generator: Generator
) -> LabelledImage:
    """Another picture of the set with this label, the same one when a few tries find none."""
    for _ in range(TRIES):
        other = _pick(images, generator)
        if other is not image and bool((other.labels == label).any()):
            return other
    return image


def _visible_view(
    image: LabelledImage, chosen: Tensor, size: int, generator: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """A random view in which the object is large enough; the last try otherwise. Pixels, mask, grid."""
    for _ in range(TRIES):
        grid = random_view(size, generator)
        pixels, mask = _look(image, chosen, grid)
        if float(mask.mean()) >= LEAST_OBJECT:
            break
    return pixels, mask, grid


def _look(image: LabelledImage, chosen: Tensor, grid: Tensor, padding: str = "zeros") -> tuple[Tensor, Tensor]:
    return look(image.pixels.float() / 255.0, chosen[None].float(), grid, padding)


def _query_views(
    image: LabelledImage, chosen: Tensor, size: int, generator: Generator, view: Tensor | None = None
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor], Tensor]:
    """Neighbour, query, and a belief about the neighbour's mask: the truth, bent, blurred and weakened."""
    view = (
        _visible_view(image, chosen, size, generator)[2]
        if view is None
        else deform(view, generator, 25, 0.25, 0.12, 0.02)
    )
    jump = bool(torch.rand(1, generator=generator) < JUMP_SHARE)
    beside = deform(view, generator, 20, 0.2, 0.12, 0.02) if jump else deform(view, generator, 5, 0.05, 0.03, 0.008)
    padding = "zeros" if torch.rand(1, generator=generator) < 0.7 else "reflection"
    query, neighbour = _look(image, chosen, view, padding), _look(image, chosen, beside, padding)
    _, belief = _look(image, chosen, deform(beside, generator, 3, 0.06, 0.015, 0.012), padding)
    blur = int(torch.randint(4, (1,), generator=generator))
    for _ in range(blur):
        belief = F.avg_pool2d(F.pad(belief[None], (3, 3, 3, 3), mode="replicate"), 7, 1)[0]
    if torch.rand(1, generator=generator) < 0.06:  # lost on the frame before: the supports must find it again
        belief = torch.zeros_like(belief)
    return neighbour, query, belief * float(uniform(generator, 0.7, 1.0, 1))


def _lit(
    views: list[tuple[Tensor, Tensor]],
    belief: Tensor,
    has_priors: bool,
    has_neighbour: bool,
    generator: Generator,
) -> _Episode:
    pixels = colour_character(torch.stack([view[0] for view in views]), generator)
    lit = [(relight(picture, generator), view[1]) for picture, view in zip(pixels, views, strict=True)]
    return _Episode(lit, belief, has_priors, has_neighbour)


def _collate(episodes: list[_Episode], supports: int) -> EpisodeBatch:
    def gather(view: int, part: int) -> Tensor:
        return torch.stack([episode.views[view][part] for episode in episodes])

    def flags(values: list[bool]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1)

    return EpisodeBatch(
        support=torch.stack([gather(s, 0) for s in range(supports)], dim=1),
        support_mask=torch.stack([gather(s, 1)[:, 0] for s in range(supports)], dim=1),
        query=gather(supports + 1, 0),
        query_mask=gather(supports + 1, 1),
        neighbour=gather(supports, 0),
        neighbour_mask=torch.stack([episode.belief for episode in episodes]),
        has_priors=flags([episode.has_priors for episode in episodes]),
        has_neighbour=flags([episode.has_neighbour for episode in episodes]),
    )
