"""Find out before the long job whether its outputs can be written."""

from __future__ import annotations

import argparse
from pathlib import Path

from rabengine.errors import InputError
from rabengine.io.files.file_names import check_suffix
from rabengine.io.files.regular import check_regular, resolved
from rabengine.io.files.writable import check_writable
from rabengine.io.labels.writers import check_output, writer_of
from rabengine.optional import require

from .options import MOST_DIGITS

OVERLAY_SUFFIXES = (".mp4", ".avi", ".mov", ".gif")


def check_outputs(options: argparse.Namespace) -> None:
    """Check every output of `rabsegment segment`.

    Raises:
        InputError: a name of the wrong kind, a folder that is missing or cannot be written to, two outputs at
            one place, an output on top of an input, or a library that an output needs.
    """
    check_output(options.output)
    _check_file("--overlay", options.overlay, OVERLAY_SUFFIXES)
    _check_file("--table", options.table, (".csv",))
    _check_file("--report", options.report, (".json",))
    _check_places(options)
    if options.overlay is not None:
        library = "PIL.Image" if options.overlay.suffix.lower() == ".gif" else "av"
        require(library, f"The overlay {options.overlay}")


def check_inputs(options: argparse.Namespace) -> None:
    """Check every input of `rabsegment segment` that can be told without reading it.

    Raises:
        InputError: a pipe or a device, which may never end, a frame number that is none, or weights that are missing.
    """
    masks = []
    for mark in options.mark or ():
        frame, _, mask = mark.partition("=")
        if len(frame) > MOST_DIGITS:
            raise InputError(f"--mark {frame[:MOST_DIGITS]}... names no frame.", "Give FRAME=MASK, such as 0=mask.png.")
        masks.append(mask)
    for path in (options.cine, options.marks, options.weights, options.structure, *masks):
        if path is not None:
            check_regular(path)
    if options.weights is not None and not options.weights.is_file():
        raise InputError(
            f"The weight file {options.weights} does not exist.", "Name one that `rabsegment train` wrote."
        )


def _check_file(option: str, path: Path | None, suffixes: tuple[str, ...]) -> None:
    if path is None:
        return
    check_suffix(option, path, suffixes)
    check_writable(path)


def _check_places(options: argparse.Namespace) -> None:
    """No output may take the place of an input or of another output."""
    masks = [Path(mark.partition("=")[2]) for mark in options.mark or ()]
    given = (options.cine, options.marks, options.weights, options.structure, *masks)
    inputs = [path for path in given if path is not None]
    # A folder of labels replaces the folder before it with all that is in it.
    lost = resolved(options.output)
    for path in inputs:
        if resolved(path).is_relative_to(lost):
            raise InputError(f"-o {options.output} would overwrite {path}.", "Choose another name.")
    is_folder = writer_of(options.output).is_folder
    taken = {resolved(path): path for path in (*inputs, options.output)}
    extras = {"--overlay": options.overlay, "--table": options.table, "--report": options.report}
    for option, path in extras.items():
        if path is None:
            continue
        if resolved(path) in taken:
            raise InputError(f"{option} {path} would overwrite {taken[resolved(path)]}.", "Choose another name.")
        if is_folder and resolved(path).is_relative_to(lost):
            raise InputError(
                f"{option} {path} lies in the folder -o {options.output}, which holds label images alone.",
                "Choose a place beside it.",
            )
        taken[resolved(path)] = path
