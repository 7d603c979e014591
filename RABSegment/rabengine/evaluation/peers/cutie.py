"""Cutie, with its own package and weights that its user downloads.

Cheng, Oh, Price, Lee, Schwing: Putting the Object Back into Video Object Segmentation (CVPR 2024).
https://github.com/hkchengrex/Cutie
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rabengine.device import choose_device
from rabengine.evaluation.downloads import CUTIE_WEIGHTS
from rabengine.evaluation.prediction import Prediction

from .first_to_last import both_ways, cine_of_side, predict
from .hydra_configs import configs_in

SIDE = 480  # that of the pictures that its authors evaluate it on


def cutie(frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
    """Marks in its permanent memory, then both ways from the first one; `seed` changes nothing.

    Raises:
        InputError: no weights.
    """
    device = choose_device()
    model = _model(CUTIE_WEIGHTS.path(), device)
    cine = cine_of_side(frames, marks, SIDE)
    objects = list(range(1, len(cine.classes)))
    return predict(cine, both_ways(cine, lambda: _Tracker(model, objects, device)), device, torch.float16)


@functools.cache
def _model(weights: Path, device: torch.device) -> Any:
    from cutie.inference.utils.args_utils import get_dataset_cfg
    from cutie.model.cutie import CUTIE
    from hydra import compose

    with configs_in("cutie.config"):
        config = compose("eval_config", overrides=["model=small"] if "small" in weights.name else [])
    get_dataset_cfg(config)
    model = CUTIE(config).to(device).eval()
    model.load_weights(torch.load(weights, map_location=device, weights_only=True))
    return model


class _Tracker:
    def __init__(self, model: Any, objects: list[int], device: torch.device) -> None:
        from cutie.inference.inference_core import InferenceCore

        self._core = InferenceCore(model, cfg=model.cfg)
        self._objects = objects
        self._device = device
        self._is_tracking = False

    def remember(self, picture: Tensor, labels: Tensor) -> None:
        self._step(picture, labels, force_permanent=True)

    def track(self, picture: Tensor, labels: Tensor | None) -> Tensor:
        if not self._is_tracking:  # what it saw last is not the frame before
            self._core.clear_sensory_memory()
            self._is_tracking = True
        return self._step(picture, labels)

    def _step(self, picture: Tensor, labels: Tensor | None, force_permanent: bool = False) -> Tensor:
        image = picture.to(self._device)
        if labels is None:
            return self._core.step(image)
        return self._core.step(image, labels.to(self._device), objects=self._objects, force_permanent=force_permanent)
