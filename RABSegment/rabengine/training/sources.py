"""What a run trains on, and what it keeps to validate on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rabengine.errors import InputError
from rabengine.io.image_sets import ImageSet, find_sets, load_set
from rabengine.io.video_sets import VideoSet, load_video_sets
from rabengine.synthetic.sketches.draw import KINDS

from .drawn_pictures import sketch_sets
from .options import TrainingOptions


@dataclass(frozen=True)
class TrainingSources:
    """Sets of pictures and kinds of videos.

    Attributes:
        images, videos: trained on, a part of each held out.
        images_left_out, videos_left_out: not trained on at all; all of them is held out.
    """

    images: tuple[ImageSet, ...]
    videos: tuple[VideoSet, ...] = ()
    images_left_out: tuple[ImageSet, ...] = ()
    videos_left_out: tuple[VideoSet, ...] = ()

    @property
    def every(self) -> list[ImageSet | VideoSet]:
        """All sets and kinds, those left out last."""
        return [*self.images, *self.videos, *self.images_left_out, *self.videos_left_out]

    @property
    def names(self) -> list[str]:
        """Of all sets and kinds."""
        return [s.name for s in self.every]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many pictures or videos of each are trained on and held out."""
        return {s.name: {"training": len(s.training), "validation": len(s.validation)} for s in self.every}

    def held_out_videos(self) -> list[str]:
        """Names of the videos that are not trained on."""
        return [video.name for s in (*self.videos, *self.videos_left_out) for video in s.validation]


def load_sources(options: TrainingOptions) -> TrainingSources:
    """Read the sets and videos of a run.

    Raises:
        InputError: folders that do not hold what they should, a name that no set has, or no set to train on.
    """
    share, seed = options.validation_share, options.split_seed
    images = tuple(load_set(folder, share, seed) for folder in find_sets(options.images))
    videos = tuple(load_video_sets(options.videos, share, seed))
    sketches = list(KINDS) if options.sketches else []
    known = TrainingSources(images, videos).names + sketches
    _check_names(options.leave_out, known, "--leave-out")
    _check_names([name for name, _ in options.shares], known, "--shares")
    left, there = options.leave_out, [name for name in known if name not in options.leave_out]
    if all(set_weight(name, options.shares) == 0 for name in there if name in {*sketches, *(s.name for s in images)}):
        raise InputError("No set of images is left to train on.", "Leave out fewer, or give one a share above 0.")
    images += sketch_sets(options)  # last, for that takes a minute
    return TrainingSources(
        tuple(s for s in images if s.name not in left),
        tuple(s for s in videos if s.name not in left),
        tuple(replace(s, training=(), validation=s.training + s.validation) for s in images if s.name in left),
        tuple(replace(s, training=(), validation=s.training + s.validation) for s in videos if s.name in left),
    )


def set_weight(name: str, shares: Sequence[tuple[str, float]]) -> float:
    """How likely a set is against the others: 1, unless the options say something else."""
    return dict(shares).get(name, 1.0)


def set_weights(names: Sequence[str], shares: Sequence[tuple[str, float]]) -> Tensor | None:
    """(N,) of sets; None when all are equally likely, for then the draws are those of runs before there were shares.

    Equal is the default because the sets' sizes say how much someone happened to collect, not how often a user will
    meet the kind: drawn by pictures, two large ultrasound sets would be half of all episodes.
    """
    if not any(name in dict(shares) for name in names):
        return None
    return torch.tensor([set_weight(name, shares) for name in names], dtype=torch.float32)


def _check_names(names: Sequence[str], known: Sequence[str], option: str) -> None:
    for name in names:
        if name not in known:
            raise InputError(f"{option} names {name!r}, which no set is called.", f"There are {', '.join(known)}.")
