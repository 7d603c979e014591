"""One open cine: features, image model and relearned model kept warm between requests."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from rabengine.device import choose_device
from rabengine.events import ProgressCallback
from rabengine.network.weights import load_weights
from rabengine.next_frame import next_frame_to_check
from rabengine.presets import Preset, get_preset
from rabengine.propagation.confidence import confidence, without_doubtful
from rabengine.propagation.feature_store import FeatureStore
from rabengine.propagation.input_view import Box, InputView, check_frames, grey_window
from rabengine.propagation.propagator import SoftMasks
from rabengine.segmentation import Segmentation
from rabengine.values import check_seed

from .checks import check_absent, check_marks, segments_of, small_mark_warnings
from .memory_plan import MemoryPlan, first_plan, is_out_of_memory
from .phases import Phases
from .pipeline import Learned, Work, follow, recipe
from .progress import RequestProgress
from .request import SegmentRequest

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_LOOKS = 2  # the whole frame and one closer look are held; memory is bounded
MOST_KEPT = 4  # learned networks and closer looks, those used last


@dataclass(frozen=True)
class _Outcome:
    """Soft masks of the first and of the last propagation, their reverse classification accuracy, what they lie on."""

    first: SoftMasks
    masks: SoftMasks
    scores: Tensor
    view: InputView


class Session:
    """Segments one cine as often as its user corrects it.

    Args:
        frames: (T, H, W) or (T, H, W, 3), any real dtype; may be a memory map.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        weights: weight file, the shipped one by default.
        seed: same seed, device and requests give the same results on the CPU.

    Raises:
        InputError: frames, device or weights cannot be used.
    """

    def __init__(
        self, frames: np.ndarray, *, device: str = "auto", weights: str | Path | None = None, seed: int = 0
    ) -> None:
        check_frames(frames)
        self.frames = frames
        self.device = choose_device(device)
        self.seed = check_seed(seed)
        self._window = grey_window(frames)
        self._teacher = load_weights(weights).build().requires_grad_(False)
        self._looks: OrderedDict[tuple[int, Box | None], FeatureStore] = OrderedDict()
        self._learned: OrderedDict[tuple[Preset, tuple[int, ...], Box | None], Learned] = OrderedDict()
        self._boxes: OrderedDict[Preset, Box | None] = OrderedDict()
        self._memory = first_plan(self.device)
        self._move()

    def segment(
        self,
        marks: Mapping[int, np.ndarray],
        *,
        preset: str = "balanced",
        partial: bool = False,
        absent: Mapping[int, Collection[int]] | None = None,
        warm: bool = True,
        progress: ProgressCallback | None = None,
        cancel: threading.Event | None = None,
        overrides: Mapping[str, object] | None = None,
    ) -> Segmentation:
        """Segment every frame.

        Args:
            marks: {frame: (H, W) labels}, 0 background, 1..255 segments.
            preset: name of one of `presets.PRESETS`.
            partial: a segment not drawn on a marked frame is unknown there, not absent.
            absent: {frame: label values} of segments that are absent on a marked frame, also when `partial`.
            warm: go on from what an earlier request of this session relearned.
            progress: gets the events.
            cancel: set it to stop.
            overrides: choices that differ from the preset's (see `presets.get_preset`).

        Raises:
            InputError: the marks or choices cannot be used. Cancelled: `cancel` was set.
        """
        checked = check_marks(marks, self.frames)
        declared = check_absent(absent, checked)
        choices = get_preset(preset, overrides)
        if not warm:
            self._learned.clear()
            self._boxes.clear()
        warnings: list[str] = []
        while True:
            meter = RequestProgress(progress, cancel)
            try:
                with _deterministic(self.seed):
                    return self._attempt(checked, declared, choices, partial, meter, warnings)
            except Exception as error:
                if not is_out_of_memory(error) or self._memory.next is None:
                    raise
                warnings.append(self._shrink())

    def _attempt(
        self,
        marks: dict[int, np.ndarray],
        absent: dict[int, frozenset[int]],
        preset: Preset,
        partial: bool,
        meter: RequestProgress,
        warnings: list[str],
    ) -> Segmentation:
        request = SegmentRequest(marks, segments_of(marks), partial, self._limited(preset), meter, absent)
        found = self._masks(request)
        trust = confidence(found.masks, found.first, request.known_frames(), found.scores)
        masks = without_doubtful(found.masks, trust) if request.preset.lets_go else found.masks
        labels = request.labels(masks, found.view)
        meter.end()
        return Segmentation(
            labels=labels,
            confidence=trust.numpy().astype(np.float32),
            segments=request.segments,
            marked_frames=tuple(sorted(marks)),
            preset=preset.name,
            device=str(self.device),
            seed=self.seed,
            seconds={name: round(value, 3) for name, value in meter.seconds.items()},
            warnings=(*warnings, *small_mark_warnings(marks, request.segments, found.view)),
            next_frame=next_frame_to_check(trust.amin(dim=1).cpu().numpy(), sorted(marks)),
        )

    def _masks(self, request: SegmentRequest) -> _Outcome:
        """From marks to soft masks of every frame."""
        box = self._usable_box(request)

        def look(other: Box | None) -> tuple[Phases, Learned]:
            phases = Phases(self._teacher, self._look(request.preset.size, other), request, self.seed)
            return phases, self._learned_of(request, other)

        def keep_box(other: Box | None) -> None:
            _keep(self._boxes, request.preset, other, MOST_KEPT)

        phases, learned = look(box)
        work = Work(phases, learned, box, look, keep_box, is_undecided=request.preset.crop and box is None)
        follow(recipe(request.preset, self._memory.feature_bytes), work)
        assert work.first is not None and work.scores is not None
        return _Outcome(work.first, work.found(), work.scores, work.phases.store.view)

    def _learned_of(self, request: SegmentRequest, box: Box | None) -> Learned:
        """What earlier requests for the same segments learned; it grows with this one."""
        key = (request.preset, request.segments, box)
        return _keep(self._learned, key, self._learned.get(key) or Learned(), MOST_KEPT)

    def _usable_box(self, request: SegmentRequest) -> Box | None:
        """The closer look of an earlier request, unless something is now marked outside it, or none is wanted."""
        box = self._boxes.get(request.preset) if request.preset.crop else None
        return box if box is None or request.is_within(box) else None

    def _look(self, size: int, box: Box | None) -> FeatureStore:
        """The teacher's features of the cine as it is looked at: at a size, through a window of the plane."""
        key = (size, box)
        found = self._looks.get(key)
        if found is None:
            while len(self._looks) >= MOST_LOOKS:  # before the new one, so that both need not be held
                self._looks.popitem(last=False)
            view = InputView(self.frames, size, box, self._window)
            found = FeatureStore(self._teacher, view, self.device, self._memory.feature_bytes // MOST_LOOKS)
        return _keep(self._looks, key, found, MOST_LOOKS)

    def _limited(self, preset: Preset) -> Preset:
        """The preset within the cine's length and the device's memory."""
        choices = preset.relearning
        if choices is not None:
            window = min(choices.window, len(self.frames), self._memory.window)
            preset = replace(preset, relearning=replace(choices, window=window))
        return replace(preset, size=min(preset.size, self._memory.size))

    def _move(self) -> None:
        self._teacher.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def _shrink(self) -> str:
        """Free what is held and go on with less; the sentence to tell the user."""
        plan: MemoryPlan | None = self._memory.next
        assert plan is not None
        self._looks.clear()
        self._learned.clear()
        self._boxes.clear()
        self._memory = plan
        self.device = plan.device
        self._move()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return plan.message


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> Value:
    """Keep a value as the one used last, and no more than so many."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
    return value


@contextlib.contextmanager
def _deterministic(seed: int) -> Iterator[None]:
    """Fixed global randomness inside, the caller's untouched outside."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
