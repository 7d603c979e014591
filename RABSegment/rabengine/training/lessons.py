"""What the decoder of an appearance model begins as, so that few steps on a cine are enough.

First-order meta-learning (Reptile: Nichol, Achiam, Schulman, arXiv:1803.02999): lesson after lesson an appearance model
learns one object from a few frames as it does on a user's cine, and the beginning moves some way to where it got.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import torch

from rabengine.adaptation.appearance import AppearanceModel, Example, Examples
from rabengine.network.encoder_decoder import Decoder
from rabengine.network.image_model import ImageModel

from .episode_batch import EpisodeBatch
from .episodes import EpisodeDataset
from .options import TrainingOptions
from .sources import TrainingSources

STEPS = 24  # of a lesson, as few as there shall be on a cine
LESSON_SEED = 2  # beside those of the run's episodes and of its validation
FIRST_PACE, LAST_PACE = 0.5, 0.05  # share of the way that a lesson's end is followed


def lesson_episodes(sources: TrainingSources, options: TrainingOptions) -> EpisodeDataset:
    """One episode a lesson, of all that a run trains on but pairs of pictures: a cine shows one object throughout."""
    fixed = replace(options, steps=options.lessons, batch=1, pair_share=0.0, seed=options.seed + LESSON_SEED)
    return EpisodeDataset(sources.images, fixed, videos=sources.videos)


def learn_lesson(model: ImageModel, episode: EpisodeBatch, seed: int, device: torch.device, pace: float) -> float:
    """Learn one object, and let the beginning follow.

    Args:
        model: its `beginning` changes.
        episode: a batch of one; the supports are learned from, and the query where it shows the object.
        seed: of the copies that are learned from.
        device: where the model is.
        pace: share of the way, see `pace`.

    Returns:
        the last loss that was read.
    """
    learner = AppearanceModel(model, 1, device, seed)
    losses: list[float] = []
    learner.learn(Examples(_examples(episode), []), STEPS, _into(losses))
    follow(model.beginning, learner.network.decoder, pace)
    return losses[-1]


def pace(lesson: int, lessons: int) -> float:
    """Of a lesson, falling from FIRST_PACE to LAST_PACE."""
    return FIRST_PACE + (LAST_PACE - FIRST_PACE) * lesson / max(1, lessons - 1)


@torch.no_grad()
def follow(beginning: Decoder, learned: Decoder, pace: float) -> None:
    """Move the weights of one decoder part of the way to those of another."""
    for ours, theirs in zip(beginning.parameters(), learned.parameters(), strict=True):
        ours.lerp_(theirs.to(ours), pace)


def _examples(episode: EpisodeBatch) -> list[Example]:
    pictures = [*zip(episode.support[0], episode.support_mask[0], strict=True)]
    if bool(episode.query_mask[0].any()):
        pictures.append((episode.chain[0, -1], episode.query_mask[0, 0]))
    known = torch.ones(1, dtype=torch.bool)
    return [Example(pixels, torch.stack([1 - mask, mask]), known) for pixels, mask in pictures]


def _into(losses: list[float]) -> Callable[[Mapping[str, float]], None]:
    def note(read: Mapping[str, float]) -> None:
        losses.extend(read.values())

    return note
