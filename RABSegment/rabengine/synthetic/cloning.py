"""Put one part of a still into another without a seam."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .splines import box_blur

MOST_BEYOND = 0.05  # share of the place that may come out blacker than black or whiter than white
SLIGHT = 0.03  # of brightness; nobody sees less
SEAM_STEP = 4  # pixels; the seam is evened out at this resolution, so that speckle on it draws no streaks


def clone(onto: Tensor, patch: Tensor, place: Tensor) -> Tensor | None:
    """A picture with a patch in a place of it; None if it would come out too dark or too bright there.

    The patch, plus the difference of the two along the border, continued smoothly inwards: what gradient-domain cloning
    does (Perez et al. 2003), by a pyramid instead of an equation.

    Args:
        onto: (C, H, W) in [0, 1]. patch: (C, H, W), seen where `place` is. place: (H, W) in [0, 1].
    """
    # Only what lies right beside the place: further away the two pictures have nothing to do with each other.
    known = ((place < 0.05) & (grown(place) > 0.05)).float()
    seam = _continued((onto - patch) * known, known)
    filling = patch + seam
    beyond = (filling - filling.clamp(0, 1)).abs().amax(dim=0) > SLIGHT
    if float((beyond * place).sum() / place.sum().clamp(min=1e-6)) > MOST_BEYOND:
        return None
    return torch.lerp(onto, filling.clamp(0, 1), place)


def grown(mask: Tensor) -> Tensor:
    """(H, W) in [0, 1]: the mask, and its border with what shines on it, softly."""
    reach = 2 * round(0.018 * min(mask.shape)) + 1
    wide = mask[None, None]
    for side in ((reach, 0), (0, reach)):  # along one side, then the other: a square in a fraction of the time
        wide = F.max_pool2d(wide, (2 * side[0] + 1, 2 * side[1] + 1), 1, side)
    return box_blur(wide, (reach, reach))[0, 0]


def mapped(grid: Tensor, centre: Tensor, matrix: Tensor) -> Tensor:
    """Positions (..., h, w, 2) under affine maps (..., 2, 3) about a centre."""
    turned = torch.einsum("hwc,...dc->...hwd", grid - centre, matrix[..., :2])
    return turned + (centre + matrix[..., 2])[..., None, None, :]


def mean_over(values: Tensor, weights: Tensor) -> Tensor:
    """(N,) weighted means of (N, h, w); the weights are (h, w), or (N, h, w)."""
    return (values * weights).sum(dim=(-2, -1)) / weights.sum(dim=(-2, -1)).clamp(min=1e-6)


def _continued(values: Tensor, known: Tensor) -> Tensor:
    """Continue (C, H, W) `values` smoothly to where `known` (H, W) is 0; they are 0 there."""
    stacked = F.avg_pool2d(torch.cat([values, known[None]])[None], SEAM_STEP, ceil_mode=True)
    return F.interpolate(_pull(stacked), size=known.shape, mode="bilinear", align_corners=False)[0, :-1]


def _pull(stacked: Tensor) -> Tensor:
    """Fill what is unknown from the next coarser level; the last channel says which share is known."""
    share = stacked[:, -1:]
    if min(stacked.shape[-2:]) <= 2:
        return (stacked.mean(dim=(2, 3), keepdim=True) / share.mean().clamp(min=1e-6)).expand_as(stacked)
    coarse = _pull(F.avg_pool2d(stacked, 2, ceil_mode=True))
    from_below = F.interpolate(coarse, size=stacked.shape[-2:], mode="bilinear", align_corners=False)
    return stacked + (1 - share) * from_below
