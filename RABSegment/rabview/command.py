"""The command `rabsegment view`."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from typing import Any

from rabengine.errors import InputError

HOST, PORT = "127.0.0.1", 8080


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """Add the parser of `rabsegment view`."""
    parser = subparsers.add_parser(
        "view",
        help="mark frames and segment a cine in a browser",
        description="Open a page in which a cine is marked, segmented, corrected and exported.",
        allow_abbrev=False,
    )
    parser.add_argument("cine", nargs="?", type=Path, metavar="CINE", help="the cine to open")
    parser.add_argument(
        "--folder", type=Path, help="the page may open cines in it (default: that of CINE, else this one)"
    )
    parser.add_argument("--host", default=HOST, help="address to listen on (default: %(default)s, this computer alone)")
    parser.add_argument("--port", type=int, default=PORT, help="(default: %(default)s; 0 takes a free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, open no browser")
    return parser


def run(options: argparse.Namespace, _cancel: threading.Event) -> int:
    """Serve the page until it is interrupted."""
    try:
        import trame_slicer  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"rabsegment view needs trame-slicer ({error}).", 'Install it: pip install "rabsegment[app]"'
        ) from error
    from .application import ViewApplication

    folder = options.folder or (options.cine.parent if options.cine else Path.cwd())
    application = ViewApplication(folder, options.cine)
    # trame reads options of its own from the command line.
    arguments, sys.argv = sys.argv, sys.argv[:1]
    try:
        application.server.start(host=options.host, port=options.port, open_browser=not options.no_browser, timeout=0)
    finally:
        sys.argv = arguments
    return 0
