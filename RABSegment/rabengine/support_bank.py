"""The marked frames as supports: what the network remembers of each, by segment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .feature_store import FeatureStore, to_device
from .network.features import Features, join_features
from .network.image_model import ImageModel, ObjectMemory

ENCODED_SUPPORTS = 24  # kept; a cine may have hundreds of marked frames


@dataclass(frozen=True)
class Mark:
    """A marked frame of one segment; `shown` is false where the segment is known to be absent."""

    frame: int
    shown: bool


@dataclass(frozen=True)
class Support:
    """One marked frame of one segment as the network sees it.

    Attributes:
        mask: (1, 1, h, w) the segment.
        features: backbone maps of the frame.
        objects: backbone maps of the frame with all but the segment blackened.
    """

    mask: Tensor
    features: Features
    objects: Features


class SupportBank:
    """Supports of every segment; they are encoded when they are asked for.

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
        self._labels = marks
        self._encoded: OrderedDict[tuple[int, int, bool], Support] = OrderedDict()
        self._marks: dict[int, list[Mark]] = {segment: [] for segment in segments}
        for frame in sorted(marks):
            drawn = set(np.unique(marks[frame]).tolist())
            for segment in segments:
                if segment in drawn or not partial:
                    self._marks[segment].append(Mark(frame, segment in drawn))

    def of(self, segment: int) -> list[Mark]:
        """The marks of a segment by frame number; the frames where it is known to be absent among them."""
        return self._marks[segment]

    def nearest(self, segment: int, frame: int, count: int) -> list[Mark]:
        """At most `count` marks of a segment, nearest in time to a frame; one that shows it is always among them."""
        ordered = sorted(self._marks[segment], key=lambda mark: abs(mark.frame - frame))
        return with_shown(ordered[:count], ordered, count)

    def mask(self, segment: int, frame: int) -> Tensor:
        """(1, 1, h, w) float32 of the network's view, on the device."""
        return to_device(self.store.view.mask(self._labels[frame] == segment)[None, None], self.store.device)

    def support(self, segment: int, frame: int, mirrored: bool = False) -> Support:
        """A marked frame encoded; mirrored, it is encoded anew, for the backbone is not symmetric."""
        key = (segment, frame, mirrored)
        found = self._encoded.get(key)
        if found is None:
            mask, pixels = self.mask(segment, frame), to_device(self.store.view.frame(frame), self.store.device)
            if mirrored:
                mask, pixels = mask.flip(-1), pixels.flip(-1)
            found = Support(mask, self.store.frame(frame, mirrored), self.store.image(pixels * mask))
            self._encoded[key] = found
            if len(self._encoded) > ENCODED_SUPPORTS:
                self._encoded.popitem(last=False)
        return found

    def remember(self, model: ImageModel, segment: int, marks: Sequence[Mark], mirrored: bool = False) -> ObjectMemory:
        """A model's memory of one segment (one episode) from some of its marks."""
        supports = [self.support(segment, mark.frame, mirrored) for mark in marks]
        masks = torch.cat([support.mask for support in supports], dim=1)
        features = join_features(support.features for support in supports)
        objects = join_features(support.objects for support in supports)
        return model.remember(features, objects, masks)


def with_shown(chosen: list[Mark], candidates: list[Mark], count: int) -> list[Mark]:
    """The chosen marks by frame number, one exchanged if need be for the first candidate that shows the segment."""
    if not any(mark.shown for mark in chosen):
        chosen = [next(mark for mark in candidates if mark.shown), *chosen[: count - 1]]
    return sorted(chosen, key=lambda mark: mark.frame)
