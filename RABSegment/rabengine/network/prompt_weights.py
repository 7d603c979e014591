"""The weight file of the prompt model: one `torch.save` dictionary, read with `weights_only=True`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from .prompt_model import PromptModel
from .weights import check_backbone, default_path, other_version, read_content, write_content

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
    write_content(path, {"format": FORMAT, "backbone": model.backbone.name, "card": dict(card)}, model)


def load_prompt_model(path: str | Path | None = None) -> PromptModel:
    """A model on the CPU in evaluation mode, with the shipped weights when no path is given.

    Raises:
        InputError: the file is missing, unreadable, or not one of ours.
    """
    source = default_prompt_path() if path is None else Path(path)
    content = _content(source)
    check_backbone(source, content["backbone"])
    with torch.random.fork_rng(devices=[]):  # what is drawn at random is overwritten
        model = PromptModel(content["backbone"])
    try:
        model.load_state_dict({name: value.float() for name, value in content["state"].items()}, assign=True)
    except RuntimeError as error:
        raise other_version(source) from error
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
    return read_content(source, FORMAT, f"The file {source} holds no weights of a prompt model.", advice)
