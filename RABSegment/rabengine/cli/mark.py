"""`rabsegment mark`: one object on one frame of a cine from clicks, a box or a scribble."""

from __future__ import annotations

import argparse
import math
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rabengine.errors import Cancelled, InputError
from rabengine.io.files.outputs import Outputs

from .cancellation import run_writing
from .clicks import BOX, CLICK
from .options import add_device, natural
from .segment import add_cine, add_reading, read_options, tell_warnings
from .streams import deliver

if TYPE_CHECKING:
    import numpy as np

    from rabengine.cine import Cine
    from rabengine.prompts import PromptedMask

SUFFIX = ".png"
_OBJECT, _ELSEWHERE = 1, 2  # values of a scribble


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "mark",
        help="mark an object on a frame by clicks, a box or a scribble",
        description="Mark one object on one frame of CINE from a few clicks, a box or a scribble. Frames, columns and "
        "rows count from 0, from the upper left.",
        allow_abbrev=False,
    )
    add_cine(parser)
    add_reading(parser)
    parser.add_argument("--frame", type=natural, required=True, metavar="N", help="which frame")
    parser.add_argument(
        CLICK,
        type=click,
        action="append",
        default=[],
        metavar="+X,Y",
        help="column and row of a pixel of the object, or with - of one that is not of it; repeat for more",
    )
    parser.add_argument(BOX, type=box, metavar="L,T,R,B", help="first column and row of a box round it, and the last")
    parser.add_argument(
        "--scribble",
        type=Path,
        metavar="IMAGE",
        help="a label image of the frame's size whose lines are 1 in the object and 2 elsewhere",
    )
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="MASK",
        help="the label image so far: the object's label is what is corrected, other labels stay",
    )
    parser.add_argument(
        "--mark",
        action="append",
        default=[],
        metavar="FRAME=MASK",
        help="a label image of another frame on which the object is marked already; it helps, repeat for more",
    )
    parser.add_argument("--label", type=label, default=1, metavar="N", help="of the object, 1 to 255 (default: 1)")
    parser.add_argument("--take", action="store_true", help="also take pixels that have another label in --mask")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT.png", help="label image of the frame's size"
    )
    parser.add_argument(
        "--structure", type=Path, metavar="FILE.rab", help="what a study has learned; its example frames help"
    )
    add_device(parser)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="other prompt weights than the shipped ones")
    return parser


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    return run_writing(lambda outputs: mark(options, outputs, cancel), cancel)


def mark(options: argparse.Namespace, outputs: Outputs, cancel: threading.Event) -> int:
    """Do what the options say; raises instead of returning anything but 0."""
    from rabengine.environment import require_torch
    from rabengine.io.isolated import read_cine_isolated
    from rabengine.io.labels.formats import png_bytes

    _check(options)
    cine = read_cine_isolated(options.cine, options=read_options(options), cancel=cancel)
    tell_warnings(cine.warnings)
    _check_frame(options.frame, cine)
    drawn = _drawn(options.mask, cine, options.frame, cancel)
    scribble = _scribble(options, cine, cancel)
    known = _known(options, cine, cancel)
    require_torch()
    if cancel.is_set():
        raise Cancelled
    so_far = None if drawn is None else drawn == options.label
    found = _answer(options, cine, (options.click, options.box, scribble, so_far), known)
    labels = _labels(found, drawn, options)
    outputs.write(options.output, lambda path: _write(path, png_bytes(labels)))
    outputs.commit()
    pixels = int((labels == options.label).sum())
    deliver([f"{options.output}: {pixels} pixels, expected IoU {found.quality:.2f}"])
    return 0


def _answer(
    options: argparse.Namespace, cine: Cine, said: tuple[Any, ...], known: dict[int, np.ndarray]
) -> PromptedMask:
    """The engine's answer to what was said of the object."""
    if options.structure is not None:
        from rabengine.study.prompted import prompt_learned
        from rabengine.study.structured import Learned

        learned = Learned(options.structure, options.device)
        places = {"device": options.device, "prompt_weights": options.weights}
        return prompt_learned(cine.frames, learned, options.frame, options.label, *said, known=known, **places)
    from rabengine.session.session import Session

    session = Session(cine.frames, device=options.device, prompt_weights=options.weights)
    return session.prompt(options.frame, *said, known=known)


def click(text: str) -> tuple[float, float, bool]:
    """+X,Y or -X,Y; without a sign it is positive."""
    numbers = _numbers(text.lstrip("+-"), 2)
    if numbers is None or len(text) - len(text.lstrip("+-")) > 1:
        raise argparse.ArgumentTypeError(f"{text} is not +X,Y or -X,Y")
    return numbers[0], numbers[1], not text.startswith("-")


