"""Actions of `rabsegment study` for publication: agreement, adjudication, log; and options of what others may see."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rabengine.errors import InputError, one_line, say
from rabengine.exchange.formats import FORMATS

from .options import natural, portion
from .segment import tell_warnings
from .set_options import check_no_set_options
from .study_answers import answer, answer_log, doubts_of_labels, opened

if TYPE_CHECKING:
    from rabengine.study.agreement import PairAgreement
    from rabengine.study.study import Study

_PROBLEMS = InputError.exit_code


def add_agreement(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The options of `agreement`."""
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.csv", help="a row for each frame drawn twice")
    return parser


def add_adjudicate(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The options of `adjudicate`."""
    parser.add_argument("cine", nargs="?", metavar="CINE", help="its number in the study, its path, or its name")
    parser.add_argument("frame", nargs="?", type=natural, metavar="FRAME", help="the frame that is decided")
    parser.add_argument("--take", default="", metavar="NAME", help="the mark of this person is right")
    parser.add_argument("--mask", type=Path, metavar="FILE", help="a label image is right, drawn by who decides")
    parser.add_argument(
        "--below", type=portion, default=1.0, metavar="DICE", help="list only frames with a Dice of less (default: 1)"
    )
    parser.add_argument("--all", action="store_true", help="list also what is decided already")
    parser.add_argument("--by", default="", metavar="NAME", help="who decides (default: the user of this computer)")
    return parser


def add_log(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The options of `log`."""
    parser.add_argument(
        "--verify", action="store_true", help="look whether it, and all marks, are as they were written"
    )
    parser.add_argument(
        "--expect", default="", metavar="HASH", help="with --verify: this hash, from a report, is to be in it"
    )
    return parser


def add_deidentify(parser: argparse.ArgumentParser) -> None:
    """The options of `export` for what others are to see."""
    parser.add_argument(
        "--deidentify", action="store_true", help="write the cines too, and nothing that tells whose they are"
    )
    parser.add_argument(
        "--blank-mask", type=Path, metavar="FILE", help="with --deidentify: make black where this mask is not 0"
    )
    parser.add_argument(
        "--key", type=Path, metavar="FILE.csv", help="with --deidentify: which cine is which, to be kept at home"
    )


def check_export(options: argparse.Namespace) -> None:
    """Before anything is written.

    Raises:
        InputError: options do not go together.
    """
    if options.deidentify:
        if options.format in FORMATS:
            raise InputError(
                f"--deidentify writes no set of labelled pictures such as {options.format}.",
                "Leave one of them out: see which sets name nobody in docs/exports.md.",
            )
        blanking: dict[str, Any] = {"blank": [], "blank_outside": None, "blank_text": False, "keep_text": False}
        check_no_set_options(argparse.Namespace(**{**vars(options), **blanking}))
        return
    if options.blank_mask or options.key:
        raise InputError("--blank-mask and --key need --deidentify.", "Give it, or leave them out.")
    if options.format not in FORMATS:
        check_no_set_options(options)


def agreement(options: argparse.Namespace, cancel: threading.Event) -> int:
    """How far people agree, each with himself, and with what was predicted."""
    from rabengine.io.files.file_names import check_suffix
    from rabengine.study.agreement import agreement as agreement_in
    from rabengine.study.report import write_agreement_table

    if options.output is not None:
        check_suffix("-o", options.output, (".csv",))
    study = opened(options)
    found = agreement_in(study)
    if options.output is not None:
        write_agreement_table(options.output, found)
    for problem in found.problems:
        say(f"rabsegment: {one_line(problem)}")
    names = study.settings().segments
    lines = [_pair_line(pair, names) for pair in found.pairs] or ["No frame was drawn twice."]
    for one in found.presence:
        if one.kappa is not None:
            name = names.get(one.segment, f"segment {one.segment}")
            lines.append(f"Presence of {name}, all people: Fleiss' kappa {one.kappa:.2f} ({one.frames} frames)")
    answer(options, found.as_json(), lines)
    return _PROBLEMS if found.problems else 0


def adjudicate(options: argparse.Namespace, cancel: threading.Event) -> int:
    """List frames that people differ on, or let a third person decide one."""
    from rabengine.study.adjudication import decide, differences

    study = opened(options)
    if options.cine is None:
        if options.take or options.mask:
            raise InputError("Which frame is decided is not said.", "Give CINE and FRAME: they are listed without.")
        found = differences(study, options.below, options.all)
        lines = [
            f"Cine {one.cine} frame {one.frame}: Dice {one.dice:.3f} of {', '.join(one.raters)}; {one.name}"
            + (f"; decided by {one.decided_by}" if one.decided_by else "")
            for one in found
        ]
        answer(options, {"frames": [one.as_json() for one in found]}, lines or ["There is no frame to be decided."])
        return 0
    if options.frame is None or bool(options.take) == bool(options.mask):
        raise InputError("What is decided is not said.", "Give FRAME, and either --take NAME or --mask FILE.")
    cine = study.find(options.cine)
    labels = None if options.mask is None else _drawn(study, cine.id, options, cancel)
    decide(study, cine.id, options.frame, take=options.take, labels=labels, by=options.by)
    answer(options, study.cine(cine.id).as_json(), [f"Cine {cine.id}, frame {options.frame} is decided."])
    return 0


def log(options: argparse.Namespace, cancel: threading.Event) -> int:
    """List the log, or verify it."""
    from rabengine.study.verification import verify_log

    study = opened(options)
    if not options.verify:
        if options.expect:
            raise InputError("--expect needs --verify.", "Give both.")
        answer_log(options, study)
        return 0
    found = verify_log(study, options.expect)
    for problem in found.problems:
        say(f"rabsegment: {one_line(problem)}")
    good = f"{found.entries} entries are as they were written; the hash of the last one is {found.head}."
    answer(options, found.as_json(), [] if found.problems else [good])
    return _PROBLEMS if found.problems else 0


ACTIONS: Mapping[str, Callable[[argparse.Namespace, threading.Event], int]] = {
    "agreement": agreement,
    "adjudicate": adjudicate,
    "log": log,
}


def _pair_line(pair: PairAgreement, names: Mapping[int, str]) -> str:
    who = f"{pair.first}, twice" if pair.kind == "again" else f"{pair.first} and {pair.second}"
    said = [f"{pair.frames} frames of {pair.cines} cines"]
    if pair.verified:
        said.append(f"{pair.verified} found right")
    if pair.dice is not None:
        said.append(f"Dice {pair.dice:.3f} (least {pair.least_dice:.3f})")
    if pair.hd95_mm is not None:
        said.append(f"HD95 {pair.hd95_mm:.2f} mm")
    elif pair.hd95_px is not None:
        said.append(f"HD95 {pair.hd95_px:.2f} px")
    if pair.kappa is not None:
        said.append(f"kappa of presence {pair.kappa:.2f}")
    if pair.areas is not None:
        areas = pair.areas
        within = "" if areas.lower is None else f" ({areas.lower:+.4g} to {areas.upper:+.4g})"
        said.append(f"areas differ by {areas.bias:+.4g}{within} {pair.unit}")
    return f"{who}, {names.get(pair.segment, f'segment {pair.segment}')}: {', '.join(said)}"


def _drawn(study: Study, number: int, options: argparse.Namespace, cancel: threading.Event) -> Any:
    from rabengine.io.marks.isolated import read_marks_isolated

    marks = read_marks_isolated([f"{options.frame}={options.mask}"], study.read(number), cancel)
    tell_warnings((*marks.warnings, *doubts_of_labels(study, marks)))
    return marks[options.frame]
