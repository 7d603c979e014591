"""`rabsegment info`: what is installed, which device would be used and why, which weights were found."""

from __future__ import annotations

import argparse
import platform
import threading
from collections.abc import Mapping
from typing import Any

import rabengine
from rabengine.errors import InputError

from .cancellation import run_cancellable
from .streams import deliver


def add_parser(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "info",
        help="say what is installed and which device would be used",
        description="Say what is installed and can be chosen, which device would be used and why, and which weights "
        "are there.",
        allow_abbrev=False,
    )
    return parser


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    def work() -> int:
        deliver(information())
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
        *describe_weights(),
        *describe_registries(),
    ]


def describe_registries() -> list[str]:
    """What can be chosen by name, that of other packages included."""
    from rabengine.evaluation.methods import METHODS
    from rabengine.exchange.formats import FORMATS
    from rabengine.io.labels.writers import WRITERS
    from rabengine.io.readers import READERS
    from rabengine.network.backbones import BACKBONES
    from rabengine.presets import PRESETS
    from rabengine.registry import Registry
    from rabengine.session.step import STEPS

    registries: dict[str, Registry[Any]] = {
        "presets": PRESETS,
        "steps": STEPS,
        "backbones": BACKBONES,
        "readers": READERS,
        "writers": WRITERS,
        "exchange formats": FORMATS,
        "other methods": METHODS,
    }
    return [f"{title}: {', '.join(registry.names())}" for title, registry in registries.items()]


def describe_weights() -> list[str]:
    """Where the shipped weights are and what their card says; what is wrong with them otherwise."""
    from rabengine.network.weights import default_path, load_weights

    path = default_path()
    try:
        weights = load_weights(path)
    except InputError as error:
        return [f"weights: {error}"]
    return [
        f"weights: {path}, {path.stat().st_size / 2**20:.1f} MiB, {weights.backbone}",
        f"  {_short(weights.card)}".rstrip(),
        *_prompt_weights(),
    ]


def _prompt_weights() -> list[str]:
    """The same of the prompt model."""
    from rabengine.network.prompt_weights import default_prompt_path, prompt_card

    path = default_prompt_path()
    try:
        card = prompt_card(path)
    except InputError as error:
        return [f"prompt weights: {error}"]
    return [f"prompt weights: {path}, {path.stat().st_size / 2**20:.1f} MiB", f"  {_short(card)}".rstrip()]


def _short(card: Mapping[str, object]) -> str:
    """What of a card fits into a line."""
    return "; ".join(f"{name} {value}" for name, value in card.items() if _is_short(value))


def _is_short(value: object) -> bool:
    return isinstance(value, str | int | float) and len(str(value)) <= 80
