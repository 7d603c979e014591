"""`rabsegment evaluate`: how good our presets and other methods are on labelled videos."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import Any

from .cancellation import raise_on_signals
from .options import add_device, add_image_folders, names, natural, positive, seed
from .overrides import parse_overrides
from .unused import refuse_unused, tell_given_apart

NOT_OF_STUDY_USER = ("shots", "protocols", "to_target", "strategies", "weights", "overrides", "jobs")
OF_MARKS = ("shots", "protocols", "to_target", "strategies", "seeds", "seed", "overrides", "jobs", "resume")
NOT_OF_USER_TIME = ("shots", "protocols", "to_target", "strategies", "seeds", "jobs")


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "evaluate",
        help="score presets and other methods on labelled videos",
        description="Mark one and three frames of labelled videos with their truth, let each method segment the "
        "rest, and score what it found on the unmarked frames. Writes results.json, results.md, "
        "dice_against_marks.png and contact sheets of the worst frames.",
        allow_abbrev=False,
    )
    add_image_folders(parser, "--videos", required=True)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder to write")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument(
        "--interactive",
        action="store_true",
        help="click on single pictures instead, as a user of the prompt model would: clicks to IoU 0.80, 0.85 and "
        "0.90, IoU after 1, 3 and 5 clicks. --videos may be sets of stills, --frames says how many of each, --weights "
        "are the prompt model's; writes interactive.json and interactive.md",
    )
    modes.add_argument(
        "--user-time",
        action="store_true",
        help="Dice of whole cines against the seconds of a user who paints three marks, clicks them, or clicks one and "
        "corrects by clicks; --methods are presets (default: fast); writes user_time.json, user_time.md, user_time.png",
    )
    modes.add_argument(
        "--study-user",
        action="store_true",
        help="marks that each cine takes until its mean Dice is 0.90 as a study of all --videos grows: carried over in "
        "the study's order, in random order, and each cine by itself; --methods is one preset (default: fast), --seeds "
        "are orders; writes study_user.json, study_user.md, study_user.png",
    )
    _add_choices(parser)
    _add_engine(parser)
    parser.add_argument(
        "--jobs", type=positive, default=1, metavar="N", help="processes at once, each with its share of the cores"
    )
    parser.add_argument(
        "--resume", action="store_true", help="keep what is in DIR and was made with equal settings and code"
    )
    tell_given_apart(parser)
    return parser


def _add_choices(parser: argparse.ArgumentParser) -> None:
    """What is measured."""
    parser.add_argument("--methods", type=names, metavar="A,B", help="names of methods (default: all installed)")
    parser.add_argument(
        "--shots", type=_naturals, default=(1, 3), metavar="1,3", help="how many frames are marked (default: 1,3)"
    )
    parser.add_argument(
        "--protocols",
        type=names,
        metavar="A,B",
        help="of those only these: first or middle frame marked, or three (default: all)",
    )
    parser.add_argument("--objects", type=_naturals, metavar="1,3", help="label values to score (default: all)")
    parser.add_argument("--frames", type=positive, metavar="N", help="only the first N frames of each video")
    parser.add_argument(
        "--to-target", action="store_true", help="also count the marks until the mean Dice is 0.90, ten at most"
    )
    parser.add_argument(
        "--strategies",
        type=names,
        metavar="A,B",
        help="who names the next frame to mark: next (the method), distant, random, worst (default: all)",
    )
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--seeds", type=_seeds, metavar="0,1,2", help="seeds to average over (default: 0)")
    seeds.add_argument("--seed", type=seed, metavar="N", help="a single seed")


def _add_engine(parser: argparse.ArgumentParser) -> None:
    """What the presets run with."""
    parser.add_argument("--weights", type=Path, metavar="FILE", help="other weights than the shipped ones")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="overrides",
        metavar="KEY=VALUE",
        help="a choice that differs from the presets', such as temporal_weight=0; repeat for more",
    )
    add_device(parser)


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    # The cases are processes of their own, which end when the exception unwinds this one.
    raise_on_signals()
    if options.interactive:
        refuse_unused(options, OF_MARKS, "with --interactive")
    elif options.user_time:
        refuse_unused(options, NOT_OF_USER_TIME, "with --user-time")
    elif options.study_user:
        refuse_unused(options, NOT_OF_STUDY_USER, "with --study-user")
    else:
        refuse_unused(options, (), "without --interactive")
    from rabengine.environment import require_torch

    require_torch()
    if options.interactive:
        _click(options)
        return 0
    if options.user_time:
        _time_user(options)
        return 0
    if options.study_user:
        _go_through_study(options)
        return 0
    from rabengine.evaluation.marks_to_target import STRATEGIES
    from rabengine.evaluation.preset_method import EngineChoices
    from rabengine.evaluation.run_evaluation import run_evaluation
    from rabengine.evaluation.settings import Settings

    strategies = (options.strategies or STRATEGIES) if options.to_target or options.strategies else ()
    run_evaluation(
        Settings(
            videos=tuple(options.videos),
            output=options.output,
            methods=options.methods,
            shots=options.shots,
            only=options.protocols,
            objects=options.objects,
            frames=options.frames,
            strategies=strategies,
            seeds=options.seeds or (options.seed or 0,),
            engine=EngineChoices(options.device, options.weights, parse_overrides(options.overrides)),
            jobs=options.jobs,
            is_resumed=options.resume,
        )
    )
    return 0


def _click(options: argparse.Namespace) -> None:
    """Measure clicks instead of marks."""
    from rabengine.evaluation.interactive.run import PICTURES, InteractiveSettings, run_interactive

    run_interactive(
        InteractiveSettings(
            folders=tuple(options.videos),
            output=options.output,
            methods=options.methods,
            objects=options.objects,
            pictures=options.frames or PICTURES,
            weights=options.weights,
            device=options.device,
        )
    )


def _time_user(options: argparse.Namespace) -> None:
    """Measure what a user's seconds bring."""
    from rabengine.evaluation.preset_method import EngineChoices
    from rabengine.evaluation.user_time.run import UserTimeSettings, run_user_time

    run_user_time(
        UserTimeSettings(
            videos=tuple(options.videos),
            output=options.output,
            presets=options.methods or ("fast",),
            objects=options.objects,
            frames=options.frames,
            seed=options.seed or 0,
            engine=EngineChoices(options.device, options.weights, parse_overrides(options.overrides)),
            is_resumed=options.resume,
        )
    )


def _go_through_study(options: argparse.Namespace) -> None:
    """Measure the marks that each cine of a study takes."""
    from rabengine.errors import InputError
    from rabengine.evaluation.preset_method import EngineChoices
    from rabengine.evaluation.study_user.run import StudyUserSettings, run_study_user

    presets = options.methods or ("fast",)
    if len(presets) > 1:
        raise InputError("A study has one preset.", "Name one of --methods.")
    run_study_user(
        StudyUserSettings(
            videos=tuple(options.videos),
            output=options.output,
            preset=presets[0],
            objects=options.objects,
            frames=options.frames,
            seeds=options.seeds or (options.seed or 0,),
            engine=EngineChoices(options.device),
            is_resumed=options.resume,
        )
    )


def _seeds(text: str) -> tuple[int, ...]:
    return tuple(seed(str(number)) for number in _naturals(text))


def _naturals(text: str) -> tuple[int, ...]:
    try:
        return tuple(dict.fromkeys(natural(part) for part in names(text)))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of whole numbers such as 1,3") from None
