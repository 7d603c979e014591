"""Backbone features of the frames, computed once and kept within a budget."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .device import autocast
from .frame_view import FrameView
from .network.features import Features
from .network.image_model import ImageModel

BUDGET_BYTES = 640 * 2**20


class FeatureStore:
    """Features of single frames on demand.

    They are kept in half precision in the computer's memory until the budget is full; frames beyond it are computed
    anew each time they are asked for, so memory stays bounded whatever the length of the cine.

    Args:
        model: whose backbone computes them.
        view: what it sees.
        device: where it computes.
        budget: bytes that may be kept.
    """

    def __init__(self, model: ImageModel, view: FrameView, device: torch.device, budget: int = BUDGET_BYTES) -> None:
        self.model, self.view, self.device = model, view, device
        self._left = budget
        self._kept: dict[tuple[int, bool], Features] = {}

    @torch.no_grad()
    def frame(self, index: int, mirrored: bool = False) -> Features:
        """Maps of one frame, (1, C, h, w) a level, float32 on the device."""
        key = (index, mirrored)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._compute(index, mirrored)
            size = sum(level.numel() * level.element_size() for level in kept)
            if size <= self._left:
                self._left -= size
                self._kept[key] = kept
        return Features(*(level.to(self.device, torch.float32, non_blocking=True) for level in kept))

    def frames(self, indices: list[int], check: Callable[[], None] | None = None) -> Features:
        """Maps of several frames, (len(indices), C, h, w) a level."""
        parts = []
        for index in indices:
            if check is not None:
                check()
            parts.append(self.frame(index))
        return Features(*(torch.cat(level) for level in zip(*parts, strict=True)))

    @torch.no_grad()
    def image(self, pixels: Tensor) -> Features:
        """Maps of pictures that are no frame of the cine, (N, 3, h, w) in [0, 1]; not kept."""
        moved = pixels.to(self.device, non_blocking=True).contiguous(memory_format=torch.channels_last)
        with autocast(self.device):
            maps = self.model.encode(moved)
        return Features(*(level.float() for level in maps))

    def _compute(self, index: int, mirrored: bool) -> Features:
        pixels = self.view.frame(index)
        maps = self.image(pixels.flip(-1) if mirrored else pixels)
        # Half precision always, kept or not: a frame must not depend on whether there was room for it.
        return Features(*(level.to("cpu", torch.float16) for level in maps))
