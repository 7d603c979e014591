"""Marked frames of several cines carried over to one that has none, each cine asked by itself first.

What one cine's marks lead to says little of how right it is, and neither does its confidence. Where several lead to the
same it is likely right: nothing else ties a patient's marks to another's. An answer that several share also tells where
the object lies, to which all marks are moved before they serve together. One cine's answer alone does not: of two lymph
vessels, each marked from the other, it took one from 0.71 to 0.93 and the other from 0.66 to 0.52.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rabengine.presets import Preset, get_preset
from rabengine.segmentation import Segmentation
from rabengine.session.steps.appearance import AppearanceLearning, EarlierAppearance
from rabengine.session.steps.relearning import Relearning

from .carry_over import carry_over
from .descriptors import sampled
from .judged import WitnessAgreement
from .marked_frame import MarkedFrame
from .poses import Pose, moved, pose_of

LEAST = 2  # cines that can agree: one agrees with itself
FRAMES = 3  # marked ones of each, at most
SHARED = 0.8  # likeness of two answers from which they tell where the object lies
_LEARNING = (AppearanceLearning, EarlierAppearance, Relearning)


@dataclass(frozen=True)
class StudySupport:
    """A marked frame with the number of its cine."""

    cine: int
    frame: MarkedFrame


def carry_over_asking(
    frames: np.ndarray,
    supports: Sequence[StudySupport],
    witnesses: Sequence[Sequence[StudySupport]],
    *,
    marks: Mapping[int, np.ndarray] | None = None,
    learned: Mapping[tuple[int, ...], Any] | None = None,
    preset: str | Preset = "fast",
    device: str = "auto",
    seed: int = 0,
    cancel: threading.Event | None = None,
) -> tuple[Segmentation, WitnessAgreement | None]:
    """Segment a cine from marked frames of others, and tell how far these agree.

    Args:
        frames: (T, H, W) or (T, H, W, 3). supports: the best-matching last.
        witnesses: marked frames of each of the cines that are asked, likewise; none to ask nobody.
        marks, learned, preset, device, seed, cancel: as of `carry_over`.

    Returns:
        The result, and the agreement, None where fewer than LEAST could be asked. Where there is one, the confidence is
        what it lets expect.

    Raises:
        InputError, Cancelled: as of `carry_over`.
    """
    chosen = get_preset(preset)
    some = sampled(len(frames))
    shown = np.stack([frames[frame] for frame in some])
    asked = [[one.frame for one in drawn] for drawn in witnesses if any(one.frame.labels.any() for one in drawn)]
    answers: list[np.ndarray] = []
    for drawn in asked if len(asked) >= LEAST else ():
        quick = without_learning(chosen)
        answers.append(carry_over(shown, drawn, preset=quick, device=device, seed=seed, cancel=cancel).labels)
    guide = shared(answers)
    found = carry_over(
        frames,
        as_they_lie(supports, None if guide is None else pose_of(list(guide))),
        marks=marks,
        learned=learned,
        preset=chosen,
        device=device,
        seed=seed,
        cancel=cancel,
    )
    if not answers:
        return found, None
    agreed = WitnessAgreement(agreement([likeness(found.labels[some], answer) for answer in answers]), len(answers))
    return with_confidence(found, agreed), agreed


def without_learning(preset: Preset) -> Preset:
    """The preset without what learns on the cine: an answer is to be had at once."""
    return replace(preset, steps=tuple(step for step in preset.steps if not isinstance(step, _LEARNING)))


def shared(answers: Sequence[np.ndarray]) -> np.ndarray | None:
    """The answer (N, H, W) that is most like the others; None where no two are alike."""
    likes = [[likeness(one, other) for other in answers if other is not one] for one in answers]
    if not any(value >= SHARED for one in likes for value in one):
        return None
    return answers[int(np.argmax([np.mean(one) for one in likes]))]


def as_they_lie(supports: Sequence[StudySupport], wanted: Pose | None) -> list[MarkedFrame]:
    """The marked frames, those of each cine together moved and scaled so that on average its object lies as wanted.

    So a phase in which it is small stays one.
    """
    own = {one.cine: pose_of([other.frame.labels for other in supports if other.cine == one.cine]) for one in supports}
    moves = []
    for one in supports:
        pose = own[one.cine]
        moves.append(one.frame if pose is None or wanted is None else moved(one.frame, pose, wanted))
    # What lies beyond the picture's edge is lost; where nothing is left of all of them, they stay as they are.
    return moves if any(frame.labels.any() for frame in moves) else [one.frame for one in supports]


def agreement(likes: Sequence[float]) -> float:
    """Of how like the answers of several cines are to the result: the second best counts.

    The best one is that which the result was mostly made from; the second best came to the same by itself.
    """
    return sorted(likes)[-2]


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Mean Dice of two results (N, H, W) over the segments, each over the frames on which either shows it."""
    values = sorted({*np.unique(one).tolist(), *np.unique(other).tolist()} - {0})
    return float(np.mean([_dice(one == value, other == value) for value in values])) if values else 1.0


def _dice(one: np.ndarray, other: np.ndarray) -> float:
    """(N, H, W) bool each."""
    common = (one & other).sum(axis=(1, 2))
    total = one.sum(axis=(1, 2)) + other.sum(axis=(1, 2))
    shown = total > 0
    return float((2 * common[shown] / total[shown]).mean()) if shown.any() else 1.0


def with_confidence(found: Segmentation, agreed: WitnessAgreement) -> Segmentation:
    """The result, as sure on average as the agreement lets expect; surer and less sure frames stay so."""
    mean = float(found.confidence.min(axis=1).mean())
    if mean <= 0:
        return found
    return replace(found, confidence=(found.confidence * np.float32(agreed.expected / mean)).clip(0, 1))
