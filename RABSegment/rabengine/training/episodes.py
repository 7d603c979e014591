"""Episodes: supports with their masks, and a chain of frames whose last one is the query.

Most are what a cine looks like: frames of a synthetic cine, or warped, re-lit, re-speckled copies of the support. The
rest are the paper's: two pictures of one kind. An episode is a function of (seed, number) alone, so that a resumed
run sees what the interrupted one would have.
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

from rabengine.augmentation import base_grid, chance, colour_character, deform, look, random_view, relight, uniform
from rabengine.io.image_sets import ImageSet, LabelledImage
from rabengine.synthetic.clip import clip
from rabengine.synthetic.render import Clip
from rabengine.synthetic.settings import ClipSettings
from rabengine.synthetic.stills import synthetic_pool

from .options import TrainingOptions


@dataclass(frozen=True)
class EpisodeBatch:
    """B episodes of S supports each; images in [0, 1], masks in [0, 1].

    Attributes:
        support: (B, S, 3, H, W). support_mask: (B, S, H, W).
        chain: (B, L, 3, H, W), neighbouring frames; the last one is the query.
        query_mask: (B, 1, H, W), the truth of the query.
        prior_mask: (B, 1, H, W), the prediction of the chain's first frame: the truth, bent and weakened.
        has_priors: (B, 1, 1, 1), 0 where the episode is the paper's. has_neighbour: (B, 1, 1, 1).
    """

    support: Tensor
    support_mask: Tensor
    chain: Tensor
    query_mask: Tensor
    prior_mask: Tensor
    has_priors: Tensor
    has_neighbour: Tensor

    def to(self, device: torch.device) -> EpisodeBatch:
        """A copy on a device; transfers from pinned memory do not wait."""
        return EpisodeBatch(*(getattr(self, f.name).to(device, non_blocking=True) for f in fields(self)))

    def pin_memory(self) -> EpisodeBatch:
        """For the data loader."""
        return EpisodeBatch(*(getattr(self, f.name).pin_memory() for f in fields(self)))


@dataclass(frozen=True)
class Episode:
    """One episode.

    Attributes:
        support: (S, 3, H, W). support_mask: (S, H, W).
        chain: (L, 3, H, W). query_mask: (1, H, W). prior_mask: (1, H, W). See `EpisodeBatch`.
        has_priors: whether the network may use what goes beyond the paper.
        has_neighbour: whether there is a neighbouring frame.
    """

    support: Tensor
    support_mask: Tensor
    chain: Tensor
    query_mask: Tensor
    prior_mask: Tensor
    has_priors: bool
    has_neighbour: bool


@dataclass(frozen=True)
class EpisodeShape:
    """What all episodes of a batch share: side of the views in pixels, supports, frames of the chain."""

    size: int
    supports: int
    length: int


def collate(episodes: list[Episode]) -> EpisodeBatch:
    """Episodes of one shape as a batch."""

    def flags(values: list[bool]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1)

    def stacked(name: str) -> Tensor:
        return torch.stack([getattr(episode, name) for episode in episodes])

    return EpisodeBatch(
        support=stacked("support"),
        support_mask=stacked("support_mask"),
        chain=stacked("chain"),
        query_mask=stacked("query_mask"),
        prior_mask=stacked("prior_mask"),
        has_priors=flags([episode.has_priors for episode in episodes]),
        has_neighbour=flags([episode.has_neighbour for episode in episodes]),
    )


Item = TypeVar("Item")
LEAST_OBJECT = 0.0012  # of the view's area; smaller objects cannot be seen at stride 16
TRIES = 6
JUMP_SHARE = 0.15
LOST_SHARE = 0.06


def pick(items: Sequence[Item], generator: Generator) -> Item:
    """One of the items."""
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


def bent_belief(mask: Tensor, generator: Generator) -> Tensor:
    """A (1, h, w) mask as a prediction would have it: bent, blurred, weakened, now and then lost."""
    height, width = int(mask.shape[-2]), int(mask.shape[-1])
    grid = deform(base_grid(height, width), generator, 3, 0.06, 0.015, 0.012)
    prior_mask = F.grid_sample(mask[None], grid[None], mode="bilinear", padding_mode="border", align_corners=False)[0]
    for _ in range(int(torch.randint(4, (1,), generator=generator))):
        prior_mask = F.avg_pool2d(F.pad(prior_mask[None], (3, 3, 3, 3), mode="replicate"), 7, 1)[0]
    if chance(generator, LOST_SHARE):  # lost on the frame before: the supports must find it again
        prior_mask = torch.zeros_like(prior_mask)
    return prior_mask * float(uniform(generator, 0.7, 1.0, 1))


FARTHEST = 40.0  # frames from the first support to the query
PACES = (0.5, 2.5)  # how fast things move, log-uniform
ABSENCE_SHARE = 0.35  # of clips in which the object is away for long, so that many a query does not show it
ABSENCES = ClipSettings(vanish=0.6, leave=0.6, away=(0.3, 0.5))
RELIT_SHARE = 0.2  # of clips whose every frame has its own light on top


def clip_episode(
    image: LabelledImage, chosen: Tensor, shape: EpisodeShape, beyond: tuple[bool, bool], generator: Generator
) -> Episode:
    """Supports and a chain of neighbouring frames of a synthetic cine.

    Args:
        image: the still it is made of.
        chosen: (H, W) bool, the object.
        shape: of the batch.
        beyond: whether it has priors, and neighbouring frames.
        generator: decides everything.
    """
    made = _visible_clip(image, chosen, shape, generator)
    frames = colour_character(made.frames, generator)
    if chance(generator, RELIT_SHARE):
        frames = torch.stack([relight(frame, generator) for frame in frames])
    count = shape.supports
    return Episode(
        frames[:count],
        made.masks[:count, 0],
        frames[count:],
        made.masks[-1],
        bent_belief(made.masks[count], generator),
        *beyond,
    )


def _visible_clip(image: LabelledImage, chosen: Tensor, shape: EpisodeShape, generator: Generator) -> Clip:
    """A clip whose first support shows the object; the last try otherwise."""
    settings = ABSENCES if chance(generator, ABSENCE_SHARE) else ClipSettings()
    pixels, mask = image.pixels.float() / 255.0, chosen[None].float()
    for _ in range(TRIES):
        view = visible_view(image, chosen, shape.size, generator)[2]
        pace = float(torch.exp(uniform(generator, *torch.tensor(PACES).log().tolist(), 1)))
        made = clip(pixels, mask, view, generator, pace=pace, times=_times(shape, generator), settings=settings)
        if float(made.masks[0].mean()) >= LEAST_OBJECT:
            break
    return made


def _times(shape: EpisodeShape, generator: Generator) -> Tensor:
    """Frame numbers of the supports, then of the chain; a cine is walked forward or backward."""
    supports = FARTHEST * torch.rand(shape.supports, generator=generator)
    distance = float(torch.exp(uniform(generator, 0.0, torch.tensor(FARTHEST).log().item(), 1)))
    query = supports[0] + (distance if float(supports[0]) + distance <= FARTHEST else -distance)
    step = 1.0 if chance(generator, 0.7) else 2.0
    behind = torch.arange(shape.length - 1, -1, -1, dtype=torch.float32) * step
    chain = query - behind if float(query) > float(supports[0]) else query + behind
    return torch.cat([supports, chain]).clamp(0.0, FARTHEST + 4)


SYNTHETIC_PICTURES = 500
SUPPORTS = (0.65, 0.25, 0.1)  # shares of batches with 1, 2 and 3 supports
LENGTHS = (0.35, 0.35, 0.3)  # shares of batches with chains of 2, 3 and 4 frames
SCALES = (5 / 6, 1.0, 7 / 6, 4 / 3)  # of the views' side, in turn by chance: users' cines come in all sizes
PAPER_SHARE = 0.25  # of episodes that get no priors: with these the weights serve the paper's preset
NEIGHBOUR_SHARE = 0.8  # of the others that get neighbouring frames
ABSENT_SHARE = 0.07


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
        shape = self._shape(generator)
        return collate([self._episode(shape, generator) for _ in range(self.options.batch)])

    def _shape(self, generator: Generator) -> EpisodeShape:
        supports = 1 + _draw(SUPPORTS, generator)
        if self.validation:
            return EpisodeShape(self.options.size, supports, 2)
        length = 2 + _draw(LENGTHS, generator)
        side = self.options.size * pick(SCALES if self.options.scales else (1.0,), generator)
        return EpisodeShape(round(side / 16) * 16, supports, length)

    def _episode(self, shape: EpisodeShape, generator: Generator) -> Episode:
        kind = float(torch.rand(1, generator=generator))
        if kind < self.options.pair_share:
            return self._pair(shape, generator)
        image, chosen = self._source(kind - self.options.pair_share, generator)
        if chance(generator, self.options.clip_share):
            return clip_episode(image, chosen, shape, _beyond(generator), generator)
        return self._copies(image, chosen, shape, generator)

    def _source(self, kind: float, generator: Generator) -> tuple[LabelledImage, Tensor]:
        """A picture and the object in it: a region, a synthetic shape or a label, as `kind` falls among the shares."""
        o = self.options
        if kind < o.region_share:
            image = self._pick_image(generator)
            return image, pick_label(image.regions, generator)
        is_synthetic = kind < o.region_share + o.synthetic_share
        image = pick(self.synthetic, generator) if is_synthetic else self._pick_image(generator)
        return image, pick_label(image.labels, generator)

    def _pick_image(self, generator: Generator) -> LabelledImage:
        return pick(pick(self.sets, generator)[1], generator)

    def _pair(self, shape: EpisodeShape, generator: Generator) -> Episode:
        """The paper's episode: supports and query are different pictures of one set with one label."""
        images = pick(self.sets, generator)[1]
        image = pick(images, generator)
        chosen = pick_label(image.labels, generator)
        label = int(image.labels[chosen][0])
        views = []
        for _ in range(shape.supports):
            other = other_with(images, image, label, generator)
            views.append(visible_view(other, other.labels == label, shape.size, generator)[:2])
        grid = visible_view(image, chosen, shape.size, generator)[2]
        frames, masks = chain_of_views(image, chosen, grid, shape.length, generator)
        has_priors = chance(generator, 0.5)
        return _lit(views, frames, masks, (has_priors, has_priors and chance(generator, 0.3)), generator)

    def _copies(self, image: LabelledImage, chosen: Tensor, shape: EpisodeShape, generator: Generator) -> Episode:
        """A cine's episode: all frames are copies of one picture."""
        pixels, mask, view = visible_view(image, chosen, shape.size, generator)
        views = [(pixels, mask)]
        for _ in range(shape.supports - 1):
            views.append(view_of(image, chosen, deform(view, generator, 25, 0.25, 0.12, 0.02)))
        beyond = _beyond(generator)
        if beyond[0] and chance(generator, ABSENT_SHARE):
            return self._absent(views, mask, shape, beyond, generator)
        grid = deform(view, generator, 25, 0.25, 0.12, 0.02)
        frames, masks = chain_of_views(image, chosen, grid, shape.length, generator)
        return _lit(views, frames, masks, beyond, generator)

    def _absent(
        self,
        views: list[tuple[Tensor, Tensor]],
        support_mask: Tensor,
        shape: EpisodeShape,
        beyond: tuple[bool, bool],
        generator: Generator,
    ) -> Episode:
        """A chain that shows something else altogether; the prior_mask of its first frame is empty, or wrong."""
        other = self._pick_image(generator)
        nothing = torch.zeros_like(other.labels, dtype=torch.bool)
        grid = visible_view(other, nothing, shape.size, generator)[2]
        frames, masks = chain_of_views(other, nothing, grid, shape.length, generator)
        if chance(generator, 0.5):
            masks = torch.cat([support_mask[None], masks[1:]])
        return _lit(views, frames, masks, beyond, generator)


def _draw(shares: tuple[float, ...], generator: Generator) -> int:
    return int(torch.multinomial(torch.tensor(shares), 1, generator=generator))


def _beyond(generator: Generator) -> tuple[bool, bool]:
    """Whether an episode of a cine has priors, and neighbouring frames."""
    has_priors = not chance(generator, PAPER_SHARE)
    return has_priors, has_priors and chance(generator, NEIGHBOUR_SHARE)


def _lit(
    views: list[tuple[Tensor, Tensor]],
    frames: Tensor,
    masks: Tensor,
    beyond: tuple[bool, bool],
    generator: Generator,
) -> Episode:
    """Supports (views) and chain with one character of colour, each frame in its own light."""
    pixels = torch.cat([torch.stack([view[0] for view in views]), frames])
    lit = torch.stack([relight(picture, generator) for picture in colour_character(pixels, generator)])
    count = len(views)
    return Episode(
        lit[:count],
        torch.cat([view[1] for view in views]),
        lit[count:],
        masks[-1],
        bent_belief(masks[0], generator),
        *beyond,
    )
