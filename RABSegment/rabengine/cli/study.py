"""`rabsegment study`: many cines, what one taught serving the next."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import Any

from rabengine.exchange.formats import FORMATS
from rabengine.presets import DEFAULT, PRESETS

from . import study_learning, study_trust
from .cancellation import run_cancellable
from .options import add_device, add_seed, natural, portion, positive
from .segment import add_marks_of
from .set_options import add_set_options

# As `rabengine.study.records` has them, which is not imported to read words.
STATUSES = ("waiting", "running", "failed", "predicted", "checked")


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "study",
        help="segment many cines, each learning from those that are marked",
        description="A study is a folder that knows many cines, their marks and predictions. A cine without a mark "
        "of its own is segmented from marked frames of the others.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    made = [
        _create(_action(actions, "create", "make a study in a new folder")),
        _add(_action(actions, "add", "add cines by reference; they are neither copied nor changed")),
        _mark(_action(actions, "mark", "mark frames of a cine, or say that its prediction is right")),
        _status(_action(actions, "status", "list the cines, or who did what when")),
        _run(_action(actions, "run", "segment every cine that is to be segmented")),
        study_learning.add_options(
            _action(actions, "learn", "keep what was learned in a file, to use or to give away")
        ),
        _action(actions, "next", "name the cine and the frame to look at next"),
        _export(_action(actions, "export", "write labels and tables")),
        _report(_action(actions, "report", "write a page and tables of marks, minutes, confidence and agreement")),
        study_trust.add_agreement(_action(actions, "agreement", "how far people and predictions agree")),
        study_trust.add_adjudicate(_action(actions, "adjudicate", "list frames that people differ on, or decide one")),
        study_trust.add_log(_action(actions, "log", "list who did what when, or verify that it is as it was written")),
    ]
    parser.epilog = "\n".join(one.format_usage().removeprefix("usage: ").rstrip() for one in made)
    return parser


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    from . import study_actions

    if getattr(options, "slurm", None) is not None:
        from rabengine.study.slurm_jobs import import_jobqueue

        import_jobqueue()  # here, in the main thread

    def work() -> int:
        return study_actions.ACTIONS[options.action](options, cancel)

    return run_cancellable(work, cancel, lambda: study_actions.give_back(options))


def _action(actions: Any, name: str, what: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=what, description=f"{what[:1].upper()}{what[1:]}.", allow_abbrev=False
    )
    parser.add_argument("study", type=Path, metavar="DIR", help="the folder of the study")
    parser.add_argument("--json", action="store_true", help="write JSON to stdout, for programs")
    return parser


def _by(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default="", metavar="NAME", help="who does it (default: the user of this computer)")


def _create(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    _by(parser)
    parser.add_argument("--preset", choices=PRESETS.names(), default=DEFAULT, help="for all cines (default: balanced)")
    parser.add_argument(
        "--supports",
        type=positive,
        default=5,
        metavar="N",
        help="at most so many marked frames of others serve a cine that has none (default: 5)",
    )
    parser.add_argument(
        "--witnesses",
        type=natural,
        default=3,
        metavar="N",
        help="so many other cines are asked each by itself whether one without marks is right; 0 for none (default: 3)",
    )
    parser.add_argument(
        "--certain",
        type=portion,
        default=0.85,
        metavar="SHARE",
        help="a cine with a mean confidence below this needs a person (default: 0.85)",
    )
    parser.add_argument(
        "--structure", type=Path, metavar="FILE.rab", help="begin with what another study has learned (see learn)"
    )
    parser.add_argument(
        "--store",
        default="",
        metavar="URL",
        help="keep predictions there, as fsspec knows it, such as s3://bucket/hearts (default: in the study's folder)",
    )
    return parser


def _add(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("cines", type=Path, nargs="+", metavar="CINE", help="files or folders, as `segment` reads them")
    parser.add_argument("--inside", action="store_true", help="each CINE is a folder of cines; add what is in it")
    parser.add_argument("--series", metavar="NAME", help="which one to take where a file or folder holds several")
    parser.add_argument("--spacing", type=float, nargs=2, metavar=("R", "C"), help="size of a pixel in mm, rows first")
    parser.add_argument("--frame-time", type=float, metavar="S", help="seconds from one frame to the next")
    _by(parser)
    return parser


def _mark(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("cine", metavar="CINE", help="its number in the study, its path, or its name")
    parser.add_argument(
        "--mark", action="append", default=[], metavar="FRAME=MASK", help="a label image marks a frame; repeat it"
    )
    parser.add_argument("--marks", type=Path, metavar="LABELS", help="all marks from one label sequence, folder or set")
    add_marks_of(parser)
    parser.add_argument(
        "--verify",
        type=natural,
        action="append",
        default=[],
        metavar="FRAME",
        help="a predicted frame is right",
    )
    parser.add_argument("--unmark", type=natural, action="append", default=[], metavar="FRAME", help="take a mark back")
    parser.add_argument(
        "--repeat",
        action="store_true",
        help="drawn once more by the same person, to be compared with the first time; it is not used",
    )
    parser.add_argument("--checked", action="store_true", help="the whole prediction is right")
    parser.add_argument("--minutes", type=float, metavar="M", help="time that was spent on it, added to what there is")
    _by(parser)
    return parser


def _status(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--log", action="store_true", help="who did what when, in place of the cines")
    return parser


def _run(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--all", action="store_true", help="also what is predicted already and was checked by nobody")
    parser.add_argument("--retry", action="store_true", help="also cines that failed earlier")
    parser.add_argument(
        "--retries",
        type=natural,
        default=2,
        metavar="N",
        help="how often a cine is tried again whose process ended or whose engine failed (default: 2)",
    )
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="how many processes of this computer; 1 needs no Dask (default: as many as cores, memory and GPUs bear)",
    )
    who.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="of a scheduler of Dask, such as tcp://node1:8786"
    )
    who.add_argument(
        "--slurm",
        nargs="*",
        metavar="KEY=VALUE",
        help="jobs of Slurm: jobs=50, and what SLURMCluster of dask-jobqueue takes, such as queue=gpu cores=16",
    )
    add_device(parser)
    add_seed(parser)
    _by(parser)
    return parser


def _export(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where the files go")
    parser.add_argument(
        "--format",
        default=".seq.nrrd",
        metavar="FORMAT",
        help=".seq.nrrd, .nrrd, .mha, .nii.gz, or folder for label images, of all predicted frames; or a set of "
        f"labelled pictures: {', '.join(FORMATS.names())} (default: .seq.nrrd)",
    )
    parser.add_argument("--status", choices=STATUSES, help="only cines of this status")
    _by(parser)
    sets = parser.add_argument_group("for a set of labelled pictures")
    add_set_options(sets)
    add_seed(sets)
    study_trust.add_deidentify(parser)
    return parser


def _report(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE.html", help="the page; the tables are FILE.csv"
    )
    parser.add_argument("--deidentify", action="store_true", help="names that stand for cines and people, no dates")
    return parser
