"""`rabsegment train`: train a model from folders of labelled images and videos."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import Any

from rabengine.network.backbones import BACKBONES
from rabengine.training.options import TrainingOptions
from rabengine.training.prompt_options import PromptTrainingOptions

from .cancellation import raise_on_signals
from .options import (
    add_device,
    add_image_folders,
    add_seed,
    add_split,
    named_share,
    names,
    natural,
    portion,
    positive,
)
from .unused import refuse_unused, tell_given_apart

CHECKPOINT_SUFFIX = ".training"
MODELS = ("image", "prompt", "judge")
SHARES = (
    ("video", TrainingOptions.video_share, "episodes that are frames of the videos"),
    ("pair", TrainingOptions.pair_share, "the other episodes that are on two pictures of a set, the paper's"),
    ("region", TrainingOptions.region_share, "the other episodes whose object is a region found without labels"),
    ("synthetic", TrainingOptions.synthetic_share, "the other episodes that are on synthetic pictures"),
    (
        "recipe",
        TrainingOptions.recipe_share,
        "synthetic cines that show a hardship on purpose, such as a look-alike",
    ),
    ("long", TrainingOptions.long_share, "batches with chains of 5 to 8 frames in the place of 2 to 4"),
)

_EPISODES = ("lessons", "backbone", "init_weights", "backbone_rate")
UNUSED = {  # options that do nothing in the training of a model
    "image": ("seconds",),
    "prompt": ("resume", "checkpoint_dir", *_EPISODES, *(f"{name}_share" for name, _, _ in SHARES)),
    "judge": (
        *("batch", "size", "learning_rate", "shares", "leave_out", "sketches"),
        *_EPISODES,
        *(f"{name}_share" for name, _, _ in SHARES),
    ),
}


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "train",
        help="train the image or the prompt model from labelled images",
        description="Train a model from folders laid out as images/ and masks/. The image model is trained on several "
        "GPUs or machines under torchrun, and goes on from its last checkpoint with --resume; the prompt model and "
        "the judge are trained for --seconds on one device.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--model",
        choices=MODELS,
        default=MODELS[0],
        help="image: what segments a cine from marks; prompt: what answers clicks; judge: what tells how good masks "
        "are (default: %(default)s)",
    )
    add_image_folders(parser, "--images", required=True)
    add_image_folders(parser, "--videos", default=[])
    _add_shares(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="WEIGHTS", help="weight file to write")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument(
        "--checkpoint-dir",
        type=Path,
        metavar="DIR",
        help=f"folder of checkpoint, log and learning curve (default: WEIGHTS{CHECKPOINT_SUFFIX})",
    )
    parser.add_argument(
        "--steps",
        type=natural,
        metavar="N",
        help=f"default: {TrainingOptions.steps}; of the prompt model as many as its seconds allow",
    )
    parser.add_argument(
        "--lessons",
        type=natural,
        default=TrainingOptions.lessons,
        metavar="N",
        help="after the steps, for what learning on a cine begins with; with --steps 0 nothing else is trained "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--batch",
        type=positive,
        metavar="N",
        help=f"episodes per step and process (default: {TrainingOptions.batch}, of the prompt model "
        f"{PromptTrainingOptions.batch})",
    )
    parser.add_argument(
        "--size",
        type=positive,
        metavar="PIXELS",
        help=f"side of the square views (default: {TrainingOptions.size}, of the prompt model "
        f"{PromptTrainingOptions.size})",
    )
    parser.add_argument(
        "--seconds",
        type=positive,
        default=round(PromptTrainingOptions.seconds),
        metavar="N",
        help="how long the prompt model is trained, its preparations included, and how long the judge sees cines "
        "segmented (default: %(default)s)",
    )
    add_split(parser, TrainingOptions.validation_share, TrainingOptions.split_seed)
    parser.add_argument(
        "--backbone",
        choices=BACKBONES.names(),
        default=TrainingOptions.backbone,
        help="what sees the pictures (default: %(default)s)",
    )
    parser.add_argument(
        "--init-weights",
        choices=("imagenet", "random"),
        default=TrainingOptions.initial,
        help="of the backbone: as its package has them, or drawn (default: %(default)s)",
    )
    parser.add_argument(
        "--learning-rate",
        type=float,
        default=TrainingOptions.learning_rate,
        metavar="RATE",
        help="peak of the schedule (default: %(default)s)",
    )
    parser.add_argument(
        "--backbone-rate",
        type=portion,
        default=TrainingOptions.backbone_rate,
        metavar="SHARE",
        help="of the learning rate, for a backbone that begins pretrained; 0 leaves it as it is (default: %(default)s)",
    )
    parser.add_argument(
        "--start", type=Path, metavar="WEIGHTS", help="go on from these weights instead of the backbone's"
    )
    parser.add_argument(
        "--workers",
        type=natural,
        default=0,
        metavar="N",
        help="processes that make episodes, or segment cines for the judge (default: %(default)s)",
    )
    add_seed(parser)
    add_device(parser)
    tell_given_apart(parser)
    return parser


def _add_shares(parser: argparse.ArgumentParser) -> None:
    """Add what decides how often each kind of episode, picture and video comes."""
    for name, default, what in SHARES:
        parser.add_argument(
            f"--{name}-share",
            type=portion,
            default=default,
            metavar="SHARE",
            help=f"share of {what} (default: {default})",
        )
    parser.add_argument(
        "--sketches",
        type=natural,
        default=TrainingOptions.sketches,
        metavar="N",
        help="pictures of each kind that is drawn: hearts and thyroids in ultrasound, eyes, vessels, polyps, "
        "glottises, chests in fluoroscopy; each is a set of images, as sketch-eye, and 0 leaves them out "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--shares",
        type=named_share,
        nargs="+",
        default=[],
        metavar="NAME=SHARE",
        help="how likely a set of images or a kind of video is against the others, which are 1; videos are of the kind "
        "that stands before the first hyphen of their folder's name",
    )
    parser.add_argument(
        "--leave-out",
        type=names,
        default=(),
        metavar="NAME[,NAME]",
        help="sets of images or kinds of videos to validate on and not to train on",
    )


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    # Training keeps its own checkpoints, so a signal may simply unwind it.
    raise_on_signals()
    options.model = options.model or MODELS[0]
    refuse_unused(options, UNUSED[options.model], f"with --model {options.model}")
    from rabengine.environment import require_torch

    require_torch()
    from rabengine.io.files.atomic import check_has_name
    from rabengine.io.files.file_names import check_suffix, is_file_name

    check_has_name(options.output)
    if is_file_name(options.output):
        check_suffix("-o", options.output, (".pt", ".pth"))
    if options.model == "prompt":
        _train_prompt(options)
    elif options.model == "judge":
        _train_judge(options)
    else:
        from rabengine.training.trainer import train

        train(_training_options(options))
    return 0


def _train_prompt(options: argparse.Namespace) -> None:
    """Train the prompt model."""
    from rabengine.io.files.writable import check_writable
    from rabengine.training.prompt_trainer import train_prompt
    from rabengine.training.sources import load_sources

    check_writable(options.output)
    train_prompt(
        load_sources(_training_options(options)),
        PromptTrainingOptions(
            output=options.output,
            seconds=float(options.seconds),
            steps=options.steps or 0,
            batch=options.batch or PromptTrainingOptions.batch,
            size=options.size or PromptTrainingOptions.size,
            learning_rate=options.learning_rate,
            seed=options.seed,
            device=options.device,
            workers=options.workers,
            start=options.start,
            shares=tuple(options.shares),
        ),
    )


def _train_judge(options: argparse.Namespace) -> None:
    """Train the judge."""
    from rabengine.training.judge_options import JudgeOptions
    from rabengine.training.judge_trainer import train_judge

    train_judge(
        JudgeOptions(
            images=tuple(options.images),
            output=options.output,
            checkpoints=_checkpoints(options),
            resume=options.resume,
            videos=tuple(options.videos),
            seconds=float(options.seconds),
            workers=options.workers,
            steps=JudgeOptions.steps if options.steps is None else options.steps,
            seed=options.seed,
            device=options.device,
            validation_share=options.validation_fraction,
            split_seed=options.split_seed,
            start=options.start,
        )
    )


def _checkpoints(options: argparse.Namespace) -> Path:
    """Folder of a run: the one that is named, or one beside its weights."""
    return options.checkpoint_dir or options.output.with_name(options.output.name + CHECKPOINT_SUFFIX)


def _training_options(options: argparse.Namespace) -> TrainingOptions:
    return TrainingOptions(
        images=tuple(options.images),
        output=options.output,
        checkpoints=_checkpoints(options),
        resume=options.resume,
        steps=TrainingOptions.steps if options.steps is None else options.steps,
        lessons=options.lessons,
        batch=options.batch or TrainingOptions.batch,
        size=options.size or TrainingOptions.size,
        learning_rate=options.learning_rate,
        seed=options.seed,
        device=options.device,
        workers=options.workers,
        validation_share=options.validation_fraction,
        split_seed=options.split_seed,
        backbone=options.backbone,
        initial=options.init_weights,
        start=options.start,
        videos=tuple(options.videos),
        backbone_rate=options.backbone_rate,
        **{f"{name}_share": getattr(options, f"{name}_share") for name, _, _ in SHARES},
        sketches=options.sketches,
        shares=tuple(options.shares),
        leave_out=options.leave_out,
    )
