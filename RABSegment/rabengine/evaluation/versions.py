"""What a figure depends on, as short hashes: equal hashes mean that measuring again would give the same."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterable, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from .methods import ENTRY_POINT_GROUP, PRESET, EngineChoices, MethodEntry
from .videos import video_version

_LENGTH = 16
_ENGINE = Path(__file__).resolve().parent.parent
_SCORES = ("boundary_distance", "marks_to_target", "overlap", "preset_method", "protocols", "scoring", "videos")
_MODEL_FOLDERS = ("augmentation", "network", "relearning")
_PEER_NETWORK = ("backbone", "encoder_decoder", "losses")


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


def result_version(
    entry: MethodEntry, folder: Path, objects: Sequence[int] | None, frames: int | None, engine: EngineChoices
) -> str:
    """Of what one method finds on one video, besides protocol and seed.

    Args:
        entry: the method; what the engine is told concerns presets alone.
        folder: of the video.
        objects: as in `settings.Settings`, like all that follow.
        frames: how many from the first one on.
        engine: device, weights and choices.
    """
    facts: dict[str, object] = {
        "code": _code_hash(_code_files(entry)),
        "video": video_version(folder),
        "objects": None if objects is None else sorted(objects),
        "frames": frames,
    }
    if entry.kind == PRESET:
        facts["weights"] = weights_hash(engine.weights)
        facts["device"] = engine.device
        facts["set"] = sorted(engine.overrides.items())
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:_LENGTH]


def _code_files(entry: MethodEntry) -> list[Path]:
    """The sources that make a method's results and their scores."""
    scores = [_ENGINE / "evaluation" / f"{name}.py" for name in _SCORES]
    if entry.kind == PRESET:
        folders = [file for name in _MODEL_FOLDERS for file in (_ENGINE / name).rglob("*.py")]
        return [*scores, *_ENGINE.glob("*.py"), *folders]
    if entry.source:
        network = [_ENGINE / "network" / f"{name}.py" for name in _PEER_NETWORK]
        roots = (_ENGINE / "augmentation", _ENGINE / "evaluation" / "peers")
        return [*scores, *network, *(file for root in roots for file in root.glob("*.py"))]
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.name == entry.name:
            found = importlib.util.find_spec(point.module)
            return [*scores, Path(found.origin)] if found is not None and found.origin else scores
    return scores


def _code_hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
