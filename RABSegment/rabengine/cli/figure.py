"""`rabsegment figure`: the figure of a segmented cine for a publication, and the video beside it."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rabengine.errors import Cancelled, InputError
from rabengine.io.files.outputs import Outputs

from .cancellation import run_writing
from .options import MOST_DIGITS, names, positive
from .segment import add_cine, add_marks_of, add_reading, read_options, tell_warnings
from .set_options import add_blanking, add_names, blanking_of, parse_names
from .streams import deliver

if TYPE_CHECKING:
    from rabengine.pictures.figure import Crop
    from rabengine.pictures.shown import Shown

MOST_FRAMES = 24
VIDEO_SIDE = 480  # pixels: smaller frames are enlarged by a whole factor until their longer side has as many


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "figure",
        help="make the figure for a publication: frames with outlines, areas with beats, a video",
        description="Make a figure of the segments in LABELS: chosen frames of CINE with outlines and a scale bar, and "
        "areas over time with the ends of beats. Not for clinical use.",
        allow_abbrev=False,
    )
    add_cine(parser)
    parser.add_argument("labels", type=Path, metavar="LABELS", help="what `rabsegment segment -o` wrote, or its like")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FIGURE",
        help=".png of 300 dpi, or .pdf or .svg with lines and text as vectors",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--frames", type=names, metavar="N,N,...", help="the frames to show, counted from 0")
    which.add_argument(
        "--count", type=positive, default=6, metavar="N", help="so many frames through the first beat (default: 6)"
    )
    parser.add_argument(
        "--segment",
        action="append",
        default=[],
        metavar="NAME|N",
        help="name or label value of a segment; repeat for more; beats are those of the first (default: all)",
    )
    add_marks_of(parser, "LABELS")
    add_names(parser)
    parser.add_argument(
        "--ends",
        type=names,
        metavar="WORD,WORD",
        help="what the largest and the smallest area of a beat are called (default: ED,ES of what is called a "
        "ventricle, else largest,smallest)",
    )
    parser.add_argument("--crop", action="store_true", help="show only the part of the frames round the segments")
    parser.add_argument(
        "--video",
        type=Path,
        metavar="FILE",
        help="also a video with outlines, time and scale bar (.mp4, .mov, .avi, .gif)",
    )
    add_blanking(parser)
    add_reading(parser)
    return parser


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    return run_writing(lambda outputs: figure(options, outputs, cancel), cancel)


def figure(options: argparse.Namespace, outputs: Outputs, cancel: threading.Event) -> int:
    """Do what the options say."""
    from rabengine.pictures.figure import write_figure

    _check(options)
    shown = _shown(options, cancel)
    frames = _frames(options, shown)
    crop = _crop(shown) if options.crop else None
    ends = None if options.ends is None else (options.ends[0], options.ends[1])
    outputs.write(options.output, lambda path: write_figure(path, shown, frames, ends, crop))
    if cancel.is_set():
        raise Cancelled
    if options.video is not None:
        outputs.write(options.video, lambda path: _write_video(path, shown))
    outputs.commit()
    written = [str(path) for path in (options.output, options.video) if path is not None]
    deliver([f"Wrote {' and '.join(written)}; frames {', '.join(map(str, frames))}."])
    return 0


def _check(options: argparse.Namespace) -> None:
    """What can be told without reading anything."""
    from rabengine.io.files.file_names import check_suffix
    from rabengine.io.files.regular import check_regular, resolved
    from rabengine.io.files.writable import check_writable
    from rabengine.optional import require_installed
    from rabengine.pictures.figure import check_kind

    from .outputs import OVERLAY_SUFFIXES

    check_kind(options.output)
    require_installed("matplotlib", "A figure")
    if options.ends is not None and len(options.ends) != 2:
        raise InputError("--ends names no two ends of a beat.", "Give two words, such as ED,ES.")
    if options.video is not None:
        check_suffix("--video", options.video, OVERLAY_SUFFIXES)
        require_installed("PIL" if options.video.suffix.lower() == ".gif" else "av", f"The video {options.video}")
    taken = {}
    for path in (options.cine, options.labels):
        check_regular(path)
        taken[resolved(path)] = path
    for path in filter(None, (options.output, options.video)):
        if resolved(path) in taken:
            raise InputError(f"{path} would overwrite {taken[resolved(path)]}.", "Choose another name.")
        taken[resolved(path)] = path
        check_writable(path)


def _shown(options: argparse.Namespace, cancel: threading.Event) -> Shown:
    import numpy as np

    from rabengine.exchange.blanking import hidden_pixels
    from rabengine.exchange.labels import read_labels
    from rabengine.io.isolated import read_cine_isolated
    from rabengine.io.legend import legend_of
    from rabengine.pictures.shown import Shown

    cine = read_cine_isolated(options.cine, options=read_options(options), cancel=cancel)
    marks, _origins = read_labels(options.labels, cine, None, cancel, options.marks_of)
    tell_warnings((*cine.warnings, *marks.warnings))
    there = sorted({int(value) for labels in marks.values() for value in np.unique(labels) if value})
    if not there:
        raise InputError(f"The labels {options.labels} have no object on any frame.", "Segment the cine first.")
    legend = legend_of(there, {**marks.names, **parse_names(options.name)}, marks.legend)
    chosen = [_value(text, {value: entry.name for value, entry in legend.items()}) for text in options.segment] or there
    hidden = hidden_pixels(cine, blanking_of(options))
    tell_warnings(filter(None, (hidden.doubt,)))
    return Shown(cine, marks, {value: legend[value] for value in dict.fromkeys(chosen)}, hidden.pixels)


def _value(text: str, known: dict[int, str]) -> int:
    for value, name in known.items():
        if text in (name, str(value)):
            return value
    there = ", ".join(f"{value} {name}" for value, name in known.items())
    raise InputError(f"There is no segment {text} on any frame.", f"There are: {there}.")


def _frames(options: argparse.Namespace, shown: Shown) -> tuple[int, ...]:
    from rabengine.pictures.shown import frames_to_show

    most = f"A figure shows at most {MOST_FRAMES} frames."
    if options.frames is None:
        if options.count > MOST_FRAMES:
            raise InputError(most, "Give a smaller --count.")
        return frames_to_show(shown, options.count)
    if len(options.frames) > MOST_FRAMES:
        raise InputError(most, "Name fewer.")
    for text in options.frames:
        is_number = text.isascii() and text.isdecimal() and len(text) < MOST_DIGITS
        if not is_number or int(text) >= shown.cine.frame_count:
            raise InputError(
                f"--frames names {text}, but the cine has frames 0 to {shown.cine.frame_count - 1}.",
                "Count frames from 0.",
            )
    return tuple(int(text) for text in options.frames)


def _crop(shown: Shown) -> Crop:
    import numpy as np

    from rabengine.pictures.contact_sheet import box_of_interest

    values = list(shown.legend)
    return box_of_interest((np.isin(labels, values) for labels in shown.labels.values()), shown.cine.frame_size)


def _write_video(path: Path, shown: Shown) -> None:
    import numpy as np

    from rabengine.pictures.footer import footer_for
    from rabengine.pictures.overlay import write_overlay

    values = list(shown.legend)
    labels = np.zeros((shown.cine.frame_count, *shown.cine.frame_size), np.uint8)
    for frame, drawn in shown.labels.items():
        labels[frame] = np.where(np.isin(drawn, values), drawn, 0)
    colours = {value: entry.colour for value, entry in shown.legend.items()}
    footer = footer_for(shown.cine, shown.legend)
    names = [entry.name for entry in shown.legend.values()]
    scale = max(1, -(-VIDEO_SIDE // max(shown.cine.frame_size)))
    write_overlay(path, shown.visible, labels, scale=scale, colours=colours, names=names, decoration=footer)
