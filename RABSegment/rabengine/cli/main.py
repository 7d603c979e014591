"""The command `rabsegment`: its parser, and what becomes of errors and signals."""

from __future__ import annotations

import argparse
import importlib
import sys
import threading
from collections.abc import Sequence
from typing import Any, NoReturn

import rabengine
from rabengine.environment import keep_freed_memory, wait_by_load
from rabengine.errors import InputError, report
from rabengine.io.files.owned_folder import exit_now, sweep

from .cancellation import catch_signals
from .clicks import join_clicks
from .plugins import add_plugins
from .streams import finish_streams, secure_streams, show_log

SUBCOMMANDS = (
    "segment",
    "mark",
    "measure",
    "export",
    "figure",
    "demo",
    "train",
    "evaluate",
    "synthesize",
    "benchmark",
    "study",
    "info",
)


class Parser(argparse.ArgumentParser):
    """Reports a usage error in one sentence, without the usage text above it."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message[:1].upper()}{message[1:]}.", f"See: {self.prog} --help")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What an action does not know is told by the action, whose help has what it does know."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown


def console_entry() -> NoReturn:
    """Entry point of the command `rabsegment`."""
    secure_streams()
    show_log()
    code = main()
    finish_streams()
    # All is written. Taking PyTorch down in good order would take half a second of every command.
    exit_now(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (0 done, 2 bad input or usage, 3 failed, 130 cancelled)."""
    cancel = threading.Event()
    # First of all: a signal during a later import must already find its handler.
    catch_signals(cancel)
    keep_freed_memory()
    wait_by_load()
    try:
        words = sys.argv[1:] if arguments is None else arguments
        options = build_parser().parse_args(join_clicks(words))
        sweep()
        return int(options.run(options, cancel))
    except SystemExit as ending:  # of --help and --version
        return int(ending.code or 0)
    except Exception as error:  # whatever it was, the user gets one sentence
        return report(error)


def build_parser() -> Parser:
    """The parser of all subcommands; each sets `run(options, cancel) -> int`."""
    parser = Parser(
        prog="rabsegment",
        description="Segment every frame of a cine loop from a few marked frames.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"rabsegment {rabengine.__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    for name in SUBCOMMANDS:
        module = importlib.import_module(f"rabengine.cli.{name}")
        module.add_parser(subparsers).set_defaults(run=module.run)
    subparsers.metavar = "{" + ",".join((*SUBCOMMANDS, *add_plugins(subparsers, SUBCOMMANDS))) + "}"
    return parser
