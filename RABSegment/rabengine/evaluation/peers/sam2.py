"""SAM 2.1, with its own package and a checkpoint that its user downloads.

Ravi, Gabeur, Hu et al.: SAM 2: Segment Anything in Images and Videos (ICLR 2025).
https://github.com/facebookresearch/sam2
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rabengine.device import choose_device
from rabengine.errors import InputError
from rabengine.evaluation.downloads import SAM2_CHECKPOINT
from rabengine.evaluation.prediction import Prediction
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.optional import require

from .first_to_last import predict
from .hydra_configs import configs_in
from .marked_cine import MarkedCine

PACKAGE = "sam2"
_NAME = re.compile(r"(sam2(?:\.1)?)_hiera_(tiny|small|base_plus|large)\.pt")
_SIZES = {"tiny": "t", "small": "s", "base_plus": "b+", "large": "l"}


def sam2(frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
    """Marks as mask prompts, propagated both ways from the first one; `seed` changes nothing.

    Raises:
        InputError: no checkpoint, or one whose configuration is not known.
    """
    return track(frames, marks, _predictor(SAM2_CHECKPOINT.path()))


def track(frames: np.ndarray, marks: Mapping[int, np.ndarray], predictor: Any) -> Prediction:
    """What a `SAM2VideoPredictor` finds on frames (T, H, W) or (T, H, W, 3) with marks {frame: (H, W) labels}."""
    cine = MarkedCine(frames, marks, max(frames.shape[1:3]))
    return predict(cine, propagate(cine, predictor), predictor.device)


def build(checkpoint: Path, config: str, overrides: tuple[str, ...] = ()) -> Any:
    """A `SAM2VideoPredictor`.

    Args:
        config: of the package, unless there is one beside the checkpoint that ends in .yaml.
        overrides: what differs from it, as hydra writes it.
    """
    from sam2.build_sam import build_sam2_video_predictor

    own = own_config(checkpoint)
    with configs_in(own.parent if own else PACKAGE):
        return build_sam2_video_predictor(
            own.stem if own else config,
            str(checkpoint),
            device=choose_device(),
            hydra_overrides_extra=[] if own else list(overrides),
        )


def own_config(checkpoint: Path) -> Path | None:
    """The configuration that its user put beside a checkpoint."""
    file = checkpoint.with_suffix(".yaml")
    return file if file.is_file() else None


def picture_model(checkpoint: Path, device: Any) -> Any:
    """SAM 2.1's network for single pictures.

    Raises:
        InputError: its configuration is not known.
    """
    from sam2.build_sam import build_sam2

    own = own_config(checkpoint)
    config = own.stem if own else _config_of(checkpoint)
    with configs_in(own.parent if own else PACKAGE):
        return build_sam2(config, str(checkpoint), device=device)


@functools.cache
def _predictor(checkpoint: Path) -> Any:
    return build(checkpoint, "" if own_config(checkpoint) else _config_of(checkpoint))


def _config_of(checkpoint: Path) -> str:
    """The package's configuration of a published checkpoint, by its name."""
    name = _NAME.fullmatch(checkpoint.name)
    if name is None:
        raise InputError(
            f"What configuration {checkpoint.name} has is not known.",
            f"Give it the name that it was published under, or put its {checkpoint.stem}.yaml beside it.",
        )
    return f"configs/{name[1]}/{name[1]}_hiera_{_SIZES[name[2]]}.yaml"


def propagate(cine: MarkedCine, predictor: Any) -> Iterator[tuple[int, Tensor]]:
    """Frames, marked ones too, and their scores: what an object's logit is above zero, that of the background."""
    with OwnedFolder() as folder:
        _write_frames(cine, folder)
        state = predictor.init_state(str(folder))
    for frame, labels in cine.marks.items():
        for label in cine.classes[1:]:  # also those that are absent there, as empty masks
            predictor.add_new_mask(state, frame, label, torch.from_numpy(labels == label))
    for is_reverse in (False, True):
        for frame, objects, logits in predictor.propagate_in_video(state, reverse=is_reverse):
            order = [objects.index(label) for label in cine.classes[1:]]
            yield frame, torch.cat([torch.zeros_like(logits[:1, 0]), logits[order, 0]])


def _write_frames(cine: MarkedCine, folder: Path) -> None:
    """JPEG files, the one form of single frames that the predictor reads."""
    picture = require("PIL.Image", "SAM 2")
    for frame in range(len(cine)):
        pixels = (255 * cine.picture(frame)).round().to(torch.uint8).permute(1, 2, 0).numpy()
        picture.fromarray(pixels).save(folder / f"{frame:06d}.jpg", quality=100, subsampling=0)
