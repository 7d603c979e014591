"""What the peers share: task, chains of frames, displacement fields, agreement with themselves, ImageNet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.evaluation.prediction import Prediction
from rabengine.network.backbone import Backbone
from rabengine.network.backbones import new_backbone
from rabengine.propagation.input_view import InputView, check_frames

State = TypeVar("State")


class Visit(NamedTuple):
    """A frame on the way from a marked one.

    Attributes:
        start: the marked frame.
        previous: the frame visited before, or `start`.
        frame: the frame itself.
        share: of this visit in the frame's result; those of a frame add up to 1.
    """

    start: int
    previous: int
    frame: int
    share: float


def visits(marked: list[int], count: int) -> Iterator[Visit]:
    """Every way from a marked frame up to the next marked frame or the cine's end, both directions."""
    for start in marked:
        for direction in (1, -1):
            frame, end = start + direction, _next_mark(marked, count, start, direction)
            while frame != end:
                share = 1.0 if end in (-1, count) else (end - frame) / (end - start)
                yield Visit(start, frame - direction, frame, share)
                frame += direction


def _next_mark(marked: list[int], count: int, start: int, direction: int) -> int:
    """The marked frame that ends a way, -1 or `count` where there is none."""
    ahead = [frame for frame in marked if (frame - start) * direction > 0]
    if ahead:
        return min(ahead) if direction > 0 else max(ahead)
    return count if direction > 0 else -1


def carry(
    marked: list[int], count: int, begin: Callable[[int], State], step: Callable[[Visit, State], tuple[State, Tensor]]
) -> dict[int, Tensor]:
    """Walk every way and blend the soft masks of the two directions by distance.

    Args:
        begin: what a way starts with at a marked frame.
        step: what it hands on from a frame, and the frame's soft masks (C, h, w).

    Returns:
        {unmarked frame: (C, h, w) float16}.
    """
    blended: dict[int, Tensor] = {}
    state: State | None = None
    for visit in visits(marked, count):
        if state is None or visit.previous == visit.start:
            state = begin(visit.start)
        state, soft = step(visit, state)
        part = (visit.share * soft).to(torch.float16)
        blended[visit.frame] = blended[visit.frame] + part if visit.frame in blended else part
    return blended


def nearest_mark(marked: list[int], frame: int) -> int:
    """The marked frame nearest in time, the earlier of two."""
    return min(marked, key=lambda mark: (abs(mark - frame), mark))


def still(size: tuple[int, int]) -> np.ndarray:
    """No motion."""
    return np.zeros((*size, 2), np.float32)


def compose(near: np.ndarray, far: np.ndarray) -> np.ndarray:
    """A field from frame a to b, and one from b to c, as one from a to c.

    The masks are then moved once, from the marked frame, and do not blur with every frame of the way.
    """
    return near + pull(torch.from_numpy(far).permute(2, 0, 1), near).permute(1, 2, 0).numpy()


def pull(maps: Tensor, field: np.ndarray) -> Tensor:
    """(C, h, w) maps as seen from where the field starts; what lies outside repeats the border."""
    height, width = field.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (columns + field[..., 0] + 0.5) / width * 2 - 1
    down = (rows + field[..., 1] + 0.5) / height * 2 - 1
    grid = torch.from_numpy(np.stack([across, down], axis=-1))
    return F.grid_sample(maps[None].float(), grid[None], padding_mode="border", align_corners=False)[0]


def imagenet_backbone() -> Backbone:
    """A new backbone in evaluation mode that has seen ImageNet and nothing else.

    Raises:
        InputError: the package with the weights is missing.
    """
    backbone = new_backbone()
    backbone.load_pretrained()
    return backbone.eval()


def expected_dice(probability: Tensor) -> np.ndarray:
    """Dice of the labels that win with the probabilities themselves, for each class but background.

    Args:
        probability: (C, h, w), sums to 1 over C, background first.

    Returns:
        (C - 1,) float32; for a class that wins nowhere, how little of it the probabilities hold.
    """
    winners = probability.argmax(dim=0)
    scores = []
    for label in range(1, len(probability)):
        inside = (winners == label).float()
        overlap, total = (probability[label] * inside).sum(), probability[label].sum() + inside.sum()
        scores.append(float(2 * overlap / total) if inside.any() else float(1 - probability[label].max()))
    return np.asarray(scores, np.float32)


WORKING_SIZE = 256


class Scene:
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
