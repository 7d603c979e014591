"""What a session keeps between its requests: features of the frames, what was learned on them, crops."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rabengine.network.image_model import ImageModel
from rabengine.propagation.feature_store import FeatureStore
from rabengine.propagation.input_view import Box, InputView, grey_window
from rabengine.propagation.motion import SIDE, CineMotion
from rabengine.session.steps.appearance import begun_with

from .memory_plan import MemoryPlan

if TYPE_CHECKING:
    from rabengine.presets import Preset

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_STORES = 2  # the whole frame and one crop; memory is bounded
MOST_LEARNED = 4  # of learned networks and of crops, those used last


class Kept:
    """What requests on one cine leave to the next ones.

    Args:
        frames: (T, H, W) or (T, H, W, 3).
        given: {label values: a network that learned elsewhere}, with which requests begin.
    """

    def __init__(self, frames: np.ndarray, given: Mapping[tuple[int, ...], Any] | None = None) -> None:
        self.frames = frames
        self._window = grey_window(frames)
        self._motion: CineMotion | None = None
        self.stores: OrderedDict[tuple[int, Box | None], FeatureStore] = OrderedDict()
        self.networks: OrderedDict[tuple[Preset, tuple[int, ...], Box | None], dict[str, Any]] = OrderedDict()
        self.given: Mapping[tuple[int, ...], Any] = given or {}
        self.crops: OrderedDict[Preset, Box | None] = OrderedDict()

    def store(self, model: ImageModel, size: int, box: Box | None, plan: MemoryPlan) -> FeatureStore:
        """A model's features of the cine as it is seen: at a size, through a crop of the frame."""
        key = (size, box)
        found = self.stores.get(key)
        if found is None:
            while len(self.stores) >= MOST_STORES:  # before the new one, so that both need not be held
                self.stores.popitem(last=False)
            view = InputView(self.frames, size, box, self._window)
            found = FeatureStore(model, view, plan.device, plan.feature_bytes // MOST_STORES)
        return _keep(self.stores, key, found, MOST_STORES)

    def motion(self, plan: MemoryPlan) -> CineMotion:
        """How the frames move, as far as earlier requests followed it; it depends on no mark."""
        if self._motion is None:
            self._motion = CineMotion(InputView(self.frames, SIDE, None, self._window), plan.device)
        return self._motion

    def learned(self, preset: Preset, segments: tuple[int, ...], box: Box | None) -> dict[str, Any]:
        """What earlier requests for the same segments learned; it grows with this one."""
        key = (preset, segments, box)
        found = self.networks.get(key)
        if found is None:
            given = self.given.get(segments)
            found = {} if given is None else begun_with(copy.deepcopy(given))
        return _keep(self.networks, key, found, MOST_LEARNED)

    def crop(self, preset: Preset) -> Box | None:
        """The crop that an earlier request found, None for none."""
        return self.crops.get(preset)

    def keep_crop(self, preset: Preset, box: Box | None) -> None:
        """Keep a crop for the next request; None where none is worth it."""
        _keep(self.crops, preset, box, MOST_LEARNED)

    def forget_learned(self) -> None:
        """Forget all that depends on earlier marks; features stay."""
        self.networks.clear()
        self.crops.clear()

    def clear(self) -> None:
        """Forget everything, to free its memory."""
        self.stores.clear()
        self._motion = None
        self.forget_learned()


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> Value:
    """Keep a value as the one used last, and no more than so many."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
    return value
