"""Whether a segment is on a frame at all; one that is not is better left unpainted."""

from __future__ import annotations

import torch
from torch import Tensor

from .confidence import HELD, expected_dice
from .propagation import MARK_MARGIN, SoftMasks

OUTLIER = 3.0  # deviations below the cine's median
LEAST_DEVIATION = 0.05
TO_STANDARD = 1.4826  # from the median absolute deviation to the standard deviation of a normal distribution


def evidence(masks: SoftMasks, scores: Tensor) -> Tensor:
    """How much speaks for what is painted, (T, K) in [0, 1]; nan where nothing is.

    A mask of something else is unsure of itself, and does not tell the marks back.

    Args:
        masks: what is believed.
        scores: (T, K) of `recollection.Recollection`, nan where nothing is predicted.
    """
    return torch.cat([expected_dice(chunk) for chunk in masks.margins.split(HELD)]) * scores


def without_doubtful(masks: SoftMasks, scores: Tensor) -> SoftMasks:
    """The masks without those for which far less speaks than for the others of the cine.

    How much speaks for a right mask differs from cine to cine, so that no fixed threshold serves: a frame is judged by
    its distance from the median of its segment, in median absolute deviations.
    """
    found = evidence(masks, scores)
    median = found.nanmedian(dim=0, keepdim=True).values
    deviation = TO_STANDARD * (found - median).abs().nanmedian(dim=0, keepdim=True).values + LEAST_DEVIATION
    doubtful = found < median - OUTLIER * deviation  # never where nothing is painted: nan is not less
    margins = masks.margins.clone()
    margins[doubtful] = -MARK_MARGIN
    return SoftMasks(margins, masks.agreement)
