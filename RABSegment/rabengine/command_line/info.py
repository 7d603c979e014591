"""`rabsegment info`: what is installed, which device would be used and why, which weights were found."""

from __future__ import annotations

import argparse
import platform
import threading
from typing import Any

import rabengine
from rabengine.command_line.cancellation import run_cancellable


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "info",
        help="say what is installed and which device would be used",
        description="Say what is installed, which device would be used and why, and which weights are there.",
        allow_abbrev=False,
    )
    return parser


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    def work() -> int:
        for line in information():
            print(line)
        return 0

    return run_cancellable(work, cancel)


def information() -> list[str]:
    """The lines of `rabsegment info`.

    Raises:
        EngineError: PyTorch is missing or does not load.
    """
    from rabengine.environment import require_torch

    require_torch()
    import torch

    from rabengine.device import describe_devices

    return [
        f"rabsegment {rabengine.__version__}",
        f"Python {platform.python_version()} on {platform.platform(terse=True)}",
        f"PyTorch {torch.__version__}",
        *describe_devices(),
    ]
