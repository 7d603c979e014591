"""The marked frames as supports: what the network remembers of each, by segment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.network.features import Features, join_features
from rabengine.network.image_model import ImageModel, ObjectMemory

from .feature_store import FeatureStore, to_device

PSEUDO_SUPPORTS = 4  # for one frame
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


class MemoryBank:
    """Supports of every segment; they are encoded when they are asked for.

    Args:
        marks: {frame: (H, W) uint8 labels}.
        segments: label values.
        store: computes features.
        partial: a segment that is not drawn on a marked frame is unknown there, not absent.
        absent: {frame: label values} known to be absent on a marked frame all the same.
    """

    def __init__(
        self,
        marks: Mapping[int, np.ndarray],
        segments: tuple[int, ...],
        store: FeatureStore,
        partial: bool,
        absent: Mapping[int, Collection[int]] | None = None,
    ) -> None:
        self.store = store
        self.segments = segments
        self._labels = marks
        self._encoded: OrderedDict[tuple[int, int], Support] = OrderedDict()
        self._pseudo_labels: dict[int, dict[int, Tensor]] = {segment: {} for segment in segments}
        self._marks: dict[int, list[Mark]] = {segment: [] for segment in segments}
        for frame in sorted(marks):
            drawn = set(np.unique(marks[frame]).tolist())
            declared = (absent or {}).get(frame, ())
            for segment in segments:
                if segment in drawn or not partial or segment in declared:
                    self._marks[segment].append(Mark(frame, segment in drawn))

    def of(self, segment: int) -> list[Mark]:
        """The marks of a segment by frame number; the frames where it is known to be absent among them."""
        return self._marks[segment]

    def add_pseudo_labels(self, segment: int, masks: Mapping[int, Tensor]) -> None:
        """Take unmarked frames as supports too.

        Args:
            segment: label value.
            masks: {frame: (h, w) soft mask of the segment at any resolution}; they replace earlier ones.
        """
        for frame in self._pseudo_labels[segment]:
            self._encoded.pop((segment, frame), None)
        self._pseudo_labels[segment] = dict(masks)

    def nearest(self, segment: int, frame: int, count: int) -> list[Mark]:
        """Supports for a frame.

        At most `count` marks of the segment, nearest in time, one that shows it always among them; and as many of the
        pseudo-labelled frames, but never the frame itself.
        """
        ordered = sorted(self._marks[segment], key=lambda mark: abs(mark.frame - frame))
        chosen = with_shown(ordered[:count], ordered, count)
        others = sorted((f for f in self._pseudo_labels[segment] if f != frame), key=lambda f: abs(f - frame))
        return sorted([*chosen, *(Mark(f, True) for f in others[:PSEUDO_SUPPORTS])], key=lambda mark: mark.frame)

    def mask(self, segment: int, frame: int) -> Tensor:
        """(1, 1, h, w) float32 of the network's view, on the device; empty without mark or pseudo-label."""
        pseudo_label = self._pseudo_labels[segment].get(frame)
        if pseudo_label is not None:
            return self.fine(pseudo_label)
        drawn = self._labels.get(frame)
        if drawn is None:
            return torch.zeros(1, 1, *self.store.view.input_size, device=self.store.device)
        return to_device(self.store.view.mask(drawn == segment)[None, None], self.store.device)

    def support(self, segment: int, frame: int) -> Support:
        """A marked frame encoded."""
        key = (segment, frame)
        found = self._encoded.get(key)
        if found is None:
            found = self._encoded[key] = self.encode(frame, self.mask(segment, frame))
        self._encoded.move_to_end(key)  # the one that was not used for longest goes first
        if len(self._encoded) > ENCODED_SUPPORTS:
            self._encoded.popitem(last=False)
        return found

    def encode(self, frame: int, mask: Tensor) -> Support:
        """A frame with a (1, 1, h, w) mask as a support."""
        pixels = to_device(self.store.view.frame(frame), self.store.device)
        return Support(mask, self.store.frame(frame), self.store.image(pixels * mask))

    def fine(self, mask: Tensor) -> Tensor:
        """A (h, w) soft mask at any resolution as a (1, 1, H, W) mask of the network's view, on the device."""
        size = self.store.view.input_size
        soft = F.interpolate(mask[None, None].float(), size=size, mode="bilinear", align_corners=False)
        return to_device((soft > 0.5).float(), self.store.device)

    def remember(self, model: ImageModel, segment: int, marks: Sequence[Mark]) -> ObjectMemory:
        """A model's memory of one segment (one episode) from some of its marks."""
        supports = [self.support(segment, mark.frame) for mark in marks]
        masks = torch.cat([support.mask for support in supports], dim=1)
        features = join_features(support.features for support in supports)
        objects = join_features(support.objects for support in supports)
        return model.remember(features, objects, masks)


def with_shown(chosen: list[Mark], candidates: list[Mark], count: int) -> list[Mark]:
    """The chosen marks by frame number, one exchanged if need be for the first candidate that shows the segment."""
    if not any(mark.shown for mark in chosen):
        chosen = [next(mark for mark in candidates if mark.shown), *chosen[: count - 1]]
    return sorted(chosen, key=lambda mark: mark.frame)
