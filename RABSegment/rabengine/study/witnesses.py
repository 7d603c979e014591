"""How far marked frames of different cines agree on a cine that has none: each other cine is asked by itself.

What one cine's marks lead to says little of how right it is, and neither does its confidence. Where several lead to the
same it is likely right: nothing else ties a patient's marks to another's.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rabengine.errors import InputError
from rabengine.segmentation import Segmentation

from .carry_over import carry_over
from .marked_frame import MarkedFrame

LEAST = 2  # cines that are asked: one agrees with itself
FRAMES = 3  # of each, at most
# Agreement is above what is right by so much (five echocardiograms, each from three frames of each of the others: where
# two agree to 0.90, the Dice is 0.85).
OPTIMISM = 0.05


@dataclass(frozen=True)
class Agreement:
    """What came of asking.

    Attributes:
        value: 0 to 1, as of `agreement`. cines: how many were asked.
    """

    value: float
    cines: int

    @property
    def expected(self) -> float:
        """The mean Dice to expect."""
        return max(self.value - OPTIMISM, 0.0)


def ask(
    frames: np.ndarray,
    sampled: Sequence[int],
    found: Segmentation,
    witnesses: Sequence[Sequence[MarkedFrame]],
    *,
    device: str,
    seed: int,
    cancel: threading.Event | None = None,
) -> Agreement | None:
    """Segment some frames of a cine from the marks of each of several others by itself, and compare with the result.

    Args:
        frames: (T, H, W) or (T, H, W, 3) of the cine. sampled: numbers of some of them, two at least.
        found: from all those marks together.
        witnesses: marked frames of each of the others, the best-matching last.
        device, seed, cancel: as of `Session.segment`.

    Returns:
        None where fewer than LEAST can be asked.

    Raises:
        Cancelled: `cancel` was set.
    """
    asked = [marks for marks in witnesses if any(one.labels.any() for one in marks)]
    if len(asked) < LEAST or len(sampled) < 2 or not found.labels.any():
        return None
    shown = np.stack([frames[frame] for frame in sampled])
    likes: list[float] = []
    for marks in asked:
        try:
            alone = carry_over(shown, marks, preset="fast", device=device, seed=seed, cancel=cancel)
        except InputError:
            continue
        likes.append(likeness(found.labels[list(sampled)], alone.labels))
    return Agreement(agreement(likes), len(likes)) if len(likes) >= LEAST else None


def agreement(likes: Sequence[float]) -> float:
    """Of how like the answers of several cines are to the result: the second best counts.

    The best one is that which the result was mostly made from; the second best came to the same by itself.
    """
    return sorted(likes)[-2]


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Mean Dice of two results (N, H, W) over the frames and the segments that either shows anywhere."""
    values = sorted({*np.unique(one).tolist(), *np.unique(other).tolist()} - {0})
    return float(np.mean([_dice(one == value, other == value) for value in values])) if values else 1.0


def _dice(one: np.ndarray, other: np.ndarray) -> float:
    """Mean over the frames on which either shows it; (N, H, W) bool each."""
    common = (one & other).sum(axis=(1, 2))
    total = one.sum(axis=(1, 2)) + other.sum(axis=(1, 2))
    shown = total > 0
    return float((2 * common[shown] / total[shown]).mean()) if shown.any() else 1.0


def with_confidence(found: Segmentation, agreed: Agreement) -> Segmentation:
    """The result, as sure on average as the agreement lets expect; surer and less sure frames stay so."""
    mean = float(found.confidence.min(axis=1).mean())
    if mean <= 0:
        return found
    return replace(found, confidence=(found.confidence * np.float32(agreed.expected / mean)).clip(0, 1))
