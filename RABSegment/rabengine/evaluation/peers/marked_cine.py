"""A cine and its marks as peers see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.evaluation.prediction import Prediction
from rabengine.propagation.input_view import InputView, check_frames

WORKING_SIZE = 256


class MarkedCine:
    """A cine and its marks as a peer sees them, at (h, w) with a longer side of WORKING_SIZE.

    Args:
        frames: (T, H, W) or (T, H, W, 3), any real type.
        marks: {frame: (H, W) labels}.

    Attributes:
        marks: the same, as uint8.
        marked: marked frames in order.
        classes: background and every label that was drawn, in order; C of them.
    """

    def __init__(self, frames: np.ndarray, marks: Mapping[int, np.ndarray], size: int = WORKING_SIZE) -> None:
        check_frames(frames)
        self.view = InputView(frames, size)
        self.marks = {frame: np.asarray(marks[frame]).astype(np.uint8) for frame in sorted(marks)}
        self.marked = list(self.marks)
        drawn = np.unique(np.concatenate([np.unique(labels) for labels in self.marks.values()]))
        self.classes = (0, *(int(label) for label in drawn if label))

    def __len__(self) -> int:
        return len(self.view.frames)

    @property
    def size(self) -> tuple[int, int]:
        """(h, w)."""
        return self.view.input_size

    def picture(self, frame: int) -> Tensor:
        """(3, h, w) float32 in [0, 1]."""
        return self.view.frame(frame)[0]

    def grey(self, frame: int) -> np.ndarray:
        """(h, w) uint8: luma of a colour frame."""
        red, green, blue = self.picture(frame)
        return (255 * (0.299 * red + 0.587 * green + 0.114 * blue)).round().to(torch.uint8).numpy()

    def soft(self, frame: int) -> Tensor:
        """(C, h, w) float32 share of each class in each working pixel of a marked frame."""
        return torch.stack([self.view.mask(self.marks[frame] == label) for label in self.classes])

    def labels(self, soft: Tensor) -> np.ndarray:
        """(C, any size) scores of the classes to (H, W) uint8 labels: the highest of the enlarged maps wins."""
        size = self.view.full.size
        fine = F.interpolate(soft[None].float(), size=size, mode="bilinear", align_corners=False)[0]
        return np.asarray(self.classes, np.uint8)[fine.argmax(dim=0).numpy()]

    def prediction(self, soft: Callable[[int], Tensor], confidence: np.ndarray | None = None) -> Prediction:
        """Labels of every frame; `soft(frame)` is asked for the unmarked ones alone."""
        labels = np.empty((len(self), *self.view.full.size), np.uint8)
        for frame in range(len(self)):
            labels[frame] = self.marks[frame] if frame in self.marks else self.labels(soft(frame))
        return Prediction(labels, confidence)
