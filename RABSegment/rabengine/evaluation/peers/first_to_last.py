"""What models that go through a video frame by frame have in common: they know the marks, and go both ways from one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from rabengine.device import autocast
from rabengine.evaluation.prediction import Prediction

from .marked_cine import MarkedCine

Found = Iterable[tuple[int, Tensor]]  # frames and their scores (C, h, w), background first


class Tracker(Protocol):
    """A model with its memory of one cine; pictures are (3, h, w) in [0, 1], labels (h, w) of 0 to C - 1."""

    def remember(self, picture: Tensor, labels: Tensor) -> None:
        """Keep a marked frame for good."""

    def track(self, picture: Tensor, labels: Tensor | None) -> Tensor:
        """(C, h, w) scores of the next frame, whose labels are told where it is marked."""


def both_ways(cine: MarkedCine, start: Callable[[], Tracker]) -> Iterator[tuple[int, Tensor]]:
    """From the first marked frame to the last frame, and to frame 0, with all marks remembered beforehand.

    Args:
        start: a tracker that remembers nothing.

    Yields:
        unmarked frames and their scores.
    """
    first = cine.marked[0]
    for way in (range(first, len(cine)), range(first, -1, -1)):
        if len(way) == 1:
            continue
        tracker = start()
        for mark in cine.marked:
            tracker.remember(cine.picture(mark), marked_classes(cine, mark))
        for frame in way:
            labels = marked_classes(cine, frame) if frame in cine.marks else None
            scores = tracker.track(cine.picture(frame), labels)
            if labels is None:
                yield frame, scores


def marked_classes(cine: MarkedCine, frame: int) -> Tensor:
    """(h, w) int64 indices into the classes of what a marked frame shows."""
    return cine.soft(frame).argmax(dim=0)


def cine_of_side(frames: np.ndarray, marks: Mapping[int, np.ndarray], side: int) -> MarkedCine:
    """The cine at a shorter side of `side` pixels, roughly; smaller ones are enlarged."""
    shorter, longer = sorted(frames.shape[1:3])
    return MarkedCine(frames, marks, round(longer * side / shorter))


def predict(cine: MarkedCine, found: Found, device: torch.device, precision: torch.dtype | None = None) -> Prediction:
    """Labels of the cine's own size.

    Args:
        found: frames and their scores, computed as they are asked for.
        precision: of an NVIDIA GPU, that of the engine by default; elsewhere it is float32.
    """
    labels = np.zeros((len(cine), *cine.view.full.size), np.uint8)
    if len(cine.classes) > 1:  # no model takes a cine without objects
        with torch.inference_mode(), autocast(device, precision if device.type == "cuda" else None):
            for frame, scores in found:
                labels[frame] = cine.labels(scores.float().cpu())
    for frame, marked in cine.marks.items():
        labels[frame] = marked
    return Prediction(labels)
