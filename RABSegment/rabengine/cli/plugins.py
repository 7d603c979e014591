"""Commands that other packages add to `rabsegment`.

A package adds one by naming, as an entry point of the group "rabsegment.commands", a module with `add_parser` and `run`
as those of this folder have them.
"""

from __future__ import annotations

import argparse
import threading
from importlib.metadata import EntryPoint
from typing import Any

from rabengine.errors import InputError
from rabengine.registry import entry_points_of

GROUP = "rabsegment.commands"  # of entry points: {command: module with `add_parser` and `run`}


def add_plugins(subparsers: Any, taken: tuple[str, ...]) -> list[str]:
    """Add the parsers of all commands of other packages; returns the commands.

    One that cannot be loaded says so when it is used, and leaves the others alone.

    Args:
        subparsers: of argparse.
        taken: commands that no package may replace.
    """
    found = {entry.name: entry for entry in sorted(entry_points_of(GROUP)) if entry.name not in taken}
    for entry in found.values():
        _add(subparsers, entry)
    return list(found)


def _add(subparsers: Any, entry: EntryPoint) -> None:
    try:
        module = entry.load()
    except ImportError as error:
        _add_missing(subparsers, entry, error)
        return
    module.add_parser(subparsers).set_defaults(run=module.run)


def _add_missing(subparsers: Any, entry: EntryPoint, error: ImportError) -> None:
    """A command whatever its arguments, whose one sentence says why it does not work."""

    def run(_options: argparse.Namespace, _cancel: threading.Event) -> int:
        raise InputError(f"rabsegment {entry.name} cannot be loaded ({error}).", "Install rabsegment again.") from error

    parser = subparsers.add_parser(entry.name, help="(cannot be loaded)", add_help=False, prefix_chars="\0")
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)
