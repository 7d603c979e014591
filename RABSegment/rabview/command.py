"""The command `rabsegment view`."""

from __future__ import annotations

import argparse
import os
import secrets
import threading
from pathlib import Path
from typing import Any

from rabengine.errors import Cancelled, InputError

from .serving import HOST, PORT, UPLOAD_LIMIT_MB, free_port, is_loopback, numeric_address, page_address

MOST_UPLOAD_MB = 1_000_000
_TOKEN_BYTES = 24


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    """Add the parser of `rabsegment view`."""
    parser = subparsers.add_parser(
        "view",
        help="mark frames and segment a cine in a browser",
        description="Open a page in which a cine is marked, segmented, corrected and exported.",
        allow_abbrev=False,
    )
    parser.add_argument("cine", nargs="?", type=Path, metavar="CINE", help="the cine to open")
    parser.add_argument("--demo", action="store_true", help="open an echocardiogram to try it on")
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="the page may open the cines in it (default: the folder of CINE, else the working directory)",
    )
    parser.add_argument("--study", type=Path, metavar="DIR", help="list the cines of a study, one after another")
    parser.add_argument("--by", default="", metavar="NAME", help="with --study: who marks (default: your login name)")
    parser.add_argument(
        "--blind", action="store_true", help="with --study: show neither predictions nor what others drew"
    )
    parser.add_argument("--port", type=int, metavar="N", help=f"(default: {PORT}, or the next that is free; 0: any)")
    parser.add_argument("--host", default=HOST, help="address to listen on (default: %(default)s, this computer alone)")
    parser.add_argument(
        "--allow-remote", action="store_true", help="with --host: let other computers of the network use it"
    )
    parser.add_argument(
        "--token",
        metavar="TEXT",
        help="what the page's address must contain (default: a random one with --allow-remote, else none)",
    )
    parser.add_argument(
        "--upload-limit",
        type=int,
        default=UPLOAD_LIMIT_MB,
        metavar="MB",
        help="of files dropped onto the page at once (default: %(default)s)",
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address, open no browser")
    return parser


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    """Serve the page until it is interrupted.

    Raises:
        InputError: an option cannot be used, or a package is missing.
        Cancelled: it was interrupted.
    """
    cine, folder = _chosen(options)
    host = _address(options)
    token = _token(options, host)
    if not 1 <= options.upload_limit <= MOST_UPLOAD_MB:
        raise InputError(f"--upload-limit {options.upload_limit} makes no sense.", "Give megabytes, such as 500.")
    _check_study(options)
    port = free_port(host, options.port)
    _require_packages()
    from rabengine.io.frame_buffer import LARGEST_VARIABLE
    from RABSegmentLib.Engine.CineReader import LARGEST_BYTES
    from RABSegmentLib.Session.StudyQueue import StudyQueue
    from rabview.server import Access

    from .application import DEMO_NAME, ViewApplication
    from .serving import open_browser, private_temporary_files, serve

    os.environ.setdefault(LARGEST_VARIABLE, str(LARGEST_BYTES))  # for the processes that read files
    address = page_address(host, port, token)

    def announce() -> None:
        print(f"Segment Video is at {address} (Ctrl+C ends it)", flush=True)
        if not options.no_browser:
            open_browser(address)

    access, name = Access(host, port, token), DEMO_NAME if options.demo else ""

    study = None if options.study is None else StudyQueue(options.study, options.by)

    def make() -> ViewApplication:
        return ViewApplication(
            folder,
            cine,
            name,
            access=access,
            upload_limit_mb=options.upload_limit,
            study=study,
            is_blind=options.blind,
        )

    try:
        with private_temporary_files():
            kept = serve(make, host, port, announce, cancel)
    except OSError as error:
        raise InputError(f"Port {port} cannot be used ({error.strerror or error}).", "Choose another one.") from error
    raise Cancelled("The page is closed.", kept)


def _chosen(options: argparse.Namespace) -> tuple[Path | None, Path]:
    """The cine to open, None for none, and the folder of the page."""
    cine: Path | None = options.cine
    if cine is not None and options.demo:
        raise InputError(f"--demo opens a cine of its own, not {cine}.", "Leave one of them out.")
    if cine is not None and not cine.exists():
        raise InputError(f"{cine} does not exist.", "Check the path.")
    folder: Path = options.folder or (cine.absolute().parent if cine is not None else Path.cwd())
    if not folder.is_dir():
        problem = "is no folder" if folder.exists() else "does not exist"
        raise InputError(f"--folder {folder} {problem}.", "Give the folder that holds your cines.")
    if options.demo:
        from rabengine.demo.sample import sample_cine_path

        cine = sample_cine_path()
    return cine, folder


def _check_study(options: argparse.Namespace) -> None:
    if options.study is None:
        if options.by or options.blind:
            raise InputError("--by and --blind need --study.", "Give the folder of a study, or leave them out.")
    elif options.cine is not None or options.demo:
        raise InputError("There are both a study and a cine.", "Leave one of them out.")


def _address(options: argparse.Namespace) -> str:
    """The numeric address to listen on."""
    host = numeric_address(options.host)
    if not is_loopback(host) and not options.allow_remote:
        raise InputError(
            f"--host {options.host} would let other computers use this one.",
            "Add --allow-remote if that is meant; it is not encrypted.",
        )
    return host


def _token(options: argparse.Namespace, host: str) -> str:
    """What the address of the page must contain; empty for nothing."""
    token: str | None = options.token
    if token is None:
        return "" if is_loopback(host) else secrets.token_urlsafe(_TOKEN_BYTES)
    if not token or not token.isascii() or not token.isprintable():
        raise InputError("--token is empty, or has other characters than plain letters.", "Give some plain letters.")
    return token


def _require_packages() -> None:
    try:
        import slicer  # noqa: F401
        import trame_slicer  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"rabsegment view needs more packages ({error}).", 'Install them: pip install "rabsegment[app]"'
        ) from error
