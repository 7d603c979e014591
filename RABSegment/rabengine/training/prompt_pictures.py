"""The banks of a training run of the prompt model: what is trained on, and what is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from rabengine.errors import InputError
from rabengine.io.video_sets import TrainingVideo

from .drawn_pictures import drawn_shapes
from .picture_bank import PictureBank
from .prompt_options import PromptTrainingOptions
from .sources import TrainingSources

SYNTHETIC = "synthetic"
HELD_OUT = 24  # pictures of each set, and frames of each kind of video, at most


def training_bank(sources: TrainingSources, options: PromptTrainingOptions, device: torch.device) -> PictureBank:
    """All that is trained on.

    Raises:
        InputError: there is no object to train on.
    """
    # Forked before anything else is on the GPU.
    shapes = drawn_shapes(options.synthetic, options.seed, options.workers)
    bank = PictureBank(device)
    for images in sources.images:
        bank.add_images(images.name, images.training)
    for videos in sources.videos:
        bank.add_videos(videos.name, videos.training)
    bank.add_images(SYNTHETIC, shapes)
    if not bank.sets:
        raise InputError("There is no labelled object to train on.", "Give images or videos with masks.")
    bank.settle()
    return bank


def held_out_bank(sources: TrainingSources, device: torch.device) -> PictureBank | None:
    """Some of what is held out; None where nothing is."""
    bank = PictureBank(device)
    for images in (*sources.images, *sources.images_left_out):
        bank.add_images(images.name, images.validation[:HELD_OUT])
    for videos in (*sources.videos, *sources.videos_left_out):
        bank.add_videos(videos.name, _few(videos.validation))
    if not bank.sets:
        return None
    bank.settle()
    return bank


def _few(videos: Sequence[TrainingVideo]) -> list[TrainingVideo]:
    """The videos with frames that are evenly apart, HELD_OUT of all of them together."""
    kept = []
    for video in videos:
        apart = max(1, len(video) * len(videos) // HELD_OUT)
        part = slice(None, None, apart)
        kept.append(replace(video, pixels=video.pixels[part], labels=video.labels[part], areas=video.areas[part]))
    return kept
