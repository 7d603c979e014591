"""The three losses of the paper's phase 2; hats (here `relearned`) mark the relearning model."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def temporal_consistency(features: Tensor) -> Tensor:
    """`L_t = 1 - 1/|B| * sum_{t=1}^{|B|-1} cos(f_t, f_{t+1})`.

    The cosine is taken over the channels at each location and averaged over locations, for the paper compares maps and
    gives no flattening. As printed the sum has |B| - 1 terms, so the least value is 1/|B|, not 0.

    Args:
        features: (B, C, h, w) of B consecutive frames, after the temporal attention unit.
    """
    cosine = F.cosine_similarity(features[:-1], features[1:], dim=1).mean(dim=(1, 2))
    return 1.0 - cosine.sum() / features.shape[0]


def feature_consistency(relearned: Tensor, original: Tensor) -> Tensor:
    """`L_f = 1/(|B| D) * sum_t sum_{j=1}^{N} (z^_{t,j} - z_{t,j})^2`, fusion features of D numbers a frame.

    Args:
        relearned: (B, C, h, w) of the relearning model.
        original: the same of the image model.
    """
    frames, size = relearned.shape[0], relearned[0].numel()
    return (relearned - original).square().sum() / (frames * size)


def prediction_consistency(relearned: Tensor, original: Tensor) -> Tensor:
    """`L_p = 1/|B| * sum_t (y^_t - y_t)^2`, the square averaged over a frame's locations.

    Args:
        relearned: (B, 1, h, w) soft masks of the relearning model.
        original: the same of the image model.
    """
    squared = (relearned - original).square()
    return squared.mean(dim=(1, 2, 3)).sum() / relearned.shape[0]
