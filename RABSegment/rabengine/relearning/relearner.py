"""The relearning loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from ..device import autocast, half_precision, training_precision
from ..feature_store import FeatureStore, to_device
from ..network.features import Features, join_features
from ..network.image_model import ImageModel, Neighbour, ObjectMemory
from ..network.losses import mask_loss
from ..presets import Preset, Relearning
from ..propagation import SoftMasks, frames_beside
from ..support_bank import Mark, SupportBank, with_shown
from .copies import MarkedCopy, believed, marked_copy
from .losses import feature_consistency, prediction_consistency, temporal_consistency
from .student import Student

LARGEST_GRADIENT = 1.0
COPIES_A_STEP = 4
NEIGHBOUR_SHARE = 0.7
ENOUGH_MARKS = 3
ACROSS_SHARE = 0.5
REPORT_STEPS = 10  # losses are read back from the device this often: each reading waits for it


@dataclass(frozen=True)
class Lesson:
    """What there is to relearn from.

    Attributes:
        teacher: the image model.
        store: features by the teacher's backbone.
        bank: the marked frames.
        first: the first propagation.
        marks: {frame: (H, W) labels}.
        partial: a segment not drawn on a marked frame is unknown there.
    """

    teacher: ImageModel
    store: FeatureStore
    bank: SupportBank
    first: SoftMasks
    marks: Mapping[int, np.ndarray]
    partial: bool


class Relearner:
    """Relearns a student from a lesson.

    Args:
        lesson: the cine and its marks.
        student: a fresh copy of the teacher, or an earlier student (warm start).
        preset: choices; `preset.relearning` is set.
        seed: decides windows and copies.
    """

    def __init__(self, lesson: Lesson, student: Student, preset: Preset, seed: int) -> None:
        assert preset.relearning is not None
        self.lesson, self.student, self.preset = lesson, student, preset
        self.choices: Relearning = preset.relearning
        self.generator = Generator().manual_seed(seed)
        self.device = lesson.store.device
        self.first = lesson.first.margins.to(self.device)
        self.rate = self.choices.learning_rate * self._boldness()
        self.optimizer = torch.optim.Adam(student.trained(), lr=self.rate)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=half_precision(self.device) is torch.float16)
        self.copies: list[MarkedCopy] = []

    def run(self, steps: int, advance: Callable[[Mapping[str, float]], None], check: Callable[[], None]) -> None:
        """Take the steps; `advance` gets the losses after each (empty when they were not read) and may raise."""
        self.student.train()
        if self.choices.marks_weight > 0:
            self._make_copies(check)
        for step in range(steps):
            losses = self._step(step, steps, check)
            advance({name: float(value) for name, value in losses.items()} if step % REPORT_STEPS == 0 else {})
        self.student.eval()

    def _boldness(self) -> float:
        """How far relearning may go: one marked frame teaches its own looks only, three teach what varies."""
        if self.choices.marks_weight == 0:
            return 1.0
        return min(1.0, len(self.lesson.marks) / ENOUGH_MARKS)

    def _make_copies(self, check: Callable[[], None]) -> None:
        for frame in self._frames_to_copy():
            check()
            known = [self._is_known(segment, frame) for segment in self.lesson.bank.segments]
            masks = torch.cat([self.lesson.bank.mask(segment, frame)[0] for segment in self.lesson.bank.segments])
            self.copies.append(marked_copy(frame, masks, known, self.lesson.store, self.generator))

    def _is_known(self, segment: int, frame: int) -> bool:
        bank = self.lesson.bank
        return frame in bank.believed(segment) or any(mark.frame == frame for mark in bank.of(segment))

    def _frames_to_copy(self) -> list[int]:
        """Frames to copy: marked ones in turn, and in turn with them those that are believed."""
        marked = self._marked_to_copy()
        believed = sorted(
            {frame for segment in self.lesson.bank.segments for frame in self.lesson.bank.believed(segment)}
        )
        believed = [frame for frame in believed if frame not in self.lesson.marks]
        if not believed or not self.choices.believed_copies:
            return marked
        half = max(len(set(marked)), self.choices.copies // 2)
        return marked[:half] + [
            believed[number % len(believed)] for number in range(self.choices.copies - self.choices.copies // 2)
        ]

    def _marked_to_copy(self) -> list[int]:
        """Marked frames in turn, up to the number of copies; of each segment at least one frame that shows it."""
        frames = sorted(self.lesson.marks)
        count = self.choices.copies
        if len(frames) <= count:
            return [frames[number % len(frames)] for number in range(count)]
        picked = {frames[i] for i in np.linspace(0, len(frames) - 1, count).round().astype(int)}
        for segment in self.lesson.bank.segments:
            picked.add(next(mark.frame for mark in self.lesson.bank.of(segment) if mark.shown))
        return sorted(picked)

    def _step(self, step: int, steps: int, check: Callable[[], None]) -> dict[str, Tensor]:
        column = int(torch.randint(len(self.lesson.bank.segments), (1,), generator=self.generator))
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * min(1.0, (step + 1) / 5) * (1 - 0.8 * step / steps)
        self.optimizer.zero_grad(set_to_none=True)
        losses: dict[str, Tensor] = {}
        with autocast(self.device, training_precision(self.device)):
            if self._uses_windows() and (step % 2 == 0 or self.choices.marks_weight == 0):  # every other step will do
                losses.update(self._window_losses(column, check))
            if self.choices.marks_weight > 0:
                losses["marks"] = self.choices.marks_weight * self._marks_loss(column)
            total = torch.stack(list(losses.values())).sum()
        self.scaler.scale(total).backward()
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.student.trained(), LARGEST_GRADIENT)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return {name: value.detach() for name, value in losses.items()}

    def _uses_windows(self) -> bool:
        c = self.choices
        return c.temporal_weight > 0 or c.feature_weight > 0 or c.prediction_weight > 0

    def _window_losses(self, column: int, check: Callable[[], None]) -> dict[str, Tensor]:
        """L_t, L_f and L_p on consecutive frames, each with its weight."""
        store, c = self.lesson.store, self.choices
        count = len(store.view.frames)
        size = min(c.window, count)
        start = int(torch.randint(count - size + 1, (1,), generator=self.generator))
        frames = list(range(start, start + size))
        segment = self.lesson.bank.segments[column]
        marks = self.lesson.bank.nearest(segment, start + size // 2, self.preset.supports)
        features = store.frames(frames, check)
        with torch.no_grad():
            memory = self.lesson.bank.remember(self.lesson.teacher, segment, marks).expand(size)
            priors = self._window_priors(features, memory, column, frames)
            original = self.lesson.teacher.fuse(features, memory, priors)
            target = _soft(self.lesson.teacher.head(original))
        if c.train_backbone:
            features, memory = self._encode_again(segment, frames, marks)
            memory = memory.expand(size)
        relearned = self.student.image.fuse(features, memory, priors)
        attended = self.student.attend(relearned)
        predicted = _soft(self.student.image.head(attended))
        weight = (2 * target - 1).square() if c.confident_teacher else None
        losses = {}
        if c.temporal_weight > 0:
            losses["temporal"] = c.temporal_weight * temporal_consistency(attended.float())
        if c.feature_weight > 0:
            losses["feature"] = c.feature_weight * feature_consistency(relearned.float(), original.float())
        if c.prediction_weight > 0:
            losses["prediction"] = c.prediction_weight * prediction_consistency(predicted, target, weight)
        return losses

    def _window_priors(self, features: Features, memory: ObjectMemory, column: int, frames: list[int]) -> Tensor | None:
        """Priors of consecutive frames; the neighbour is the frame before, as the first propagation has it."""
        if not self.preset.priors:
            return None
        model = self.lesson.teacher
        keys = model.key_projection(features)
        if not self.preset.neighbour:
            return model.priors(keys, memory, None)
        near = frames_beside(frames)
        beliefs = torch.sigmoid(self.first[near, column].float())[:, None]
        near_keys = model.key_projection(self.lesson.store.frames(near))
        present = (torch.rand(len(frames), 1, 1, 1, generator=self.generator) < NEIGHBOUR_SHARE).float()
        return model.priors(keys, memory, Neighbour(near_keys, beliefs, to_device(present, self.device)))

    def _encode_again(self, segment: int, frames: list[int], marks: list[Mark]) -> tuple[Features, ObjectMemory]:
        """Features of frames and supports by the student's own backbone, with gradients."""
        store, model = self.lesson.store, self.student.image
        queries = [store.view.frame(frame) for frame in frames]
        marked = to_device(torch.cat([store.view.frame(mark.frame) for mark in marks]), self.device)
        masks = torch.cat([self.lesson.bank.mask(segment, mark.frame) for mark in marks])
        pixels = torch.cat([to_device(torch.cat(queries), self.device), marked, marked * masks])
        maps = model.encode(pixels.contiguous(memory_format=torch.channels_last))
        parts = (len(frames), len(marks), len(marks))
        query, support, objects = (Features(*(m.split(parts)[i] for m in maps)) for i in range(3))
        return query, model.remember(support, objects, masks.transpose(0, 1))

    def _marks_loss(self, column: int) -> Tensor:
        """The user's own marks as labels: copies of marked frames are queries, marked frames their supports."""
        usable = [copy for copy in self.copies if bool(copy.known[column])]
        picks = torch.randint(len(usable), (COPIES_A_STEP,), generator=self.generator).tolist()
        chosen = [usable[i] for i in picks]
        segment = self.lesson.bank.segments[column]
        marks = self._supports_for(segment, chosen[0].frame)
        model = self.student.image
        with torch.no_grad():
            memory = self.lesson.bank.remember(model, segment, marks).expand(len(chosen))
            query = join_features(copy.features for copy in chosen)
            priors = self._copy_priors(query, memory, chosen, column)
        truth = torch.stack([copy.masks[column : column + 1] for copy in chosen])
        seen = torch.stack([1 - copy.outside for copy in chosen])
        logits = model.head(model.fuse(query, memory, priors))
        return mask_loss(logits, truth, balance=True, weight=seen)

    def _supports_for(self, segment: int, frame: int) -> list[Mark]:
        """Some marks of a segment; half of the time others than a frame's own: one must find the object on another."""
        every = self.lesson.bank.of(segment)
        others = [mark for mark in every if mark.frame != frame]
        is_across = float(torch.rand(1, generator=self.generator)) < ACROSS_SHARE
        usable = others if is_across and any(mark.shown for mark in others) else every
        order = torch.randperm(len(usable), generator=self.generator).tolist()
        shuffled = [usable[i] for i in order]
        return with_shown(shuffled[: self.preset.supports], shuffled, self.preset.supports)

    def _copy_priors(
        self, query: Features, memory: ObjectMemory, chosen: list[MarkedCopy], column: int
    ) -> Tensor | None:
        if not self.preset.priors:
            return None
        model = self.lesson.teacher
        keys = model.key_projection(query)
        if not self.preset.neighbour:
            return model.priors(keys, memory, None)
        near_keys = [copy.near_keys for copy in chosen]
        beliefs = [believed(copy.near_masks[None, column : column + 1], self.generator) for copy in chosen]
        present = (torch.rand(len(chosen), 1, 1, 1, generator=self.generator) < NEIGHBOUR_SHARE).float()
        neighbour = Neighbour(torch.cat(near_keys), torch.cat(beliefs), to_device(present, self.device))
        return model.priors(keys, memory, neighbour)


def _soft(logits: Tensor) -> Tensor:
    return torch.softmax(logits.float(), dim=1)[:, 1:]
