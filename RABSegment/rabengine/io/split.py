"""Which labelled images are held out from training, to validate on; the same for training and for synthetic cines."""

from __future__ import annotations

import numpy as np

VALIDATION_SHARE = 0.1  # of each set
SPLIT_SEED = 0
FEWEST_HELD_OUT = 2


def split_images(count: int, validation_share: float, seed: int) -> tuple[list[int], list[int]]:
    """Numbers of the images to train on, and of those that are held out, both ascending.

    Args:
        count: images of the set.
        validation_share: of them to hold out.
        seed: of the choice.
    """
    order = np.random.default_rng(seed).permutation(count)
    held = max(FEWEST_HELD_OUT, round(validation_share * count))
    return sorted(order[held:].tolist()), sorted(order[:held].tolist())
