"""One open cine: features, image model and relearned model kept warm between requests."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .confidence import confidence, next_frame_to_check
from .device import choose_device
from .events import ProgressCallback
from .feature_store import FeatureStore
from .focus import focus_box
from .frame_view import Box, FrameView, check_frames, grey_window
from .mark_checks import check_marks, segments_of
from .network.weights import load_weights
from .out_of_memory import MemoryPlan, first_plan, is_out_of_memory
from .presence import without_doubtful
from .presets import Preset, get_preset
from .progress import RequestProgress
from .propagation import Propagator, SoftMasks, blend_masks
from .recollection import A_ROUND, Recollection
from .relearning.relearner import Lesson, Relearner
from .relearning.student import Student
from .segment_request import SegmentRequest
from .segmentation import Segmentation
from .support_bank import SupportBank
from .window_prediction import predict_windows, windows

PACE = {"propagation": 0.05, "checking": 0.03, "relearning": 0.4, "refinement": 0.05}  # seconds a step, until measured


@dataclass
class _Look:
    """One way to see the cine (a size, a window of the plane) with the teacher's features of it."""

    view: FrameView
    store: FeatureStore


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
        self.seed = seed
        self._window = grey_window(frames)
        self._teacher = load_weights(weights).build().requires_grad_(False)
        self._looks: dict[tuple[int, Box | None], _Look] = {}
        self._students: dict[tuple[Preset, Box | None], Student] = {}
        self._boxes: dict[str, Box | None] = {}
        self._memory = first_plan(self.device)
        self._move()

    def segment(
        self,
        marks: Mapping[int, np.ndarray],
        *,
        preset: str = "balanced",
        partial: bool = False,
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
            warm: go on from what an earlier request of this session relearned.
            progress: gets the events.
            cancel: set it to stop.
            overrides: choices that differ from the preset's (see `presets.get_preset`).

        Raises:
            InputError: the marks or choices cannot be used. Cancelled: `cancel` was set.
        """
        checked = check_marks(marks, self.frames)
        choices = get_preset(preset, overrides)
        if not warm:
            self._students.clear()
            self._boxes.clear()
        warnings: list[str] = []
        while True:
            meter = RequestProgress(progress, cancel)
            try:
                with _deterministic(self.seed):
                    return self._attempt(checked, choices, partial, meter, warnings)
            except Exception as error:
                if not is_out_of_memory(error) or self._memory.next is None:
                    raise
                warnings.append(self._shrink())

    def _attempt(
        self,
        marks: dict[int, np.ndarray],
        preset: Preset,
        partial: bool,
        meter: RequestProgress,
        warnings: list[str],
    ) -> Segmentation:
        request = SegmentRequest(marks, segments_of(marks), partial, self._limited(preset), meter)
        masks, view, scores = self._masks(request)
        if request.preset.lets_go:
            masks = without_doubtful(masks, scores)
        labels = request.labels(masks, view)
        trust = confidence(masks, request.known_frames(), scores)
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
            next_frame=next_frame_to_check(trust, sorted(marks)),
        )

    def _masks(self, request: SegmentRequest) -> tuple[SoftMasks, FrameView, Tensor]:
        """The phases of a request, from marks to soft masks of every frame."""
        preset, meter = request.preset, request.meter
        box = self._usable_box(request)
        look = self._look(preset.size, box)
        bank = SupportBank(request.marks, request.segments, look.store, request.partial)
        student = self._students.get((preset, box))
        if preset_trains_backbone(preset):
            student = None  # its features are not the session's
        first = Propagator(self._teacher, look.store, bank, preset)
        self._plan(request, first.steps(), student is not None)
        meter.begin("propagation", first.steps() * (1 if student is None else 2))
        masks = shown = first.run(meter.advance)
        if student is not None and preset.relearning is not None:  # what was relearned earlier has its say at once
            relearned = Propagator(student.image, look.store, bank, preset).run(meter.advance)
            shown = blend_masks(masks, relearned, preset.relearning.blend)
        request.emit(shown, look.view)
        if preset.crop and box is None:
            box = focus_box(masks, request.marks, look.view)
            self._boxes[preset.name] = box
            if box is not None:
                look = self._look(preset.size, box)
                bank = SupportBank(request.marks, request.segments, look.store, request.partial)
                closer = Propagator(self._teacher, look.store, bank, preset)
                meter.begin("propagation", closer.steps())
                masks = closer.run(meter.advance)
        recollection = Recollection(self._teacher, bank)
        for number in range(preset.rounds):
            recollection.believe(masks, _checked(recollection, masks, meter), (number + 1) * A_ROUND)
            again = Propagator(self._teacher, look.store, bank, preset)
            meter.begin("propagation", again.steps())
            masks = again.run(meter.advance)
        if preset.relearning is not None:
            masks = self._relearn(request, look, bank, masks, box)
        return masks, look.view, _checked(recollection, masks, meter)

    def _usable_box(self, request: SegmentRequest) -> Box | None:
        """The closer look of an earlier request, unless something is now marked outside it."""
        box = self._boxes.get(request.preset.name)
        return box if box is None or request.is_within(box) else None

    def _relearn(
        self, request: SegmentRequest, look: _Look, bank: SupportBank, first: SoftMasks, box: Box | None
    ) -> SoftMasks:
        """Phase 2, and the propagation with what it learned."""
        preset, meter = request.preset, request.meter
        choices = preset.relearning
        assert choices is not None
        student = self._students.get((preset, box))
        steps = choices.steps if student is None else choices.warm_steps
        if student is None:
            student = Student(self._teacher, choices, self.seed).to(self.device)
        lesson = Lesson(self._teacher, look.store, bank, first, request.marks, request.partial)
        meter.begin("relearning", steps)
        Relearner(lesson, student, preset, self.seed).run(steps, meter.advance, meter.check)
        self._students[preset, box] = student
        if choices.train_backbone:  # features and supports are now other ones
            store = FeatureStore(student.image, look.view, self.device, self._memory.feature_bytes)
            bank = SupportBank(request.marks, request.segments, store, request.partial)
        else:
            store = look.store
        again = Propagator(student.image, store, bank, preset)
        attends = student.attention is not None
        total = again.steps() if preset.neighbour or not attends else 0
        extra = len(windows(len(self.frames), student.window)) * len(request.segments) if attends else 0
        meter.begin("refinement", total + extra)
        masks = again.run(meter.advance) if total else first
        if attends:
            masks = predict_windows(student, store, bank, preset, masks, meter.advance)
        return masks if choices.blend >= 1 else blend_masks(first, masks, choices.blend)

    def _plan(self, request: SegmentRequest, steps: int, warm: bool) -> None:
        checks = len(self.frames) * len(request.segments)
        phases = [("propagation", steps)]
        if request.preset.crop and request.preset.name not in self._boxes:
            phases.append(("propagation", steps // 2))
        phases += [("checking", checks), ("propagation", steps)] * request.preset.rounds
        if request.preset.relearning is not None:
            choices = request.preset.relearning
            phases += [("relearning", choices.warm_steps if warm else choices.steps), ("refinement", steps)]
        phases.append(("checking", checks))
        request.meter.plan(phases, PACE)

    def _look(self, size: int, box: Box | None) -> _Look:
        key = (size, box)
        if key not in self._looks:
            if len(self._looks) >= 2:  # the whole frame and one closer look; memory is bounded
                self._looks.pop(next(iter(self._looks)))
            view = FrameView(self.frames, size, box, self._window)
            store = FeatureStore(self._teacher, view, self.device, self._memory.feature_bytes // 2)
            self._looks[key] = _Look(view, store)
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
        self._students.clear()
        self._boxes.clear()
        self._memory = plan
        self.device = plan.device
        self._move()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return plan.message


def _checked(recollection: Recollection, masks: SoftMasks, meter: RequestProgress) -> Tensor:
    """(T, K) how well each frame tells the marks back."""
    meter.begin("checking", recollection.steps())
    return recollection.scores(masks, meter.advance)


def preset_trains_backbone(preset: Preset) -> bool:
    """Whether an earlier student's features differ from the session's."""
    return preset.relearning is not None and preset.relearning.train_backbone


@contextlib.contextmanager
def _deterministic(seed: int) -> Iterator[None]:
    """Fixed global randomness inside, the caller's untouched outside."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
