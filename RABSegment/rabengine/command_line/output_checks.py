"""Find out before the long job whether its outputs can be written."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from pathlib import Path

from rabengine.errors import InputError

OVERLAY_SUFFIXES = (".mp4", ".avi", ".mov", ".gif")


def check_outputs(options: argparse.Namespace) -> None:
    """Check every output of `rabsegment segment`.

    Raises:
        InputError: a name of the wrong kind, a folder that is missing or cannot be written to, two outputs at
            one place, an output on top of an input, or a library that an output needs.
    """
    from rabengine.writing.labels import check_output

    check_output(options.output)
    _check_name("--overlay", options.overlay, OVERLAY_SUFFIXES)
    _check_name("--table", options.table, (".csv",))
    _check_name("--report", options.report, (".json",))
    outputs = {
        "-o": options.output,
        "--overlay": options.overlay,
        "--table": options.table,
        "--report": options.report,
    }
    _check_places({option: path for option, path in outputs.items() if path is not None}, _inputs(options))
    if options.overlay is not None:
        _check_overlay_library(options.overlay)


def _check_name(option: str, path: Path | None, suffixes: tuple[str, ...]) -> None:
    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        raise InputError(f"{option} {path} must end in {' or '.join(suffixes)}.", "Choose such a name.")
    if path.is_dir():
        raise InputError(f"{option} {path} is a folder.", "Give the name of a file.")


def _inputs(options: argparse.Namespace) -> list[Path]:
    masks = [Path(mark.partition("=")[2]) for mark in options.mark or ()]
    return [path for path in (options.cine, options.marks, options.weights, *masks) if path is not None]


def _check_places(outputs: dict[str, Path], inputs: list[Path]) -> None:
    taken = {path.resolve(): str(path) for path in inputs}
    for option, path in outputs.items():
        place = path.resolve()
        if place in taken:
            raise InputError(
                f"{option} {path} would overwrite {taken[place]}, which this run also uses.",
                "Choose another name.",
            )
        taken[place] = str(path)
        _check_folder(option, path)


def _check_folder(option: str, path: Path) -> None:
    """Try to make something beside `path`: permission bits do not tell of read-only mounts."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise InputError(
            f"{option} {path} lies in a folder that does not exist ({folder}).", "Make it first."
        )
    try:
        probe = Path(tempfile.mkdtemp(prefix=".rabsegment-", dir=folder))
    except OSError as error:
        raise InputError(
            f"{option} {path} cannot be written ({error.strerror}).", "Choose a folder you may write to."
        ) from error
    with contextlib.suppress(OSError):
        probe.rmdir()


def _check_overlay_library(path: Path) -> None:
    from rabengine.pictures.optional import require

    if path.suffix.lower() == ".gif":
        require("PIL.Image", f"The overlay {path}")
    else:
        require("av", f"The overlay {path}")
