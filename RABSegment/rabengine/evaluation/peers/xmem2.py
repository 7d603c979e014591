"""XMem++, out of a clone of its repository with the weights of XMem in it; it is no package.

Bekuzarov, Bermudez, Lee, Li: XMem++: Production-level Video Segmentation From Few Annotated Frames (ICCV 2023).
https://github.com/max810/XMem2
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.device import choose_device
from rabengine.evaluation.downloads import XMEM2_FOLDER
from rabengine.evaluation.prediction import Prediction

from .first_to_last import both_ways, cine_of_side, predict

# What it sees of a picture is that less the means, over the deviations, of ImageNet.
_MEANS = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
_DEVIATIONS = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


def xmem2(frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
    """Marks in its permanent memory, then both ways from the first one; `seed` changes nothing.

    Raises:
        InputError: no clone, or no weights in it.
    """
    device = choose_device()
    model = _model(XMEM2_FOLDER.path(), device)
    cine = cine_of_side(frames, marks, model.config["size"])
    config = {**model.config, "enable_long_term_count_usage": _counts_usage(model.config, len(cine))}
    objects = list(range(1, len(cine.classes)))

    def start() -> _Tracker:
        core = model.core(model.network, config)
        core.set_all_labels(objects)
        return _Tracker(core, objects, device)

    return predict(cine, both_ways(cine, start), device, torch.float16)


class _Model(NamedTuple):
    """The network, its choices, and the class that goes through a video with them."""

    network: Any
    config: dict[str, Any]
    core: Any


@functools.cache
def _model(folder: Path, device: torch.device) -> _Model:
    sys.path.insert(0, str(folder))  # its modules have names of their own in no package
    try:
        from inference.inference_core import InferenceCore
        from model.network import XMem
        from util.configuration import VIDEO_INFERENCE_CONFIG
    finally:
        sys.path.remove(str(folder))
    config = dict(VIDEO_INFERENCE_CONFIG)
    weights = str(folder / XMEM2_FOLDER.inside)
    network = XMem(config, weights, "cpu", pretrained_key_encoder=False, pretrained_value_encoder=False)
    return _Model(network.to(device).eval(), config, InferenceCore)


def _counts_usage(config: Mapping[str, Any], frames: int) -> bool:
    """Whether a cine is long enough that its long-term memory must forget, as its own script asks."""
    kept = frames / (config["max_mid_term_frames"] - config["min_mid_term_frames"]) * config["num_prototypes"]
    return bool(config["enable_long_term"] and kept >= config["max_long_term_elements"])


class _Tracker:
    def __init__(self, core: Any, objects: list[int], device: torch.device) -> None:
        self._core = core
        self._objects = objects
        self._device = device

    def remember(self, picture: Tensor, labels: Tensor) -> None:
        self._core.put_to_permanent_memory(self._image(picture), self._masks(labels))

    def track(self, picture: Tensor, labels: Tensor | None) -> Tensor:
        if labels is None:
            return self._core.step(self._image(picture))
        return self._core.step(self._image(picture), self._masks(labels), self._objects, do_not_add_mask_to_memory=True)

    def _image(self, picture: Tensor) -> Tensor:
        return ((picture - _MEANS) / _DEVIATIONS).to(self._device)

    def _masks(self, labels: Tensor) -> Tensor:
        """(C - 1, h, w) float32, one for each object."""
        return F.one_hot(labels, len(self._objects) + 1)[..., 1:].permute(2, 0, 1).float().to(self._device)
