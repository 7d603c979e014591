"""The pseudo mask: a coarse guess of where the object is (paper, phase 1, part 1)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

EPSILON = 1e-6


def pseudo_mask(query: Tensor, support: Tensor, inside: Tensor) -> Tensor:
    """`p = cos(F(q), F(s * m))`, min-max normalised to [0, 1] over the query's locations.

    The paper does not say how one number per query location comes from a map of support locations. Here it is the
    best match among the locations of the object over all supports, as in PFENet's prior (Tian et al., 2020).

    Args:
        query: (B, C, h, w), F(q).
        support: (B, S, C, h, w), F(s * m).
        inside: (B, S, h, w), true where a location holds some of the object.

    Returns:
        (B, 1, h, w) in [0, 1]; all zeros for an episode whose supports hold no object.
    """
    batch, _, height, width = query.shape
    unit_query = F.normalize(query.flatten(2), dim=1)
    unit_support = F.normalize(support.transpose(1, 2).flatten(2), dim=1)
    cosine = torch.einsum("bcq,bcs->bqs", unit_query, unit_support)
    cosine = cosine.masked_fill(~inside.flatten(1)[:, None, :], -1.0)
    best = cosine.amax(dim=2)
    low, high = best.amin(dim=1, keepdim=True), best.amax(dim=1, keepdim=True)
    return ((best - low) / (high - low + EPSILON)).view(batch, 1, height, width)
