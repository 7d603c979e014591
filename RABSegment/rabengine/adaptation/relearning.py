"""Phase 2 of the paper, spatiotemporal consistency relearning.

The student that relearns, its losses, its training, and prediction of consecutive frames together with it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from rabengine.device import autocast, half_precision, training_precision
from rabengine.network.features import Features
from rabengine.network.image_model import ImageModel, Neighbour, ObjectMemory
from rabengine.network.temporal_attention import TemporalAttentionUnit
from rabengine.propagation.feature_store import FeatureStore, to_device
from rabengine.propagation.memory_bank import Mark, MemoryBank
from rabengine.propagation.propagator import SoftMasks, frames_beside

from .choices import RelearningChoices

if TYPE_CHECKING:
    from rabengine.presets import Preset

LARGEST_GRADIENT = 1.0
NEIGHBOUR_SHARE = 0.7
REPORT_STEPS = 10  # losses are read back from the device this often: each reading waits for it


def temporal_consistency(features: Tensor) -> Tensor:
    """`L_t = 1 - 1/|B| * sum_{t=1}^{|B|-1} cos(f_t, f_{t+1})`.

    The cosine is taken over the channels at each location and averaged over locations, for the paper compares maps and
    gives no flattening. As printed the sum has |B| - 1 terms, so the least value is 1/|B|, not 0.

    Args:
        features: (B, C, h, w) of B consecutive frames, after the temporal attention unit.
    """
    cosine = F.cosine_similarity(features[:-1], features[1:], dim=1).mean(dim=(1, 2))
    return 1.0 - cosine.sum() / features.shape[0]


def feature_consistency(relearned: Tensor, original: Tensor) -> Tensor:
    """`L_f = 1/(|B| D) * sum_t sum_{j=1}^{N} (z^_{t,j} - z_{t,j})^2`, fusion features of D numbers a frame.

    Args:
        relearned: (B, C, h, w) of the relearning model.
        original: the same of the image model.
    """
    frames, size = relearned.shape[0], relearned[0].numel()
    return (relearned - original).square().sum() / (frames * size)


def prediction_consistency(relearned: Tensor, original: Tensor) -> Tensor:
    """`L_p = 1/|B| * sum_t (y^_t - y_t)^2`, the square averaged over a frame's locations.

    Args:
        relearned: (B, 1, h, w) soft masks of the relearning model.
        original: the same of the image model.
    """
    squared = (relearned - original).square()
    return squared.mean(dim=(1, 2, 3)).sum() / relearned.shape[0]


class Student(nn.Module):
    """What relearns. The head is frozen, and the backbone where its features are to be computed once.

    Args:
        teacher: the image model; it is copied, not changed.
        choices: what relearns.
        seed: of the temporal attention unit's first weights.
    """

    def __init__(self, teacher: ImageModel, choices: RelearningChoices, seed: int) -> None:
        super().__init__()
        self.image = copy.deepcopy(teacher)
        self.image.requires_grad_(True)
        self.image.head.requires_grad_(False)
        self.image.backbone.requires_grad_(choices.train_backbone)
        self.image.key_projection.requires_grad_(False)
        self.window = choices.window
        self.attention: TemporalAttentionUnit | None = None
        if choices.temporal_attention:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                self.attention = TemporalAttentionUnit(choices.window, teacher.width)

    def attend(self, fused: Tensor) -> Tensor:
        """Fusion features (B, C, h, w) of consecutive frames to what the head reads; B is the window, or TAU is off."""
        return fused if self.attention is None else self.attention(fused[None])[0]

    def trained(self) -> list[nn.Parameter]:
        """The parameters that relearn."""
        return [value for value in self.parameters() if value.requires_grad]


def windows(count: int, size: int) -> list[list[int]]:
    """Frame numbers in windows of `size`; the last one overlaps so that none is short."""
    starts = [*range(0, count - size, size), count - size]
    return [list(range(start, start + size)) for start in starts]


@torch.no_grad()
def predict_windows(
    student: Student,
    store: FeatureStore,
    bank: MemoryBank,
    preset: Preset,
    earlier: SoftMasks,
    advance: Callable[[], None],
) -> SoftMasks:
    """Soft masks of every frame, window by window.

    Args:
        student: the relearned model.
        store: features by the student's backbone.
        bank: the marks, with features by the student's backbone.
        preset: what to use.
        earlier: an earlier prediction; its frames serve as neighbours where the preset has them.
        advance: called after each window and segment; may raise.
    """
    result = replace(earlier, logits=earlier.logits.clone())
    marked = {segment: {mark.frame for mark in bank.of(segment)} for segment in bank.segments}
    for frames in windows(len(store.view.frames), student.window):
        features = store.frames(frames)
        for column, segment in enumerate(bank.segments):
            marks = bank.nearest(segment, frames[len(frames) // 2], preset.supports)
            with autocast(store.device):
                memory = bank.remember(student.image, segment, marks).expand(len(frames))
                priors = None
                if preset.priors:
                    neighbour = _neighbours(student, store, earlier, column, frames) if preset.neighbour else None
                    priors = student.image.priors(student.image.key_projection(features), memory, neighbour)
                fused = student.attend(student.image.fuse(features, memory, priors))
                logits = student.image.head(fused).float()
            logits = (logits[:, 1] - logits[:, 0]).to("cpu", torch.float16)
            for frame, logit in zip(frames, logits, strict=True):
                if frame not in marked[segment]:
                    result.logits[frame, column] = logit
            advance()
    return result


def _neighbours(student: Student, store: FeatureStore, earlier: SoftMasks, column: int, frames: list[int]) -> Neighbour:
    near = frames_beside(frames)
    masks = torch.sigmoid(earlier.logits[near, column].float())[:, None].to(store.device)
    keys = student.image.key_projection(store.frames(near))
    return Neighbour(keys, masks, masks.new_ones(len(frames), 1, 1, 1))


@dataclass(frozen=True)
class RelearningData:
    """What there is to relearn from.

    Attributes:
        teacher: the image model.
        store: features by the teacher's backbone.
        bank: the marked frames.
        first: the first propagation.
    """

    teacher: ImageModel
    store: FeatureStore
    bank: MemoryBank
    first: SoftMasks


class Relearner:
    """Relearns a student.

    Args:
        data: the cine, its marks and its first propagation.
        student: a fresh copy of the teacher, or an earlier student (warm start).
        preset: choices that concern all steps.
        choices: of the relearning.
        seed: decides the windows.
    """

    def __init__(
        self, data: RelearningData, student: Student, preset: Preset, choices: RelearningChoices, seed: int
    ) -> None:
        self.data, self.student, self.preset, self.choices = data, student, preset, choices
        self.generator = Generator().manual_seed(seed)
        self.device = data.store.device
        self.first = data.first.logits.to(self.device)
        self.rate = choices.learning_rate
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
        column = int(torch.randint(len(self.data.bank.segments), (1,), generator=self.generator))
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
        store, c = self.data.store, self.choices
        count = len(store.view.frames)
        size = min(c.window, count)
        start = int(torch.randint(count - size + 1, (1,), generator=self.generator))
        frames = list(range(start, start + size))
        segment = self.data.bank.segments[column]
        marks = self.data.bank.nearest(segment, start + size // 2, self.preset.supports)
        features = store.frames(frames, check)
        with torch.no_grad():
            memory = self.data.bank.remember(self.data.teacher, segment, marks).expand(size)
            priors = self._window_priors(features, memory, column, frames)
            original = self.data.teacher.fuse(features, memory, priors)
            target = _soft(self.data.teacher.head(original))
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
        model = self.data.teacher
        keys = model.key_projection(features)
        if not self.preset.neighbour:
            return model.priors(keys, memory, None)
        near = frames_beside(frames)
        masks = torch.sigmoid(self.first[near, column].float())[:, None]
        near_keys = model.key_projection(self.data.store.frames(near))
        present = (torch.rand(len(frames), 1, 1, 1, generator=self.generator) < NEIGHBOUR_SHARE).float()
        return model.priors(keys, memory, Neighbour(near_keys, masks, to_device(present, self.device)))

    def _encode_again(self, segment: int, frames: list[int], marks: list[Mark]) -> tuple[Features, ObjectMemory]:
        """Features of frames and supports by the student's own backbone, with gradients."""
        store, model = self.data.store, self.student.image
        queries = [store.view.frame(frame) for frame in frames]
        marked = to_device(torch.cat([store.view.frame(mark.frame) for mark in marks]), self.device)
        masks = torch.cat([self.data.bank.mask(segment, mark.frame) for mark in marks])
        pixels = torch.cat([to_device(torch.cat(queries), self.device), marked, marked * masks])
        maps = model.encode(pixels.contiguous(memory_format=torch.channels_last))
        parts = (len(frames), len(marks), len(marks))
        query, support, objects = (Features(*(m.split(parts)[i] for m in maps)) for i in range(3))
        return query, model.remember(support, objects, masks.transpose(0, 1))


def _soft(logits: Tensor) -> Tensor:
    return torch.softmax(logits.float(), dim=1)[:, 1:]
