"""The weight file of the prompt model: one `torch.save` dictionary, read with `weights_only=True`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rabengine.errors import InputError

from .prompt_model import PromptModel
from .weights import beside_default, built, check_backbone, read_content, write_content

FORMAT = "rabsegment-prompt-weights-1"
FILE_NAME = "rabsegment-prompt.pt"


def default_prompt_path() -> Path:
    """Where the shipped weights are."""
    return beside_default(FILE_NAME)


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
    return built(lambda: PromptModel(content["backbone"]), content, source)


def is_of_prompt_model(path: Path) -> bool:
    """Whether a file is one that `load_prompt_model` takes."""
    try:
        _content(path)
    except InputError:
        return False
    return True


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
