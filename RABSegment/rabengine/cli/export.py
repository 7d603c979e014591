"""`rabsegment export`: labelled cines as a set that other programs learn from, or as DICOM."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rabengine.errors import Cancelled, InputError
from rabengine.exchange.formats import FORMATS

from .cancellation import run_cancellable
from .options import add_seed
from .segment import add_reading, read_options, tell_warnings
from .set_options import add_names, add_set_options, chosen_of, parse_names
from .streams import deliver

if TYPE_CHECKING:
    from rabengine.cine import Cine
    from rabengine.exchange.items import Labelled
    from rabengine.exchange.late import Shelf


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "export",
        help="write labelled cines as a training set, or in another program's format",
        description="Write cines and their labels in a format of another program. `segment --marks` and "
        "`study mark --marks` read it back.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "pairs",
        type=Path,
        nargs="+",
        metavar="CINE LABELS",
        help="a cine and its labels, as `segment` reads the one and `segment --marks` the other; repeat both",
    )
    parser.add_argument(
        "--format", choices=FORMATS.names(), required=True, help="which program's (docs/exports.md describes them)"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="the folder or file to write")
    parser.add_argument(
        "--marked",
        action="append",
        default=[],
        metavar="all|FRAMES",
        help="which frames of LABELS a person marked or checked: all, or numbers as 0,12; once for all cines, or once "
        "for each (default: what the files say)",
    )
    parser.add_argument(
        "--marks-of",
        action="append",
        default=[],
        metavar="NAME",
        help="which cine of the set LABELS, where it does not know the cine by itself; once for each cine in order",
    )
    add_names(parser)
    parser.add_argument(
        "--patient",
        action="append",
        default=[],
        metavar="ID",
        help="whose a cine is, once for each cine in order; only keeps a patient's cines together and is not written",
    )
    add_set_options(parser)
    add_seed(parser)
    add_reading(parser)
    return parser


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    return run_cancellable(lambda: export(options, cancel), cancel)


def export(options: argparse.Namespace, cancel: threading.Event) -> int:
    """Do what the options say."""
    from rabengine.exchange.items import make_items
    from rabengine.exchange.late import Shelf
    from rabengine.exchange.page import counted
    from rabengine.exchange.write import check_target, write_set

    pairs = _pairs(options)
    one = check_target(options.output, options.format, len(pairs))
    choices = chosen_of(options, one)
    found = []
    shelf = Shelf()
    for number, (cine, labels) in enumerate(pairs):
        if cancel.is_set():
            raise Cancelled
        found.append(_read(options, number, len(pairs), cine, labels, shelf, cancel))
    made = make_items(found, choices)
    if cancel.is_set():
        raise Cancelled
    write_set(options.output, options.format, made.items, made.sums, made.sentences)
    tell_warnings(made.doubts)
    frames = sum(len(item.labels) for item in made.items)
    deliver([f"Wrote {counted(frames, 'frame')} of {counted(len(made.items), 'cine')} to {options.output}."])
    return 0


def _pairs(options: argparse.Namespace) -> list[tuple[Path, Path]]:
    from rabengine.io.files.regular import check_regular, resolved

    paths = options.pairs
    if len(paths) % 2:
        raise InputError(f"{paths[-1]} has no labels.", "Give CINE LABELS, CINE LABELS and so on.")
    pairs = list(zip(paths[::2], paths[1::2], strict=True))
    several = {"--patient": options.patient, "--marked": options.marked, "--marks-of": options.marks_of}
    for option, given in several.items():
        may_be_one = option == "--marked" and len(given) == 1
        if given and len(given) != len(pairs) and not may_be_one:
            raise InputError(f"There are {len(given)} {option} for {len(pairs)} cines.", "Give one for each, in order.")
    for path in paths:
        check_regular(path)
        if resolved(path).is_relative_to(resolved(options.output)):
            raise InputError(f"-o {options.output} would overwrite {path}.", "Choose another name.")
    return pairs


def _read(
    options: argparse.Namespace,
    number: int,
    count: int,
    path: Path,
    labels: Path,
    shelf: Shelf,
    cancel: threading.Event,
) -> Labelled:
    from rabengine.exchange.items import Labelled
    from rabengine.exchange.labels import read_labels
    from rabengine.exchange.late import PackedLabels
    from rabengine.io.isolated import read_cine_isolated
    from rabengine.measurement.scale import Scale

    from .set_options import patient_of

    def read() -> Cine:
        return read_cine_isolated(path, options=read_options(options), cancel=cancel)

    cine = read()
    marked = options.marked[number if len(options.marked) == count else 0] if options.marked else None
    name = options.marks_of[number] if options.marks_of else None
    marks, origins = read_labels(labels, cine, marked, cancel, name)
    units = Scale.of(cine).warnings if getattr(FORMATS.get(options.format), "measures", False) else ()
    tell_warnings((*cine.warnings, *marks.warnings, *units))
    patient = options.patient[number] if options.patient else patient_of(options, cine, path, number)
    kept = shelf.keep(cine, read)
    names = {**marks.names, **parse_names(options.name)}
    return Labelled(kept, PackedLabels(marks), origins, names, patient, path.stem, marks.legend)
