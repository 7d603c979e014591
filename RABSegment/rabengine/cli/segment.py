"""`rabsegment segment`: a cine and a few marked frames in, every frame's segmentation out."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rabengine.errors import Cancelled, InputError, as_known_error, say
from rabengine.io.files.outputs import Outputs
from rabengine.io.labels.writers import check_cine, output_suffixes
from rabengine.presets import DEFAULT, PRESETS

from .cancellation import run_writing
from .options import add_device, add_seed
from .progress import STYLES, Reporter, make_reporter

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from rabengine.cine import Cine
    from rabengine.io.legend import Legend
    from rabengine.io.marks.read import Marks
    from rabengine.io.options import ReadOptions
    from rabengine.segmentation import Segmentation


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "segment",
        help="segment every frame of a cine",
        description="Segment every frame of CINE from the frames that are marked. Frames count from 0.",
        allow_abbrev=False,
    )
    add_cine(parser)
    marks = parser.add_mutually_exclusive_group()
    marks.add_argument(
        "--mark",
        action="append",
        metavar="FRAME=MASK",
        help="the label image MASK (0 background, 1..255 segments) marks frame FRAME; repeat for more frames",
    )
    marks.add_argument(
        "--marks",
        type=Path,
        metavar="LABELS",
        help="a label sequence whose non-empty frames are the marks, a folder of masks with frame numbers, "
        "from 0, in their names, or a set that `export` wrote",
    )
    add_marks_of(parser)
    parser.add_argument(
        "--structure",
        type=Path,
        metavar="FILE.rab",
        help="what a study has learned (`rabsegment study learn`), beside marks or in their place",
    )
    parser.add_argument(
        "--examples", action="store_true", help="with --structure, put its example frames beside marks of the cine too"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help=f"{', '.join(output_suffixes())}, or a folder for one label image per frame",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="a segment not drawn on a marked frame is unknown there, instead of absent; "
        "a frame with an empty mark is then as good as unmarked",
    )
    add_reading(parser)
    parser.add_argument(
        "--preset", choices=PRESETS.names(), default=DEFAULT, help="speed against accuracy (default: balanced)"
    )
    add_device(parser)
    add_seed(parser)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="other weights than the shipped ones")
    parser.add_argument(
        "--progress",
        choices=STYLES,
        default="bar",
        help="a bar on stderr, JSON lines on stdout, or none (default: bar)",
    )
    parser.add_argument("--overlay", type=Path, metavar="FILE", help="also write a video (.mp4, .avi, .mov, .gif)")
    parser.add_argument(
        "--keep-text",
        action="store_true",
        help="show in the overlay what lies outside of an ultrasound file's regions too, where names and dates are",
    )
    parser.add_argument("--table", type=Path, metavar="FILE.csv", help="also write area and confidence per frame")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="also write how the result was made")
    return parser


def add_cine(parser: argparse.ArgumentParser) -> None:
    """Add the cine."""
    parser.add_argument(
        "cine",
        type=Path,
        metavar="CINE",
        help="DICOM, .seq.nrrd, .nrrd/.mha/.nii.gz with time "
        "last, video, animated .gif/.png/.webp/.tif, or a folder of DICOM files or images",
    )


def add_marks_of(parser: argparse.ArgumentParser, labels: str = "--marks", option: str = "--marks-of") -> None:
    """Which cine of a set is meant; `labels` is what may be that set."""
    parser.add_argument(
        option, metavar="NAME", help=f"which cine of the set {labels}, where it does not know the cine by itself"
    )


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add what the user says about the cine."""
    parser.add_argument(
        "--series",
        metavar="NAME",
        help="which one to take where CINE holds several series, slice positions or channels (an error lists them)",
    )
    parser.add_argument(
        "--spacing",
        type=float,
        nargs=2,
        metavar=("R", "C"),
        help="size of a pixel in mm, from row to row and from column to column, whatever the file says",
    )
    parser.add_argument(
        "--frame-time", type=float, metavar="S", help="seconds from one frame to the next, whatever the file says"
    )


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    reporter = make_reporter(options.progress)
    try:
        return run_writing(lambda outputs: segment(options, reporter, outputs, cancel), cancel)
    except Exception as error:
        known = as_known_error(error)
        outcome = "cancelled" if isinstance(known, Cancelled) else "error"
        reporter.end(outcome, {"message": known.message, "hint": known.hint})
        raise


def segment(options: argparse.Namespace, reporter: Reporter, outputs: Outputs, cancel: threading.Event) -> int:
    """Do what the options say; raises instead of returning anything but 0."""
    from .outputs import check_inputs, check_outputs

    if not (options.mark or options.marks or options.structure):
        raise InputError(
            "One of the arguments --mark --marks --structure is required.", "See: rabsegment segment --help"
        )
    if options.examples and not options.structure:
        raise InputError("--examples needs --structure.", "Name the file that holds them.")
    if options.structure and (options.partial or options.weights):
        raise InputError("--structure goes with neither --partial nor --weights.", "Leave one of them out.")
    check_inputs(options)
    check_outputs(options)
    cine, marks = read_input(options, cancel)
    check_cine(options.output, cine)
    tell_warnings((*cine.warnings, *marks.warnings))
    if cancel.is_set():
        raise Cancelled
    result = compute(options, cine, marks, reporter, cancel)
    tell_warnings(result.warnings)
    names = {**_structure_names(options), **marks.names}
    warned = replace(cine, warnings=(*cine.warnings, *marks.warnings))
    write_outputs(options, warned, result, names, marks.legend, outputs)
    outputs.commit()
    reporter.end("done", {"output": str(options.output), "seconds": dict(result.seconds)})
    return 0


