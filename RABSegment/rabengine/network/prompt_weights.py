"""The weight file of the prompt model: one `torch.save` dictionary, read with `weights_only=True`."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_file

from .backbones import BACKBONES
from .prompt_model import PromptModel
from .weights import default_path

FORMAT = "rabsegment-prompt-weights-1"
FILE_NAME = "rabsegment-prompt.pt"


def default_prompt_path() -> Path:
    """Where the shipped weights are: beside those of the image model."""
    return default_path().with_name(FILE_NAME)


def save_prompt_weights(path: Path, model: PromptModel, card: Mapping[str, object]) -> None:
    """Write a weight file in half precision.

    Raises:
        InputError: it cannot be written; what was there is there.
    """
    state = {name: value.detach().cpu().half() for name, value in model.state_dict().items()}
    content = {"format": FORMAT, "backbone": model.backbone.name, "state": state, "card": dict(card)}
    with atomic_file(path) as unfinished:
        torch.save(content, unfinished)


def load_prompt_model(path: str | Path | None = None) -> PromptModel:
    """A model on the CPU in evaluation mode, with the shipped weights when no path is given.

    Raises:
        InputError: the file is missing, unreadable, or not one of ours.
    """
    source = default_prompt_path() if path is None else Path(path)
    content = _content(source)
    if content["backbone"] not in BACKBONES:
        raise InputError(
            f"The weights in {source} are for the backbone {content['backbone']}, which is not installed.",
            f"Install the package that adds it, or take weights for {' or '.join(BACKBONES.names())}.",
        )
    with torch.random.fork_rng(devices=[]):  # what is drawn at random is overwritten
        model = PromptModel(content["backbone"])
    try:
        model.load_state_dict({name: value.float() for name, value in content["state"].items()}, assign=True)
    except RuntimeError as error:
        raise InputError(
            f"The weights in {source} are of another version of the network.", "Train them again with this version."
        ) from error
    return model.eval()


def prompt_card(path: str | Path | None = None) -> Mapping[str, object]:
    """Facts about the training of a weight file.

    Raises:
        InputError: as `load_prompt_model`.
    """
    card: Mapping[str, object] = _content(default_prompt_path() if path is None else Path(path))["card"]
    return card


def _content(source: Path) -> dict[str, Any]:
    advice = "Name one that `rabsegment train --model prompt` wrote."
    if not source.is_file():
        raise InputError(f"The weight file {source} does not exist.", advice)
    try:
        content = torch.load(source, map_location="cpu", weights_only=True)
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
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(f"The file {source} holds no weights of a prompt model.", advice)
    return content
