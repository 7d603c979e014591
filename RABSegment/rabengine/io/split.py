"""Which labelled images and videos are held out from training, to validate on; the same for synthetic cines."""

from __future__ import annotations

import numpy as np

VALIDATION_SHARE = 0.1  # of each set
SPLIT_SEED = 0
FEWEST_HELD_OUT = 2
FEWEST_TO_SPLIT = 3  # videos of one kind


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


def split_videos(count: int, validation_share: float, seed: int) -> tuple[list[int], list[int]]:
    """Numbers of the videos of one kind to train on, and of those that are held out whole, both ascending.

    Neighbouring frames are all but the same picture, so no video is on both sides. Of fewer than FEWEST_TO_SPLIT none
    is held out: little would be left to train on.
    """
    order = np.random.default_rng(seed).permutation(count)
    held = max(1, round(validation_share * count)) if count >= FEWEST_TO_SPLIT else 0
    return sorted(order[held:].tolist()), sorted(order[:held].tolist())
