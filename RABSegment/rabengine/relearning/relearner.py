"""The relearning loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from ..device import autocast, half_precision, training_precision
from ..feature_store import FeatureStore, to_device
from ..network.features import Features
from ..network.image_model import ImageModel, Neighbour, ObjectMemory
from ..presets import Preset, Relearning
from ..propagation import SoftMasks, frames_beside
from ..support_bank import Mark, SupportBank
from .losses import feature_consistency, prediction_consistency, temporal_consistency
from .student import Student

LARGEST_GRADIENT = 1.0
NEIGHBOUR_SHARE = 0.7
REPORT_STEPS = 10  # losses are read back from the device this often: each reading waits for it


@dataclass(frozen=True)
class Lesson:
    """What there is to relearn from.

    Attributes:
        teacher: the image model.
        store: features by the teacher's backbone.
        bank: the marked frames.
        first: the first propagation.
    """

    teacher: ImageModel
    store: FeatureStore
    bank: SupportBank
    first: SoftMasks


class Relearner:
    """Relearns a student from a lesson.

    Args:
        lesson: the cine and its marks.
        student: a fresh copy of the teacher, or an earlier student (warm start).
        preset: choices; `preset.relearning` is set.
        seed: decides the windows.
    """

    def __init__(self, lesson: Lesson, student: Student, preset: Preset, seed: int) -> None:
        assert preset.relearning is not None
        self.lesson, self.student, self.preset = lesson, student, preset
        self.choices: Relearning = preset.relearning
        self.generator = Generator().manual_seed(seed)
        self.device = lesson.store.device
        self.first = lesson.first.margins.to(self.device)
        self.rate = self.choices.learning_rate
        self.optimizer = torch.optim.Adam(student.trained(), lr=self.rate)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=half_precision(self.device) is torch.float16)

    def run(self, steps: int, advance: Callable[[Mapping[str, float]], None], check: Callable[[], None]) -> None:
        """Take the steps; `advance` gets the losses after each (empty when they were not read) and may raise."""
        self.student.train()
        for step in range(steps):
            losses = self._step(step, steps, check)
            advance({name: float(value) for name, value in losses.items()} if step % REPORT_STEPS == 0 else {})
        self.student.eval()

    def _step(self, step: int, steps: int, check: Callable[[], None]) -> dict[str, Tensor]:
        column = int(torch.randint(len(self.lesson.bank.segments), (1,), generator=self.generator))
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * min(1.0, (step + 1) / 5) * (1 - 0.8 * step / steps)
        self.optimizer.zero_grad(set_to_none=True)
        with autocast(self.device, training_precision(self.device)):
            losses = self._window_losses(column, check)
            total = torch.stack(list(losses.values())).sum()
        self.scaler.scale(total).backward()
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.student.trained(), LARGEST_GRADIENT)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return {name: value.detach() for name, value in losses.items()}

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
        losses = {}
        if c.temporal_weight > 0:
            losses["temporal"] = c.temporal_weight * temporal_consistency(attended.float())
        if c.feature_weight > 0:
            losses["feature"] = c.feature_weight * feature_consistency(relearned.float(), original.float())
        if c.prediction_weight > 0:
            losses["prediction"] = c.prediction_weight * prediction_consistency(predicted, target)
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


def _soft(logits: Tensor) -> Tensor:
    return torch.softmax(logits.float(), dim=1)[:, 1:]
