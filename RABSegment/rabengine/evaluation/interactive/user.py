"""A user who clicks in the middle of what is most wrong, as the click studies since RITM have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import SimpleITK as sitk

from rabengine.prompts import Click

MOST_CLICKS = 20
TARGETS = (0.80, 0.85, 0.90)
COUNTS = (1, 3, 5)

# A method at work on one picture: all clicks so far and the last answer (H, W) bool to the next answer.
Answer = Callable[[Sequence[Click], np.ndarray], np.ndarray]
Start = Callable[[np.ndarray], Answer]  # (H, W) or (H, W, 3) uint8 picture to what answers clicks on it


@dataclass(frozen=True)
class Clicked:
    """How one object went.

    Attributes:
        ious: after each click, MOST_CLICKS of them; once the highest target is reached the last one is repeated.
        seconds: of each answer that was asked for.
    """

    ious: tuple[float, ...]
    seconds: tuple[float, ...]

    def clicks_to(self, target: float) -> int:
        """Clicks until an IoU is reached, MOST_CLICKS where it never is."""
        reached = [number for number, iou in enumerate(self.ious, 1) if iou >= target]
        return reached[0] if reached else MOST_CLICKS


def click_until_good(truth: np.ndarray, answer: Answer) -> Clicked:
    """Click until the highest target is reached.

    Args:
        truth: (H, W) bool of the object. answer: of the method on its picture.
    """
    clicks: list[Click] = []
    found = np.zeros_like(truth)
    ious, seconds = list[float](), list[float]()
    while len(clicks) < MOST_CLICKS:
        clicks.append(next_click(truth, found))
        started = perf_counter()
        found = answer(tuple(clicks), found)
        seconds.append(perf_counter() - started)
        ious.append(overlap(truth, found))
        if ious[-1] >= max(TARGETS):
            break
    return Clicked(tuple(ious + ious[-1:] * (MOST_CLICKS - len(ious))), tuple(seconds))


def next_click(truth: np.ndarray, found: np.ndarray) -> Click:
    """The pixel deepest in what is missing or in what is too much, whichever is thicker."""
    missing, extra = _depth(truth & ~found), _depth(found & ~truth)
    is_positive = bool(missing.max() >= extra.max())
    row, column = np.unravel_index(int((missing if is_positive else extra).argmax()), truth.shape)
    return Click(float(column), float(row), is_positive)


def overlap(truth: np.ndarray, found: np.ndarray) -> float:
    """Intersection over union; 1 where both are empty."""
    union = int(np.count_nonzero(truth | found))
    return 1.0 if union == 0 else int(np.count_nonzero(truth & found)) / union


def _depth(region: np.ndarray) -> np.ndarray:
    """(H, W) pixels to the edge of a region, the picture's border among them."""
    padded = sitk.GetImageFromArray(np.pad(region, 1).astype(np.uint8))
    if not region.any():
        return np.zeros(region.shape, np.float32)
    distance = sitk.SignedMaurerDistanceMap(padded, insideIsPositive=True, squaredDistance=False)
    return np.maximum(sitk.GetArrayFromImage(distance)[1:-1, 1:-1], 0) + region
