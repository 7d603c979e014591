"""`rabsegment study learn`: what the study has learned, in a file."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from typing import Any

from rabengine.errors import InputError, say

from .options import add_device, add_seed, natural
from .study_answers import opened


def add_options(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Of `rabsegment study learn`."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE.rab",
        help="for somebody else, with example frames (default: in the study's folder, which then uses it itself)",
    )
    parser.add_argument(
        "--without-pictures", action="store_true", help="leave example frames out, which are pictures of patients"
    )
    parser.add_argument(
        "--steps",
        type=natural,
        metavar="N",
        help="of the network's learning, 0 for no network (default: 100 where the preset learns on each cine)",
    )
    parser.add_argument("--by", default="", metavar="NAME", help="who does it (default: the user of this computer)")
    add_device(parser)
    add_seed(parser)
    return parser


def learn(options: argparse.Namespace, cancel: threading.Event) -> tuple[dict[str, Any], list[str]]:
    """Write the file; what is to be told of it."""
    from rabengine.environment import require_torch
    from rabengine.io.files.writable import check_writable
    from rabengine.study.layout import STRUCTURE

    study = opened(options)
    path = options.output or study.folder / STRUCTURE
    if path.suffix.lower() != Path(STRUCTURE).suffix:
        raise InputError(f"{path} does not end in {Path(STRUCTURE).suffix}.", f"Name the file such as {STRUCTURE}.")
    check_writable(path)
    require_torch()
    from rabengine.study.learning import learn_structure
    from rabengine.study.structure import load_structure, save_structure

    given = study.folder / STRUCTURE
    # The study's own file keeps the examples that it was given; its own pictures the study has.
    is_own = path.absolute() == given
    structure = learn_structure(
        study,
        pictures=not options.without_pictures and not is_own,
        steps=options.steps,
        device=options.device,
        seed=options.seed,
        warn=lambda sentence: say(f"rabsegment: warning: {sentence}"),
        advance=_shown if sys.stderr.isatty() else lambda _done, _all: None,
        cancel=cancel,
    )
    if is_own and given.is_file() and not options.without_pictures:
        structure = structure.with_examples_of(load_structure(given))
    save_structure(path, structure)
    if is_own:
        study.note_learning(structure.taught, options.by)
    told = {
        "file": str(path),
        "segments": {str(value): name for value, name in structure.names.items()},
        "pictures": len(structure.examples),
        "weights": structure.appearance is not None,
        "taught": dict(structure.taught),
    }
    pictures = f"{len(structure.examples)} example frames (pictures of patients, with what is written in them)"
    what = pictures if structure.examples else "no example frames"
    network = "a network" if structure.appearance is not None else "no network"
    return told, [f"Wrote {path}: {what}, {network}, learned from {structure.taught['frames']} marked frames."]


def _shown(done: int, count: int) -> None:
    print(f"\rLearning: step {done} of {count}", end="\n" if done == count else "", file=sys.stderr, flush=True)
