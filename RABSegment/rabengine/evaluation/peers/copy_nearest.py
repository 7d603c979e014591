"""Nearest mask copied: every frame gets the labels of the marked frame nearest in time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rabengine.evaluation.prediction import Prediction

from .chains import nearest_mark


def copy_nearest(frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
    """What leaving the frames alone is worth; `seed` changes nothing."""
    marked = sorted(marks)
    labels = np.empty(frames.shape[:3], np.uint8)
    for frame in range(len(frames)):
        labels[frame] = marks[nearest_mark(marked, frame)]
    return Prediction(labels, None)
