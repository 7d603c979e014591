"""`rabsegment measure`: what the segments of a cine measure over time."""

from __future__ import annotations

import argparse
import math
import threading
from pathlib import Path
from typing import Any

from .cancellation import run_writing
from .options import MOST_DIGITS, names, natural, portion
from .segment import add_cine, add_marks_of, add_reading

_LONGEST = 120  # characters of a place


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "measure",
        help="measure segments over time: areas, beats, ventricles, vessels, the glottis, M-mode",
        description="Measure the segments in LABELS through CINE. Frames, columns and rows count from 0, from the "
        "upper left. Not for clinical use.",
        allow_abbrev=False,
    )
    add_cine(parser)
    parser.add_argument(
        "labels", type=Path, metavar="LABELS", help="what `rabsegment segment -o` wrote, or its like, or a set"
    )
    add_marks_of(parser, "LABELS")
    parser.add_argument(
        "--segment",
        action="append",
        default=[],
        metavar="NAME|N",
        help="name or label value of a segment; repeat for more (default: all)",
    )
    parser.add_argument(
        "--what",
        type=names,
        default=("all",),
        metavar="WORD,...",
        help="area, perimeter, centroid, diameter, brightness, distance, change, beats; all for these; "
        "and ventricle, vessel or glottis for segments that are one (default: all)",
    )
    _add_ventricle(parser)
    parser.add_argument(
        "--closed",
        type=portion,
        default=0.0,
        metavar="SHARE",
        help="the glottis is closed where its area is not above this share of the largest (default: 0)",
    )
    parser.add_argument("--mmode", type=line, metavar="X1,Y1,X2,Y2", help="also write the M-mode of this line")
    parser.add_argument(
        "--thickness", type=float, default=1.0, metavar="PX", help="of that line, whose mean is taken (default: 1)"
    )
    add_reading(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FOLDER|FILE.csv",
        help="a folder for tables and charts, or a file for the table by frame alone; may be left out beside --json "
        "and --sr",
    )
    parser.add_argument(
        "--sr",
        type=Path,
        metavar="FILE.dcm",
        help="also write what was measured as a DICOM structured report, which names the patient; CINE must be DICOM",
    )
    parser.add_argument("--json", action="store_true", help="write all that was measured to stdout as JSON")
    return parser


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    from .measure_actions import measure

    return run_writing(lambda outputs: measure(options, outputs, cancel), cancel)


def line(text: str) -> tuple[float, float, float, float]:
    """X1,Y1,X2,Y2."""
    one, two, three, four = _numbers(text, 4)
    return one, two, three, four


def apex(text: str) -> tuple[int, tuple[float, float]]:
    """FRAME:X,Y."""
    frame, rest = _frame(text)
    x, y = _numbers(rest, 2)
    return frame, (x, y)


def mitral(text: str) -> tuple[int, tuple[tuple[float, float], tuple[float, float]]]:
    """FRAME:X1,Y1,X2,Y2."""
    frame, rest = _frame(text)
    one, two, three, four = _numbers(rest, 4)
    return frame, ((one, two), (three, four))


def _add_ventricle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--second",
        type=Path,
        nargs=2,
        metavar=("CINE2", "LABELS2"),
        help="another view of the same ventricle, at right angles, for the biplane ejection fraction",
    )
    add_marks_of(parser, "LABELS2", "--second-marks-of")
    for prefix, which in (("--", "LABELS"), ("--second-", "LABELS2")):
        parser.add_argument(
            f"{prefix}apex",
            type=apex,
            action="append",
            default=[],
            metavar="F:X,Y",
            help=f"where the apex is on frame F of {which}, in place of what is found; repeat for more frames",
        )
        parser.add_argument(
            f"{prefix}mitral",
            type=mitral,
            action="append",
            default=[],
            metavar="F:X1,Y1,X2,Y2",
            help=f"the two hinge points of the mitral valve on frame F of {which}, likewise",
        )
    parser.add_argument(
        "--second-spacing", type=float, nargs=2, metavar=("R", "C"), help="size of a pixel of CINE2 in mm"
    )
    parser.add_argument(
        "--second-frame-time", type=float, metavar="S", help="seconds from one frame of CINE2 to the next"
    )


def _frame(text: str) -> tuple[int, str]:
    frame, sign, rest = text.partition(":")
    if not sign or len(frame) > MOST_DIGITS:
        raise argparse.ArgumentTypeError(f"{text[:_LONGEST]!r} does not begin with the number of a frame and a colon")
    return natural(frame), rest


def _numbers(text: str, count: int) -> list[float]:
    try:
        found = [float(part) for part in text[:_LONGEST].split(",")]
    except ValueError:
        found = []
    if len(found) != count or not all(map(math.isfinite, found)):
        raise argparse.ArgumentTypeError(f"{text[:_LONGEST]!r} is not {count} numbers with commas between")
    return found
