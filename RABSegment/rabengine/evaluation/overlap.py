"""Dice and IoU of one object, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


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
