"""Episodes: supports with their masks, and a chain of frames whose last one is the query.

Most are what a cine looks like: frames of a real video or of a synthetic cine, or warped, re-lit, re-speckled copies
of the support. The rest are the paper's: two pictures of one kind. An episode is a function of (seed, number) alone,
so that a resumed run sees what the interrupted one would have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor
from torch.utils.data import Dataset

from rabengine.augmentation import chance, colour_character, deform, relight
from rabengine.io.image_sets import ImageSet, LabelledImage
from rabengine.io.video_sets import VideoSet
from rabengine.synthetic.shapes import synthetic_pool

from .chain_changes import DrawForeign
from .clip_episodes import clip_episode
from .episode_batch import Episode, EpisodeBatch, EpisodeShape, collate
from .options import TrainingOptions
from .recipes import draw_recipe
from .sources import set_weight, set_weights
from .video_episodes import neighbouring_frames, video_episode
from .views import bent_prior, chain_of_views, other_with, pick, pick_label, still_frames, view_of, visible_view

SYNTHETIC_PICTURES = 500
SUPPORTS = (0.65, 0.25, 0.1)  # shares of batches with 1, 2 and 3 supports
LENGTHS = (0.35, 0.35, 0.3)  # shares of batches with chains of 2, 3 and 4 frames
LONG = (5, 8)  # frames of long chains, at least and at most
SCALES = (5 / 6, 1.0, 7 / 6, 4 / 3)  # of the views' side, in turn by chance: users' cines come in all sizes
PAPER_SHARE = 0.25  # of episodes that get no priors: with these the weights serve the paper's preset
NEIGHBOUR_SHARE = 0.8  # of the others that get neighbouring frames
ABSENT_SHARE = 0.07
MOTION_SHARE = 0.85  # of episodes whose motion is told: a preset may do without, and memory has its bounds
FOREIGN_VIDEO_SHARE = 0.5  # of the scenes that a video is cut to; the others are stills


class EpisodeDataset(Dataset[EpisodeBatch]):
    """Batch number `step` of a run.

    Args:
        sets: of pictures. options: of the run. rank: of this process. validation: of what is held out.
        videos: `options.video_share` of the episodes is made of them; kinds that have none on this side are passed
            over.
    """

    def __init__(
        self,
        sets: Sequence[ImageSet],
        options: TrainingOptions,
        rank: int = 0,
        validation: bool = False,
        videos: Sequence[VideoSet] = (),
    ) -> None:
        self.sets = _drawn_from([_with_objects(one) for one in sets], options, validation)
        self.videos = _drawn_from(videos, options, validation)
        self.set_weights = set_weights([name for name, _ in self.sets], options.shares)
        self.video_weights = set_weights([name for name, _ in self.videos], options.shares)
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
        episodes = [self._episode(shape, generator) for _ in range(self.options.batch)]
        chance_of_motion = np.random.default_rng(entropy.spawn(1)[0]).random(len(episodes))
        return collate(episodes, [drawn < MOTION_SHARE for drawn in chance_of_motion.tolist()])

    def _shape(self, generator: Generator) -> EpisodeShape:
        supports = 1 + _draw(SUPPORTS, generator)
        if self.validation:
            return EpisodeShape(self.options.size, supports, 2)
        length = 2 + _draw(LENGTHS, generator)
        if self.options.long_share and chance(generator, self.options.long_share):
            length = int(torch.randint(LONG[0], LONG[1] + 1, (1,), generator=generator))
        side = self.options.size * pick(SCALES if self.options.scales else (1.0,), generator)
        return EpisodeShape(round(side / 16) * 16, supports, length)

    def _episode(self, shape: EpisodeShape, generator: Generator) -> Episode:
        if self.videos and chance(generator, self.options.video_share):
            return self._video(shape, generator)
        kind = float(torch.rand(1, generator=generator))
        if kind < self.options.pair_share:
            return self._pair(shape, generator)
        image, chosen = self._source(kind - self.options.pair_share, generator)
        if chance(generator, self.options.clip_share):
            recipe = draw_recipe(self.options.recipe_share, generator)
            return clip_episode(
                image, chosen, shape, _beyond(generator), generator, recipe, self._foreign_to_picture(image, shape)
            )
        return self._copies(image, chosen, shape, generator)

    def _video(self, shape: EpisodeShape, generator: Generator) -> Episode:
        """Each kind of video is as likely as its weight, and each video of it as the others of it."""
        kind, videos = pick(self.videos, generator, self.video_weights)
        foreign = self._foreign_to_video(kind, shape)
        return video_episode(pick(videos, generator), shape, _beyond(generator), generator, foreign)

    def _foreign_to_picture(self, image: LabelledImage, shape: EpisodeShape) -> DrawForeign:
        """Draws frames of a picture of another set: one of the same set shows the same kind of object."""

        def draw(generator: Generator) -> Tensor | None:
            sets = [*(part for _, part in self.sets), self.synthetic]
            others = [part for part in sets if part and not any(one is image for one in part)]
            if not others:
                return None
            return still_frames(pick(pick(others, generator), generator), shape.size, shape.length, generator)

        return draw

    def _foreign_to_video(self, kind: str, shape: EpisodeShape) -> DrawForeign:
        """Draws frames of a video of another kind, or of a picture."""

        def draw(generator: Generator) -> Tensor | None:
            others = [video for name, videos in self.videos if name != kind for video in videos]
            if others and (not self.sets or chance(generator, FOREIGN_VIDEO_SHARE)):
                return neighbouring_frames(pick(others, generator), shape, generator)
            if not self.sets:
                return None
            return still_frames(self._pick_image(generator), shape.size, shape.length, generator)

        return draw

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
        return pick(self._pick_set(generator), generator)

    def _pick_set(self, generator: Generator) -> tuple[LabelledImage, ...]:
        return pick(self.sets, generator, self.set_weights)[1]

    def _pair(self, shape: EpisodeShape, generator: Generator) -> Episode:
        """The paper's episode: supports and query are different pictures of one set with one label."""
        images = self._pick_set(generator)
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


def _drawn_from(
    sets: Sequence[ImageSet] | Sequence[VideoSet], options: TrainingOptions, validation: bool
) -> list[tuple[str, Any]]:
    """Names and pictures or videos of the sets that have any on this side, and a share above 0."""
    sides = [(s.name, s.validation if validation else s.training) for s in sets]
    return [(name, part) for name, part in sides if part and set_weight(name, options.shares) > 0]


def _with_objects(images: ImageSet) -> ImageSet:
    """The set without pictures on which nothing is labelled: there is nothing to learn or to find on them."""
    training, validation = (
        tuple(one for one in side if bool(one.labels.any())) for side in (images.training, images.validation)
    )
    return ImageSet(images.name, training, validation)


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
        bent_prior(masks[0], generator),
        *beyond,
    )
