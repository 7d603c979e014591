"""One open cine: features, image model and relearned model kept warm between requests."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .absent_checks import check_absent
from .confidence import confidence
from .device import choose_device
from .events import ProgressCallback
from .feature_store import FeatureStore
from .focus import focus_box
from .frame_view import Box, FrameView, check_frames, grey_window
from .mark_checks import check_marks, segments_of
from .network.weights import load_weights
from .next_frame import next_frame_to_check
from .out_of_memory import MemoryPlan, first_plan, is_out_of_memory
from .phases import Phases
from .presence import without_doubtful
from .presets import Preset, get_preset
from .progress import RequestProgress
from .propagation import SoftMasks
from .relearning.appearance import AppearanceModel
from .relearning.student import Student
from .seed import check_seed
from .segment_request import SegmentRequest
from .segmentation import Segmentation

PACE = {"propagation": 0.05, "checking": 0.03, "relearning": 0.4, "refinement": 0.05}  # seconds a step, until measured


@dataclass
class _Learned:
    """What was learned on the cine, kept for the next request."""

    appearance: AppearanceModel | None = None
    student: Student | None = None

    @property
    def is_warm(self) -> bool:
        """Whether there is anything to go on from."""
        return self.appearance is not None or self.student is not None


@dataclass(frozen=True)
class _Outcome:
    """Soft masks of the first and of the last propagation, how well the last tell the marks back, what they lie on."""

    first: SoftMasks
    masks: SoftMasks
    scores: Tensor
    view: FrameView


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
        self._looks: dict[tuple[int, Box | None], FeatureStore] = {}
        self._learned: dict[tuple[Preset, tuple[int, ...], Box | None], _Learned] = {}
        self._boxes: dict[str, Box | None] = {}
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
            preset: key of `presets.PRESETS`.
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
            warnings=tuple(warnings),
            next_frame=next_frame_to_check(trust.amin(dim=1).cpu().numpy(), sorted(marks)),
        )

    def _masks(self, request: SegmentRequest) -> _Outcome:
        """From marks to soft masks of every frame."""
        preset = request.preset
        box = self._usable_box(request)
        phases, learned = self._phases(request, box), self._learned_of(request, box)
        self._plan(request, phases.visits, phases.checks, learned.is_warm)
        opinion = phases.ask(learned.appearance) if learned.appearance is not None else None
        first = phases.propagate(opinion)  # what was learned earlier has its say at once
        request.emit(first, phases.store.view)
        if preset.crop and box is None:
            box = focus_box(first, request.marks, phases.store.view)
            self._boxes[preset.name] = box
            if box is not None:
                phases, learned, opinion = self._phases(request, box), self._learned_of(request, box), None
                first = phases.propagate()
        masks = first
        for number in range(preset.rounds):
            masks = phases.again(masks, number + 1, opinion)
        masks = self._learn(phases, masks, learned)
        return _Outcome(first, masks, phases.check(masks), phases.store.view)

    def _learned_of(self, request: SegmentRequest, box: Box | None) -> _Learned:
        """What earlier requests for the same segments learned; it grows with this one."""
        return self._learned.setdefault((request.preset, request.segments, box), _Learned())

    def _learn(self, phases: Phases, masks: SoftMasks, learned: _Learned) -> SoftMasks:
        """What the preset learns on the cine, from where an earlier request left it; kept once it is learned."""
        preset = phases.preset
        if preset.appearance is not None:
            looks = preset.appearance
            steps = looks.appearance_steps if learned.appearance is None else looks.appearance_warm_steps
            appearance = learned.appearance or phases.new_appearance()
            for _ in range(looks.lessons):
                masks = phases.propagate(phases.learn_appearance(masks, appearance, steps))
            learned.appearance = appearance
        if preset.relearning is not None:
            steps = preset.relearning.steps if learned.student is None else preset.relearning.warm_steps
            student = learned.student or phases.new_student()
            masks = phases.relearn(masks, student, steps, self._memory.feature_bytes)
            learned.student = student
        return masks

    def _phases(self, request: SegmentRequest, box: Box | None) -> Phases:
        return Phases(self._teacher, self._look(request.preset.size, box), request, self.seed)

    def _usable_box(self, request: SegmentRequest) -> Box | None:
        """The closer look of an earlier request, unless something is now marked outside it."""
        box = self._boxes.get(request.preset.name)
        return box if box is None or request.is_within(box) else None

    def _plan(self, request: SegmentRequest, visits: int, checks: int, is_warm: bool) -> None:
        preset = request.preset
        phases = [("propagation", visits)]
        if preset.crop and preset.name not in self._boxes:
            phases.append(("propagation", visits // 2))
        phases += [("checking", checks), ("propagation", visits)] * preset.rounds
        if preset.appearance is not None:
            looks = preset.appearance
            steps = looks.appearance_warm_steps if is_warm else looks.appearance_steps
            lesson = [("checking", checks), ("relearning", steps), ("refinement", len(self.frames))]
            phases += [*lesson, ("propagation", visits)] * looks.lessons
        if preset.relearning is not None:
            steps = preset.relearning.warm_steps if is_warm else preset.relearning.steps
            phases += [("relearning", steps), ("refinement", visits)]
        phases.append(("checking", checks))
        request.meter.plan(phases, PACE)

    def _look(self, size: int, box: Box | None) -> FeatureStore:
        """The teacher's features of the cine as it is looked at: at a size, through a window of the plane."""
        key = (size, box)
        if key not in self._looks:
            if len(self._looks) >= 2:  # the whole frame and one closer look; memory is bounded
                self._looks.pop(next(iter(self._looks)))
            view = FrameView(self.frames, size, box, self._window)
            self._looks[key] = FeatureStore(self._teacher, view, self.device, self._memory.feature_bytes // 2)
        return self._looks[key]

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


@contextlib.contextmanager
def _deterministic(seed: int) -> Iterator[None]:
    """Fixed global randomness inside, the caller's untouched outside."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
