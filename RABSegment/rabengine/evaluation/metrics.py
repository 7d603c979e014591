"""Scores of a prediction: Dice, IoU, borders, false alarms, stability, and whether confidence ranks the frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rabengine.measurement import ranks

from .borders import boundary_f, hd95
from .prediction import Prediction

DIGITS = 5


def frame_dice(labels: np.ndarray, truth: np.ndarray, label: int) -> np.ndarray:
    """Dice of each frame, (T,) in [0, 1]; 1 where neither shows the object.

    Args:
        labels: (T, H, W) predicted.
        truth: (T, H, W).
        label: the object's value.
    """
    common, total = _counts(labels, truth, label)
    return np.where(total == 0, 1.0, 2 * common / np.maximum(total, 1))


def frame_iou(labels: np.ndarray, truth: np.ndarray, label: int) -> np.ndarray:
    """Intersection over union of each frame, (T,) in [0, 1]; 1 where neither shows the object."""
    common, total = _counts(labels, truth, label)
    return np.where(total == 0, 1.0, common / np.maximum(total - common, 1))


def dice_of_all_frames(labels: np.ndarray, truth: np.ndarray, label: int) -> float:
    """Dice of all frames taken together, in [0, 1]; as `frame_dice`, but 0 where neither ever shows the object."""
    common, total = _counts(labels, truth, label)
    return 2 * int(common.sum()) / max(1, int(total.sum()))


def dice_table(labels: np.ndarray, truth: np.ndarray, objects: Sequence[int]) -> np.ndarray:
    """`frame_dice` of each object, (T, K)."""
    return np.stack([frame_dice(labels, truth, label) for label in objects], axis=1)


def _counts(labels: np.ndarray, truth: np.ndarray, label: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixels in both, and the sum of the pixels in each, (T,) each; a frame at a time, for cines may be large."""
    common = np.zeros(len(truth), dtype=np.int64)
    total = np.zeros(len(truth), dtype=np.int64)
    for frame in range(len(truth)):
        found, true = labels[frame] == label, truth[frame] == label
        common[frame] = np.count_nonzero(found & true)
        total[frame] = np.count_nonzero(found) + np.count_nonzero(true)
    return common, total


@dataclass(frozen=True)
class ObjectScores:
    """Scores over the unmarked frames; None where there was nothing to score.

    Attributes:
        dice: mean over the frames that truly show the object.
        iou: the same for intersection over union.
        hd95: mean of HD95 in pixels over the frames that truly show the object and on which it was found.
        boundary_f: mean of the F-measure of the borders over the frames that truly show the object, 0 where missed.
        scored_frames: unmarked frames that truly show the object.
        missed_frames: those of them on which nothing of it was found, so that HD95 leaves them out.
        absent_frames: unmarked frames that do not show the object.
        false_alarm_frames: those of them on which any pixel of it was painted.
        false_alarms: the one as a share of the other.
        stability: mean, over neighbours that are both unmarked, of |Dice(found t, found t + 1) - Dice(true t, true
            t + 1)|: how much more, or less, the result changes from frame to frame than the truth does. 0 is best.
        rho: Spearman's rank correlation of confidence and true Dice over the unmarked frames; None without
            confidence or where one of both is constant. A frame that does not show the object counts as Dice 1
            when nothing is painted there and as 0 otherwise.
        frame_dice: of each frame, by the same rule; None on marked ones.
        frame_confidence: of each frame, None on marked ones; None altogether without confidence.
    """

    dice: float | None
    iou: float | None
    hd95: float | None
    boundary_f: float | None
    scored_frames: int
    missed_frames: int
    absent_frames: int
    false_alarm_frames: int
    false_alarms: float | None
    stability: float | None
    rho: float | None
    frame_dice: list[float | None]
    frame_confidence: list[float | None] | None


def score_object(
    prediction: Prediction, truth: np.ndarray, label: int, marked: Sequence[int], marked_labels: Sequence[int]
) -> ObjectScores:
    """Score one object.

    Args:
        prediction: labels (T, H, W) and confidence (T, K) or None.
        truth: (T, H, W).
        label: the object's value.
        marked: the frames that were marked.
        marked_labels: label values in the marks, ascending: the columns of the confidence.

    Raises:
        InputError: MONAI or SciPy is not installed.
    """
    labels = prediction.labels
    unmarked = np.ones(len(truth), dtype=bool)
    unmarked[list(marked)] = False
    is_true = (truth == label).any(axis=(1, 2))
    is_found = (labels == label).any(axis=(1, 2))
    present, absent = unmarked & is_true, unmarked & ~is_true
    dice = frame_dice(labels, truth, label)
    trust = _column(prediction.confidence, label, marked_labels)
    alarms = int((absent & is_found).sum())
    return ObjectScores(
        dice=_mean(dice[present]),
        iou=_mean(frame_iou(labels, truth, label)[present]),
        hd95=_mean(hd95(labels, truth, label, np.flatnonzero(present & is_found).tolist())),
        boundary_f=_mean(boundary_f(labels, truth, label, np.flatnonzero(present).tolist())),
        scored_frames=int(present.sum()),
        missed_frames=int((present & ~is_found).sum()),
        absent_frames=int(absent.sum()),
        false_alarm_frames=alarms,
        false_alarms=round(alarms / int(absent.sum()), DIGITS) if absent.any() else None,
        stability=stability(labels, truth, label, unmarked),
        rho=None if trust is None else rank_correlation(trust[unmarked], dice[unmarked]),
        frame_dice=_listed(dice, unmarked),
        frame_confidence=None if trust is None else _listed(trust, unmarked),
    )


def stability(labels: np.ndarray, truth: np.ndarray, label: int, unmarked: np.ndarray) -> float | None:
    """See `ObjectScores.stability`.

    Args:
        labels: (T, H, W) predicted.
        truth: (T, H, W).
        label: the object's value.
        unmarked: (T,) bool.
    """
    pairs = unmarked[:-1] & unmarked[1:]
    found = frame_dice(labels[:-1], labels[1:], label)
    true = frame_dice(truth[:-1], truth[1:], label)
    return _mean(np.abs(found - true)[pairs])


def rank_correlation(trust: np.ndarray, dice: np.ndarray) -> float | None:
    """Spearman's rho of two lists of equal length; None where one is constant or has fewer than three values."""
    rho = None if len(trust) < 3 else ranks.rank_correlation(trust, dice)
    return None if rho is None else round(rho, DIGITS)


def as_record(scores: ObjectScores) -> dict[str, Any]:
    """The scores as plain values for JSON."""
    return dict(vars(scores))


def _column(confidence: np.ndarray | None, label: int, marked_labels: Sequence[int]) -> np.ndarray | None:
    """An object's confidence (T,); None without one, or where no mark ever showed the object."""
    if confidence is None or label not in marked_labels:
        return None
    return np.asarray(confidence[:, list(marked_labels).index(label)], dtype=np.float64)


def _mean(values: Sequence[float] | np.ndarray) -> float | None:
    return round(float(np.mean(values)), DIGITS) if len(values) else None


def _listed(values: np.ndarray, chosen: np.ndarray) -> list[float | None]:
    return [round(float(value), DIGITS) if keep else None for value, keep in zip(values, chosen, strict=True)]
