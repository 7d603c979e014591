"""Backbone features of the frames, computed once and kept within a budget."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor

from rabengine.device import arranged, autocast
from rabengine.network.features import Features, join_features
from rabengine.network.image_model import ImageModel

from .input_view import InputView

BUDGET_BYTES = 640 * 2**20
RECENT_FRAMES = 4  # beyond the budget: a frame is asked for again as its neighbour's neighbour


class FeatureStore:
    """Features of single frames on demand.

    They are kept on the device, in half precision, until the budget is full; frames beyond it are computed anew when
    they are asked for, so memory stays bounded whatever the length of the cine.

    Args:
        model: whose backbone computes them.
        view: what it sees.
        device: where it computes.
        budget: bytes that may be kept.
    """

    def __init__(self, model: ImageModel, view: InputView, device: torch.device, budget: int = BUDGET_BYTES) -> None:
        self.model, self.view, self.device = model, view, device
        self._left = budget
        self._kept: dict[int, Features] = {}
        self._recent: OrderedDict[int, Features] = OrderedDict()

    @torch.no_grad()
    def frame(self, index: int) -> Features:
        """Maps of one frame, (1, C, h, w) a level, float32 on the device."""
        found = self._kept.get(index) or self._recent.get(index)
        if found is None:
            found = self._compute(index)
            self._keep(index, found)
        return Features(*(level.float() for level in found))

    def frames(self, indices: list[int], check: Callable[[], None] | None = None) -> Features:
        """Maps of several frames, (len(indices), C, h, w) a level."""
        parts = []
        for index in indices:
            if check is not None:
                check()
            parts.append(self.frame(index))
        return join_features(parts)

    @torch.no_grad()
    def image(self, pixels: Tensor) -> Features:
        """Maps of pictures that are no frame of the cine, (N, 3, h, w) in [0, 1]; not kept."""
        moved = arranged(to_device(pixels, self.device))
        with autocast(self.device):
            maps = self.model.encode(moved)
        return Features(*(level.float() for level in maps))

    def _compute(self, index: int) -> Features:
        maps = self.image(self.view.frame(index))
        # Half precision always, kept or not: a frame must not depend on whether there was room for it.
        return Features(*(level.half() for level in maps))

    def _keep(self, index: int, maps: Features) -> None:
        size = sum(level.numel() * level.element_size() for level in maps)
        if size <= self._left:
            self._left -= size
            self._kept[index] = maps
            return
        self._recent[index] = maps
        if len(self._recent) > RECENT_FRAMES:
            self._recent.popitem(last=False)


def to_device(pixels: Tensor, device: torch.device) -> Tensor:
    """Move to a device; to a GPU from pinned memory, so that nobody waits for the copy."""
    if device.type == "cuda" and pixels.device.type == "cpu":
        return pixels.pin_memory().to(device, non_blocking=True)
    return pixels.to(device)
