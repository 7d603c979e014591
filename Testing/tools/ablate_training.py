"""What each part of the image model and of its training data is worth, by short training runs.

    PYTHONPATH=Testing python -m tools.ablate_training --images IMAGES --videos VIDEOS -o FOLDER [--steps
        200] [--seeds 0,1,2]

Each row trains a model for a few steps, from three seeds, and walks the labelled videos with it, without anything that
is learned on them: mean Dice of the unmarked frames that show the object. The rows are far from what a long training
reaches; their differences are what counts. A row that is there already is not computed again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from torch import Tensor, nn

from rabengine.cli.options import add_image_folders, positive
from rabengine.evaluation.metrics import dice_table
from rabengine.evaluation.protocols import FIRST, THREE, marked_frames, marks_of, presence
from rabengine.evaluation.videos import LabelledVideo, find_videos, read_video
from rabengine.network import image_model
from rabengine.network.features import Features, resize
from rabengine.network.fusion import CrossResolutionFusion
from rabengine.session.session import Session
from rabengine.training.options import TrainingOptions
from rabengine.training.trainer import train
from tools.ablation_options import ablation_parser

COUNTED = (FIRST, THREE)
CHOICES: dict[str, dict[str, object]] = {"image": {}, "fast": {"rounds": 0, "drops_doubtful": False}}


class PlainNeck(nn.Module):
    """In place of the GFPN: all levels brought to the finest one and added, one convolution."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.GroupNorm(8, width), nn.SiLU(inplace=True)
        )

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """As `GiraffeNeck.forward`."""
        size = (int(maps[0].shape[-2]), int(maps[0].shape[-1]))
        return [self.mix(torch.stack([resize(level, size) for level in maps]).sum(dim=0))]


class OneResolutionFusion(CrossResolutionFusion):
    """In place of the fusion across resolutions: the coarsest level alone, brought to the others' sizes."""

    def forward(self, guess: Tensor, query: Features, support: Features, priors: Tensor | None) -> list[Tensor]:
        """As `CrossResolutionFusion.forward`."""
        coarse = super().forward(guess, query, support, priors)[-1]
        return [resize(coarse, (int(level.shape[-2]), int(level.shape[-1]))) for level in query]


ROWS: dict[str, tuple[dict[str, object], tuple[str, Callable[..., nn.Module]] | None]] = {
    "all of it": ({}, None),
    "without warped copies: pairs and synthetic cines": ({"clip_share": 1.0}, None),
    "without synthetic cines: pairs and warped copies": ({"clip_share": 0.0}, None),
    "pairs of pictures alone, as the paper": ({"pair_share": 1.0, "region_share": 0.0, "synthetic_share": 0.0}, None),
    "without synthetic shapes and regions": ({"region_share": 0.0, "synthetic_share": 0.0}, None),
    "backbone EfficientNet-Lite0": ({"backbone": "efficientnet-lite0"}, None),
    "backbone from random weights": ({"initial": "random"}, None),
    "without the GFPN neck": ({}, ("GiraffeNeck", PlainNeck)),
    "without fusion across resolutions": ({}, ("CrossResolutionFusion", OneResolutionFusion)),
}


def _trained(options: TrainingOptions) -> Path:
    if not options.output.is_file():
        train(options)
    return options.output


def _dice_of_objects(weights: Path, preset: str, video: LabelledVideo, protocol: str) -> list[float]:
    frames = marked_frames(protocol, video.truth, video.objects)
    session = Session(video.frames, weights=weights)
    found = session.segment(marks_of(video.truth, frames), preset=preset, overrides=CHOICES[preset])
    dice = dice_table(found.labels, video.truth, video.objects)
    counted = presence(video.truth, video.objects)
    counted[list(frames)] = False
    return [float(dice[counted[:, k], k].mean()) for k in range(len(video.objects)) if counted[:, k].any()]


def _row(name: str, seed: int, options: argparse.Namespace, videos: list[LabelledVideo]) -> dict[str, float]:
    changes, patch = ROWS[name]
    folder = options.output / f"{list(ROWS).index(name)}-{seed}"
    run = TrainingOptions(
        images=tuple(options.images),
        output=folder / "weights.pt",
        checkpoints=folder,
        steps=options.steps,
        lessons=0,
        batch=8,
        size=160,
        scales=False,
        sketches=0,
        seed=seed,
        validate_every=0,
    )
    with mock.patch.object(image_model, *patch) if patch else nullcontext():
        weights = _trained(replace(run, **changes))  # type: ignore[arg-type]
        return {
            f"{preset}, {protocol}": float(
                np.mean([dice for video in videos for dice in _dice_of_objects(weights, preset, video, protocol)])
            )
            for preset in CHOICES
            for protocol in COUNTED
        }


def main() -> None:
    """Compute what is missing, one row after the other, and print the table."""
    parser = ablation_parser(__doc__)
    add_image_folders(parser, "--images", required=True)
    parser.add_argument("--steps", type=positive, default=200, help="of each training (default: %(default)s)")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    objects = [int(text) for text in options.objects.split(",")]
    videos = [read_video(found.folder, objects, options.frames) for found in find_videos(options.videos)]
    file = options.output / "rows.json"
    done = json.loads(file.read_text()) if file.is_file() else {}
    for seed in map(int, options.seeds.split(",")):
        for name in ROWS:
            if str(seed) not in done.setdefault(name, {}):
                done[name][str(seed)] = _row(name, seed, options, videos)
                file.write_text(json.dumps(done, indent=1))
                print(name, seed, done[name][str(seed)], flush=True)
    columns = [f"{preset}, {protocol}" for preset in CHOICES for protocol in COUNTED]
    print(f"| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for name, seeds in done.items():
        cells = [[row[column] for row in seeds.values()] for column in columns]
        print(f"| {name} | {' | '.join(f'{np.mean(c):.3f} ± {np.std(c):.3f}' for c in cells)} |")


if __name__ == "__main__":
    main()
