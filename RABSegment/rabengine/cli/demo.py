"""`rabsegment demo`: the main job on the echocardiogram that pydicom ships."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import Any

from rabengine.io.files.outputs import Outputs

from .cancellation import run_writing
from .progress import make_reporter


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "demo",
        help="segment a real echocardiogram and write every kind of output",
        description="Segment the echocardiogram that pydicom ships from two marked frames.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("demo"),
        metavar="DIR",
        help="folder to write (default: demo)",
    )
    return parser


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    def work(outputs: Outputs) -> int:
        from rabengine.environment import require_torch

        require_torch()
        from rabengine.demo.run_demo import run_demo

        reporter = make_reporter("bar")
        try:
            run_demo(options.output, progress=reporter, cancel=cancel, outputs=outputs)
        finally:
            reporter.end("done", {})
        return 0

    return run_writing(work, cancel)
