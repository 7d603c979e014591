"""How sure a peer is of itself."""

from __future__ import annotations

import numpy as np
from torch import Tensor


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
