"""The weight file: one `torch.save` dictionary, read with `weights_only=True`."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_file

from .backbones import BACKBONES
from .image_model import ImageModel

Model = TypeVar("Model", bound=nn.Module)
FORMAT = "rabsegment-weights-1"
FILE_NAME = "rabsegment.pt"
_BACKBONE = "variant"  # key of the backbone's name in the file


@dataclass(frozen=True)
class ImageModelWeights:
    """A weight file in memory.

    Attributes:
        backbone: name of one of `backbones.BACKBONES`.
        width: channels of neck and head.
        state: state dict of an `ImageModel`.
        card: facts about the training (plain values).
    """

    backbone: str
    width: int
    state: Mapping[str, torch.Tensor]
    card: Mapping[str, object]

    def build(self) -> ImageModel:
        """A new model on the CPU with these weights, in evaluation mode."""
        model = _untaught(lambda: ImageModel(self.backbone, self.width))
        model.load_state_dict(_in_full_precision(self.state), assign=True)
        return model.eval()


def default_path() -> Path:
    """Where the shipped weights are: beside the extension's modules, or in the installed Python package."""
    engine = Path(__file__).resolve().parent.parent
    candidates = (engine / "models" / FILE_NAME, engine.parent / "Resources" / "Models" / FILE_NAME)
    return next((path for path in candidates if path.is_file()), candidates[-1])


def save_weights(path: Path, model: ImageModel, card: Mapping[str, object]) -> None:
    """Write a weight file in half precision.

    Raises:
        InputError: it cannot be written; what was there is there.
    """
    facts = {_BACKBONE: model.backbone.name, "width": model.width}
    write_content(path, {"format": FORMAT, **facts, "card": dict(card)}, model)


def load_weights(path: str | Path | None = None) -> ImageModelWeights:
    """Read a weight file, the shipped one when no path is given.

    Raises:
        InputError: the file is missing, unreadable, or not one of ours.
    """
    source = default_path() if path is None else Path(path)
    advice = "Name one that `rabsegment train` wrote."
    content = read_content(source, FORMAT, f"The file {source} is not a RABSegment weight file.", advice)
    weights = ImageModelWeights(content[_BACKBONE], content["width"], content["state"], content["card"])
    _check_fits(source, weights)
    return weights


def write_content(path: Path, facts: Mapping[str, object], model: nn.Module) -> None:
    """Write facts and the weights of a model in half precision.

    Raises:
        InputError: it cannot be written; what was there is there.
    """
    state = {name: value.detach().cpu().half() for name, value in model.state_dict().items()}
    with atomic_file(path) as unfinished:
        torch.save({**facts, "state": state}, unfinished)


def read_content(source: Path, format: str, problem: str, advice: str) -> dict[str, Any]:
    """What a weight file of a format holds.

    Raises:
        InputError: the file is missing, or is none: `problem`; with `advice`.
    """
    if not source.is_file():
        raise InputError(f"The weight file {source} does not exist.", advice)
    try:
        facts = source.stat()
        content = _unpickled(source, (facts.st_ino, facts.st_mtime_ns, facts.st_size))
    except (
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        ValueError,
        OSError,
        KeyError,
        IndexError,
        TypeError,
    ):
        content = None
    if not isinstance(content, dict) or content.get("format") != format:
        raise InputError(problem, advice)
    return content


@functools.lru_cache(maxsize=4)  # every cine that is opened asks for the shipped ones
def _unpickled(source: Path, _version: tuple[int, ...]) -> Any:
    """What `torch.save` has written, not to be changed."""
    return torch.load(source, map_location="cpu", weights_only=True)


def built(make: Callable[[], Model], content: Mapping[str, Any], source: Path) -> Model:
    """A new model on the CPU with the weights of `read_content`, in evaluation mode.

    Raises:
        InputError: they are of another version of the network.
    """
    model = _untaught(make)
    try:
        model.load_state_dict(_in_full_precision(content["state"]), assign=True)
    except RuntimeError as error:
        raise other_version(source) from error
    return model.eval()


def _untaught(make: Callable[[], Model]) -> Model:
    """A model whose weights are to be replaced, so none is drawn, and the caller's random numbers stay as they are."""
    with torch.random.fork_rng(devices=[]), _NothingDrawn():
        return make()


class _NothingDrawn(TorchFunctionMode):
    """Leaves new weights as they are: to draw them takes a fifth of the time of making a model."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        if getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else given["tensor"]
        return func(*args, **given)


def _in_full_precision(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A copy that a model may change."""
    return {name: value.to(torch.float32, copy=True) for name, value in state.items()}


def beside_default(name: str) -> Path:
    """Where other shipped weights are: beside those of the image model."""
    return default_path().with_name(name)


def check_backbone(source: Path, backbone: str) -> None:
    """Raise InputError when the backbone that weights are for is not installed."""
    if backbone not in BACKBONES:
        raise InputError(
            f"The weights in {source} are for the backbone {backbone}, which is not installed.",
            f"Install the package that adds it, or take weights for {' or '.join(BACKBONES.names())}.",
        )


def other_version(source: Path) -> InputError:
    """That weights fit no network of this version."""
    return InputError(
        f"The weights in {source} are of another version of the network.", "Train them again with this version."
    )


def _check_fits(source: Path, weights: ImageModelWeights) -> None:
    check_backbone(source, weights.backbone)
    expected = _shapes(cast(Hashable, BACKBONES.get(weights.backbone)), weights.backbone, weights.width)
    if expected != {name: tuple(value.shape) for name, value in weights.state.items()}:
        raise other_version(source)


@functools.lru_cache(maxsize=4)
def _shapes(_kind: Hashable, backbone: str, width: int) -> dict[str, tuple[int, ...]]:
    """Of the weights of an image model with a backbone of some kind."""
    model = _untaught(lambda: ImageModel(backbone, width))
    return {name: tuple(value.shape) for name, value in model.state_dict().items()}
