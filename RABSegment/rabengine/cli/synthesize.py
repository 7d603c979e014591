"""`rabsegment synthesize`: cines with exact truth from labelled stills."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import Any

from rabengine.synthetic.options import KINDS, SPLITS, SetOptions

from .cancellation import raise_on_signals
from .options import add_image_folders, add_seed, add_split, positive


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "synthesize",
        help="make labelled cines from labelled images",
        description="Make cines whose truth is exact, by moving labelled images and their labels alike: they beat, "
        "slide, rock, jump, vanish, leave, and fall into shadow. Writes a folder with images/, masks/ and cine.json "
        "for each.",
        allow_abbrev=False,
    )
    add_image_folders(parser, "--images", default=())
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.add_argument(
        "--count", type=positive, default=SetOptions.count, metavar="N", help="cines (default: %(default)s)"
    )
    parser.add_argument(
        "--frames", type=positive, default=SetOptions.frames, metavar="N", help="of each cine (default: %(default)s)"
    )
    parser.add_argument(
        "--size",
        type=positive,
        default=SetOptions.size,
        metavar="PIXELS",
        help="side of the frames (default: %(default)s)",
    )
    _add_choice(parser)
    add_seed(parser)
    return parser


def _add_choice(parser: argparse.ArgumentParser) -> None:
    """Which images are taken."""
    parser.add_argument(
        "--kind",
        choices=KINDS,
        default=SetOptions.kind,
        help="images, shapes without anatomy, or both; shapes count as one set more (default: %(default)s)",
    )
    parser.add_argument(
        "--split",
        choices=SPLITS,
        default=SetOptions.split,
        help="take images that training held out, or those it saw (default: %(default)s)",
    )
    add_split(parser, SetOptions.validation_share, SetOptions.split_seed)


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    # What is written lies beside its place until the end, and goes when an exception unwinds this.
    raise_on_signals()
    from rabengine.environment import require_torch

    require_torch()
    from rabengine.synthetic.synthesize import synthesize

    synthesize(
        SetOptions(
            images=tuple(options.images),
            output=options.output,
            count=options.count,
            frames=options.frames,
            size=options.size,
            seed=options.seed,
            kind=options.kind,
            split=options.split,
            validation_share=options.validation_fraction,
            split_seed=options.split_seed,
        ),
        tell=lambda line: print(line, flush=True),
    )
    return 0
