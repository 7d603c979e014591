"""The marked frames as supports: what the network remembers of each, by segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .feature_store import FeatureStore
from .network.features import Features
from .network.image_model import ImageModel, ObjectMemory


@dataclass(frozen=True)
class Support:
    """One marked frame of one segment.

    Attributes:
        frame: its number.
        mask: (1, 1, h, w) the segment in the network's view.
        shown: whether the mask holds anything (asking the mask itself would wait for the device).
        features: backbone maps of the frame.
        objects: backbone maps of the frame with all but the segment blackened.
    """

    frame: int
    mask: Tensor
    shown: bool
    features: Features
    objects: Features


class SupportBank:
    """Supports of every segment, and the memories made of them.

    Args:
        marks: {frame: (H, W) uint8 labels}.
        segments: label values.
        store: computes features.
        partial: a segment that is not drawn on a marked frame is unknown there, not absent.
    """

    def __init__(
        self, marks: Mapping[int, np.ndarray], segments: tuple[int, ...], store: FeatureStore, partial: bool
    ) -> None:
        self.store = store
        self.segments = segments
        self._supports: dict[int, list[Support]] = {segment: [] for segment in segments}
        for frame in sorted(marks):
            for segment in segments:
                drawn = marks[frame] == segment
                if drawn.any() or not partial:
                    self._supports[segment].append(self._support(frame, drawn))

    def _support(self, frame: int, drawn: np.ndarray) -> Support:
        seen = self.store.view.mask(drawn)[None, None]
        mask = seen.to(self.store.device)
        pixels = self.store.view.frame(frame).to(self.store.device)
        return Support(frame, mask, bool(seen.any()), self.store.frame(frame), self.store.image(pixels * mask))

    def of(self, segment: int) -> list[Support]:
        """The supports of a segment by frame number; the frames where it is known to be absent among them."""
        return self._supports[segment]

    def nearest(self, segment: int, frame: int, count: int) -> list[Support]:
        """At most `count` supports of a segment, nearest in time to a frame; one that shows it is always among them."""
        ordered = sorted(self._supports[segment], key=lambda support: abs(support.frame - frame))
        chosen = ordered[:count]
        if not any(support.shown for support in chosen):
            chosen = [next(support for support in ordered if support.shown), *chosen[: count - 1]]
        return sorted(chosen, key=lambda support: support.frame)


def remember(model: ImageModel, supports: list[Support]) -> ObjectMemory:
    """The memory of one segment (one episode) from its supports."""

    def joined(name: str) -> Features:
        return Features(*(torch.cat(level) for level in zip(*(getattr(s, name) for s in supports), strict=True)))

    masks = torch.cat([support.mask for support in supports], dim=1)
    return model.remember(joined("features"), joined("objects"), masks)
