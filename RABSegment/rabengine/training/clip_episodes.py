"""Episodes that are frames of a synthetic cine."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from rabengine.augmentation import chance, colour_character, relight, uniform
from rabengine.io.image_sets import LabelledImage
from rabengine.synthetic.clip import clip
from rabengine.synthetic.render import Clip
from rabengine.synthetic.settings import ClipSettings

from .chain_changes import ChainChange, DrawForeign, frozen, with_foreign
from .episode_batch import Episode, EpisodeShape
from .recipes import Recipe
from .views import LEAST_OBJECT, TRIES, bent_prior, visible_view

FARTHEST = 40.0  # frames from the first support to the query
PACES = (0.5, 2.5)  # how fast things move, log-uniform
ABSENCE_SHARE = 0.35  # of clips in which the object is away for long, so that many a query does not show it
ABSENCES = ClipSettings(vanish=0.6, leave=0.6, away=(0.3, 0.5))
RELIT_SHARE = 0.2  # of clips whose every frame has its own light on top


def clip_episode(
    image: LabelledImage,
    chosen: Tensor,
    shape: EpisodeShape,
    beyond: tuple[bool, bool],
    generator: Generator,
    recipe: Recipe | None,
    draw_foreign: DrawForeign,
) -> Episode:
    """Supports and a chain of neighbouring frames of a synthetic cine.

    Args:
        image: the still it is made of.
        chosen: (H, W) bool, the object.
        shape: of the batch.
        beyond: whether it has priors, and neighbouring frames.
        generator: decides everything.
        recipe: what it shows on purpose; None for what any clip may show.
        draw_foreign: draws what a scene is cut to.
    """
    settings = None if recipe is None else recipe.settings
    made = _visible_clip(image, chosen, shape, settings, generator)
    change = None if recipe is None else recipe.change
    frames, masks, count = made.frames, made.masks, shape.supports
    foreign = draw_foreign(generator) if change is not None and change.is_foreign else None
    if change is not None and foreign is not None:
        chain, masks = with_foreign(frames[count:], masks[count:], foreign, change, masks[0], generator)
        frames, masks = torch.cat([frames[:count], chain]), torch.cat([made.masks[:count], masks])
    frames = colour_character(frames, generator)
    if chance(generator, RELIT_SHARE):
        frames = torch.stack([relight(frame, generator) for frame in frames])
    chain, chain_masks = frames[count:], masks[count:]
    if change is ChainChange.FREEZE:
        chain, chain_masks = frozen(chain, chain_masks, generator)
    return Episode(
        frames[:count],
        masks[:count, 0],
        chain,
        chain_masks[-1],
        bent_prior(chain_masks[0], generator),
        *beyond,
    )


def _visible_clip(
    image: LabelledImage, chosen: Tensor, shape: EpisodeShape, settings: ClipSettings | None, generator: Generator
) -> Clip:
    """A clip whose first support shows the object; the last try otherwise."""
    if settings is None:
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
