"""The banks of a training run of the prompt model: what is trained on, and what is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Generator
from torch.utils.data import DataLoader, Dataset

from rabengine.errors import InputError
from rabengine.io.image_sets import LabelledImage
from rabengine.io.video_sets import TrainingVideo
from rabengine.synthetic.shapes import synthetic_image
from rabengine.synthetic.sketches.draw import KINDS, sketch

from .picture_bank import PictureBank
from .prompt_options import PromptTrainingOptions
from .sources import TrainingSources

SYNTHETIC = "synthetic"
HELD_OUT = 24  # pictures of each set, and frames of each kind of video, at most


class _DrawnPictures(Dataset[LabelledImage]):
    """Picture number `index` of a kind, SYNTHETIC or one of `KINDS`, is a function of that and the seed alone."""

    def __init__(self, kind: str, count: int, seed: int) -> None:
        self.kind, self.count, self.seed = kind, count, seed

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> LabelledImage:
        seed = 1_000_003 * self.seed + index
        return synthetic_image(Generator().manual_seed(seed)) if self.kind == SYNTHETIC else sketch(self.kind, seed)


def training_bank(sources: TrainingSources, options: PromptTrainingOptions, device: torch.device) -> PictureBank:
    """All that is trained on.

    Raises:
        InputError: there is no object to train on.
    """
    # Forked before anything else is on the GPU.
    drawn = {kind: _drawn(kind, options.sketches, options) for kind in KINDS}
    drawn[SYNTHETIC] = _drawn(SYNTHETIC, options.synthetic, options)
    bank = PictureBank(device)
    for images in sources.images:
        bank.add_images(images.name, images.training)
    for videos in sources.videos:
        bank.add_videos(videos.name, videos.training)
    for kind, pictures in drawn.items():
        bank.add_images(kind, pictures)
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


def _drawn(kind: str, count: int, options: PromptTrainingOptions) -> list[LabelledImage]:
    pictures = DataLoader(_DrawnPictures(kind, count, options.seed), batch_size=None, num_workers=options.workers)
    # Copied, for each that comes from another process holds files open.
    return [_copied(picture) for picture in pictures] if count else []


def _copied(picture: LabelledImage) -> LabelledImage:
    parts = picture.pixels.clone(), picture.labels.clone(), picture.regions.clone()
    return LabelledImage(*parts, picture.name)


def _few(videos: Sequence[TrainingVideo]) -> list[TrainingVideo]:
    """The videos with frames that are evenly apart, HELD_OUT of all of them together."""
    kept = []
    for video in videos:
        apart = max(1, len(video) * len(videos) // HELD_OUT)
        part = slice(None, None, apart)
        kept.append(replace(video, pixels=video.pixels[part], labels=video.labels[part], areas=video.areas[part]))
    return kept