def box(text: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom."""
    numbers = _numbers(text, 4)
    if numbers is None:
        raise argparse.ArgumentTypeError(f"{text} is not LEFT,TOP,RIGHT,BOTTOM")
    left, top, right, bottom = numbers
    return left, top, right, bottom


def label(text: str) -> int:
    """The value of a segment."""
    value = natural(text)
    if not 1 <= value <= 255:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 255")
    return value


def _numbers(text: str, count: int) -> list[float] | None:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return numbers if len(numbers) == count and all(math.isfinite(number) for number in numbers) else None


def _check(options: argparse.Namespace) -> None:
    """What can be told before anything is read.

    Raises:
        InputError: an input that may never end, or an output that cannot be written or lies on an input.
    """
    from rabengine.io.files.file_names import check_suffix
    from rabengine.io.files.regular import check_regular, resolved
    from rabengine.io.files.writable import check_writable

    masks = [Path(one.partition("=")[2]) for one in options.mark]
    paths = [path for path in (options.cine, options.mask, options.scribble, options.weights, *masks) if path]
    paths += [options.structure] if options.structure else []
    for path in paths:
        check_regular(path)
    check_suffix("-o", options.output, (SUFFIX,))
    for path in paths:
        # The mask so far may be corrected in place.
        if path != options.mask and resolved(path) == resolved(options.output):
            raise InputError(f"-o {options.output} would overwrite {path}.", "Choose another name.")
    check_writable(options.output)
    if not (options.click or options.box or options.scribble or options.mask or options.mark or options.structure):
        raise InputError(f"Nothing is said of the object on frame {options.frame}.", "Give a --click or a --box.")
    more = (options.box, options.scribble, options.mask, options.mark, options.structure)
    if not any(more) and not any(is_positive for _x, _y, is_positive in options.click):
        raise InputError("All clicks say where the object is not.", f"Give one in it, {CLICK} +X,Y.")


def _check_frame(frame: int, cine: Cine) -> None:
    if frame >= cine.frame_count:
        raise InputError(
            f"--frame {frame} is not there: the cine has frames 0 to {cine.frame_count - 1}.", "Count frames from 0."
        )


def _drawn(path: Path | None, cine: Cine, frame: int, cancel: threading.Event) -> np.ndarray | None:
    """(H, W) labels of a mask file."""
    from rabengine.io.marks.isolated import read_mark_file_isolated

    if path is None:
        return None
    marks = read_mark_file_isolated(path, cine, frame, cancel)
    tell_warnings(tuple(marks.warnings))
    if frame not in marks:
        raise InputError(f"The file {path} has no mask of frame {frame}.", "Give a label image of that frame.")
    return marks[frame]


def _scribble(options: argparse.Namespace, cine: Cine, cancel: threading.Event) -> np.ndarray | None:
    """(H, W), 1 in the object, -1 elsewhere, 0 where nothing is drawn."""
    lines = _drawn(options.scribble, cine, options.frame, cancel)
    if lines is None:
        return None
    return (lines == _OBJECT).astype(int) - (lines == _ELSEWHERE).astype(int)


def _known(options: argparse.Namespace, cine: Cine, cancel: threading.Event) -> dict[int, np.ndarray]:
    """(H, W) bool masks of the object on other frames."""
    from rabengine.io.marks.isolated import read_marks_isolated

    if not options.mark:
        return {}
    marks = read_marks_isolated(options.mark, cine, cancel)
    tell_warnings(tuple(marks.warnings))
    if options.frame in marks:
        raise InputError(f"--mark {options.frame}=... is of the frame that is to be marked.", "Give it as --mask.")
    return {frame: labels == options.label for frame, labels in marks.items()}


def _labels(found: PromptedMask, drawn: np.ndarray | None, options: argparse.Namespace) -> np.ndarray:
    """(H, W) uint8: the object on what was drawn before; other labels keep their pixels unless they may be taken."""
    import numpy as np

    labels = np.zeros(found.mask.shape, np.uint8) if drawn is None else drawn.astype(np.uint8)
    labels[labels == options.label] = 0
    others = int((found.mask & (labels > 0)).sum())
    if others and not options.take:
        tell_warnings((f"{others} pixels of the object have another label in {options.mask}; --take takes them.",))
    labels[found.mask if options.take else found.mask & (labels == 0)] = options.label
    return labels


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
