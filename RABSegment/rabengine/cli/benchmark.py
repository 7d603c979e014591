"""`rabsegment benchmark`: speed and memory of the engine on this machine."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import Any

from .cancellation import raise_on_signals
from .options import add_device, names


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "benchmark",
        help="measure speed and memory on this machine",
        description="Measure seconds and peak memory on generated cines, each in a fresh process, and how "
        "both grow with frames and pixels. Writes benchmark.md, benchmark.json and benchmark.png.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("benchmark"),
        metavar="DIR",
        help="folder to write (default: benchmark)",
    )
    parser.add_argument(
        "--methods", type=names, metavar="A,B", default=(), help="presets and other methods (default: all presets)"
    )
    parser.add_argument("--quick", action="store_true", help="fewer and smaller scenarios, a few minutes")
    add_device(parser)
    return parser


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    # The scenarios are processes of their own, which end when the exception unwinds this one.
    raise_on_signals()
    from rabengine.benchmark.run_benchmark import run_benchmark
    from rabengine.environment import require_torch

    require_torch()
    run_benchmark(options.output, device=options.device, is_quick=options.quick, names=options.methods)
    return 0