def read_input(options: argparse.Namespace, cancel: threading.Event) -> tuple[Cine, Marks]:
    """The cine and its marks."""
    from rabengine.io.isolated import read_cine_isolated
    from rabengine.io.marks.isolated import read_marks_isolated
    from rabengine.io.marks.types import Marks

    cine = read_cine_isolated(options.cine, options=read_options(options), cancel=cancel)
    if options.marks is not None:
        return cine, read_many_marks(options.marks, cine, options.marks_of, cancel)
    if not options.mark:
        return cine, Marks({})
    return cine, read_marks_isolated(options.mark, cine, cancel)


def read_many_marks(path: Path, cine: Cine, name: str | None, cancel: threading.Event) -> Marks:
    """The marks of a cine out of a set, where the path is one, else of a label sequence or a folder."""
    from rabengine.exchange.isolated import read_any_marks_isolated

    return read_any_marks_isolated(path, cine, name=name, cancel=cancel)


def read_options(options: argparse.Namespace) -> ReadOptions:
    """What the user says about the cine."""
    from rabengine.io.options import ReadOptions

    spacing = None if options.spacing is None else (options.spacing[0], options.spacing[1])
    return ReadOptions(series=options.series, spacing=spacing, frame_time=options.frame_time)


def compute(
    options: argparse.Namespace,
    cine: Cine,
    marks: dict[int, np.ndarray],
    reporter: Reporter,
    cancel: threading.Event,
) -> Segmentation:
    """The engine's result for one request."""
    from rabengine.environment import require_torch

    require_torch()
    from rabengine.session.session import Session

    if cancel.is_set():
        raise Cancelled
    if options.structure is not None:
        return _with_structure(options, cine, marks, reporter, cancel)
    session = Session(cine.frames, device=options.device, weights=options.weights, seed=options.seed)
    return session.segment(marks, preset=options.preset, partial=options.partial, progress=reporter, cancel=cancel)


def _structure_names(options: argparse.Namespace) -> dict[int, str]:
    if options.structure is None:
        return {}
    from rabengine.study.structure import load_structure

    return dict(load_structure(options.structure).names)


def _with_structure(
    options: argparse.Namespace,
    cine: Cine,
    marks: dict[int, np.ndarray],
    reporter: Reporter,
    cancel: threading.Event,
) -> Segmentation:
    from rabengine.study.structured import SUPPORTS, Learned, segment_learned

    learned = Learned(options.structure, options.device)
    return segment_learned(
        cine.frames,
        learned,
        marks,
        examples=learned.best_examples(cine.frames, SUPPORTS) if options.examples else None,
        preset=options.preset,
        device=options.device,
        seed=options.seed,
        progress=reporter,
        cancel=cancel,
    )


def write_outputs(
    options: argparse.Namespace,
    cine: Cine,
    result: Segmentation,
    names: Mapping[int, str],
    told: Legend,
    outputs: Outputs,
) -> None:
    """Write every output that was asked for to its stage; `told` is what files say of the segments."""
    from rabengine.environment import peak_memory_mib
    from rabengine.io.labels.write import check_output, write_labels
    from rabengine.io.legend import legend_of
    from rabengine.io.report import write_report
    from rabengine.io.table import write_table
    from rabengine.pictures import write_overlay

    legend = legend_of(result.segments, names, told)
    known = legend if names or told else None
    # Again, for minutes may have passed: what somebody put there meanwhile must not be lost.
    check_output(options.output)
    outputs.write(
        options.output,
        lambda path: tell_warnings(
            write_labels(path, result.labels, cine, result.segments, known, result.marked_frames)
        ),
    )
    if options.overlay is not None:
        shown = [entry.name for entry in legend.values()]
        colours = {value: entry.colour for value, entry in legend.items()}
        hidden = hidden_text(cine, options.keep_text)
        outputs.write(
            options.overlay,
            lambda path: write_overlay(path, cine, result.labels, colours=colours, names=shown, hidden=hidden),
        )
    if options.table is not None:
        outputs.write(options.table, lambda path: write_table(path, result, cine))
    if options.report is not None:
        outputs.write(options.report, lambda path: write_report(path, result, cine, peak_memory_mib(), names))


def hidden_text(cine: Cine, keeps_text: bool) -> np.ndarray | None:
    """(H, W) bool, what an overlay must not show; None for nothing. Warns of what a person must look at."""
    from rabengine.exchange.blanking import Blanking, doubt_of_video, hidden_pixels

    hidden = hidden_pixels(cine, Blanking(keeps_text=keeps_text))
    tell_warnings(filter(None, (doubt_of_video(cine, hidden),)))
    return hidden.pixels


def tell_warnings(warnings: Iterable[str]) -> None:
    """Say on stderr what the user should know of a result that is there all the same."""
    for warning in warnings:
        say(f"rabsegment: warning: {warning}")
