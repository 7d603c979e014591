"""What a figure depends on, as short hashes: equal hashes mean that measuring again would give the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from .imported_code import code_hash
from .methods import PRESET, MethodEntry
from .preset_method import EngineChoices
from .videos import video_version

_LENGTH = 16
_HERE = __name__.rpartition(".")[0]
_SCORES = tuple(f"{_HERE}.{name}" for name in ("marks_to_target", "metrics", "protocols", "videos"))
_PRESETS = f"{_HERE}.preset_method"
# Methods get arrays. Images come out alike whatever else is changed in the readers of all formats.
_NOT_COUNTED = ("rabengine.io",)


def result_version(
    entry: MethodEntry, folder: Path, objects: Sequence[int] | None, frames: int | None, engine: EngineChoices
) -> str:
    """Of what one method finds on one video, besides protocol and seed.

    The code that counts is that of the method, of all that it imports, and of the scores.

    Args:
        entry: the method; what the engine is told concerns presets alone.
        folder: of the video.
        objects: as in `settings.Settings`, like all that follow.
        frames: how many from the first one on.
        engine: device, weights and choices.
    """
    facts: dict[str, object] = {
        "code": code_hash((*_SCORES, *method_modules(entry)), _NOT_COUNTED),
        "video": video_version(folder),
        "objects": None if objects is None else sorted(objects),
        "frames": frames,
    }
    if entry.kind == PRESET:
        facts["weights"] = weights_hash(engine.weights)
        facts["device"] = engine.device
        facts["set"] = sorted(engine.overrides.items())
    if entry.downloads:
        facts["downloads"] = [one.content() for one in entry.downloads]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:_LENGTH]


def method_modules(entry: MethodEntry) -> tuple[str, ...]:
    """The names of the modules that bring a method, none where an entry point is gone."""
    return (*((_PRESETS,) if entry.kind == PRESET else ()), *entry.modules)


def weights_hash(path: Path | None) -> str:
    """SHA-256 of a weight file, of the shipped one without a path; "" where there is none."""
    source = path or shipped_weights()
    return hashlib.sha256(source.read_bytes()).hexdigest() if source.is_file() else ""


def shipped_weights() -> Path:
    """Where the weights of this package are."""
    from rabengine.network.weights import (
        default_path,  # here, for it brings PyTorch, whose memory is not every method's
    )

    return default_path()
