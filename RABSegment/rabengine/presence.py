"""Whether a segment is on a frame at all; one that is not is better left unpainted."""

from __future__ import annotations

import torch
from torch import Tensor

from .propagation import MARK_MARGIN, SoftMasks

OUTLIER = 6.0  # deviations below the cine's median
LEAST_DEVIATION = 0.05
TO_STANDARD = 1.4826  # from the median absolute deviation to the standard deviation of a normal distribution


def without_doubtful(masks: SoftMasks, trust: Tensor) -> SoftMasks:
    """The masks without those that are trusted far less than the others of the cine.

    How far a right mask is trusted differs from cine to cine, so that no fixed threshold serves: a frame is judged by
    its distance from the median of its segment, in median absolute deviations.

    Args:
        masks: what is believed.
        trust: (T, K) of `confidence.confidence`.
    """
    painted = (masks.margins > 0).flatten(2).any(dim=2)
    found = torch.where(painted, trust, torch.full_like(trust, float("nan")))
    median = found.nanmedian(dim=0, keepdim=True).values
    deviation = TO_STANDARD * (found - median).abs().nanmedian(dim=0, keepdim=True).values + LEAST_DEVIATION
    doubtful = found < median - OUTLIER * deviation  # never where nothing is painted: nan is not less
    margins = masks.margins.clone()
    margins[doubtful] = -MARK_MARGIN
    return SoftMasks(margins, masks.agreement)
