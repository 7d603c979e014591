"""Prediction of consecutive frames together, through the temporal attention unit."""

from __future__ import annotations

from collections.abc import Callable

import torch

from .device import autocast
from .feature_store import FeatureStore
from .network.image_model import Neighbour
from .presets import Preset
from .propagation import SoftMasks, frames_beside
from .relearning.student import Student
from .support_bank import SupportBank


def windows(count: int, size: int) -> list[list[int]]:
    """Frame numbers in windows of `size`; the last one overlaps so that none is short."""
    starts = [*range(0, count - size, size), count - size]
    return [list(range(start, start + size)) for start in starts]


@torch.no_grad()
def predict_windows(
    student: Student,
    store: FeatureStore,
    bank: SupportBank,
    preset: Preset,
    believed: SoftMasks,
    advance: Callable[[], None],
) -> SoftMasks:
    """Soft masks of every frame, window by window.

    Args:
        student: the relearned model.
        store: features by the student's backbone.
        bank: the marks, with features by the student's backbone.
        preset: what to use.
        believed: an earlier prediction; its frames serve as neighbours where the preset has them.
        advance: called after each window and segment; may raise.
    """
    result = SoftMasks(believed.margins.clone(), believed.agreement)
    marked = {segment: {mark.frame for mark in bank.of(segment)} for segment in bank.segments}
    for frames in windows(len(store.view.frames), student.window):
        features = store.frames(frames)
        for column, segment in enumerate(bank.segments):
            marks = bank.nearest(segment, frames[len(frames) // 2], preset.supports)
            with autocast(store.device):
                memory = bank.remember(student.image, segment, marks).expand(len(frames))
                priors = None
                if preset.priors:
                    neighbour = _neighbours(student, store, believed, column, frames) if preset.neighbour else None
                    priors = student.image.priors(student.image.key_projection(features), memory, neighbour)
                fused = student.attend(student.image.fuse(features, memory, priors))
                logits = student.image.head(fused).float()
            margins = (logits[:, 1] - logits[:, 0]).to("cpu", torch.float16)
            for frame, margin in zip(frames, margins, strict=True):
                if frame not in marked[segment]:
                    result.margins[frame, column] = margin
            advance()
    return result


def _neighbours(
    student: Student, store: FeatureStore, believed: SoftMasks, column: int, frames: list[int]
) -> Neighbour:
    near = frames_beside(frames)
    masks = torch.sigmoid(believed.margins[near, column].float())[:, None].to(store.device)
    keys = student.image.key_projection(store.frames(near))
    return Neighbour(keys, masks, masks.new_ones(len(frames), 1, 1, 1))
