"""Training-free matching on the ImageNet backbone: each place votes with its nearest neighbours in feature space.

As in Hu, Huang, Schwing: VideoMatch (ECCV 2018) and the evaluation of self-supervised features on videos (Caron et
al., DINO, ICCV 2021): cosine similarity to the marked frames and to the frames found last, the best few vote.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.evaluation.prediction import Prediction
from rabengine.network.backbone import Backbone

from .chains import Visit, carry
from .imagenet import imagenet_backbone
from .marked_cine import MarkedCine

RECENT = 4  # frames found last that vote beside the marked ones
SUPPORTS = 4  # marked frames that vote, the nearest in time
NEIGHBOURS = 5  # votes of a place
SHARPNESS = 20.0  # of the votes, times cosine
REACH_RECENT = 0.08  # how far things move between frames, as a share of the longer side
REACH_MARKED = 0.25  # and how far they move in all


class Keys(NamedTuple):
    """A frame's descriptors (K, n) of unit length, n places, and its soft masks there (C, n)."""

    descriptors: Tensor
    votes: Tensor


def feature_matching(frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
    """Frame by frame away from the marks, both directions blended by distance; `seed` changes nothing."""
    cine = MarkedCine(frames, marks)
    with torch.inference_mode():
        matcher = _Matcher(cine)
        soft = carry(cine.marked, len(cine), lambda start: deque(maxlen=RECENT), matcher.step)
    return cine.prediction(soft.__getitem__)


class _Matcher:
    def __init__(self, cine: MarkedCine) -> None:
        self.cine = cine
        backbone = imagenet_backbone()
        self.maps = [descriptors(backbone, cine.picture(frame)) for frame in range(len(cine))]
        self.grid = (int(self.maps[0].shape[-2]), int(self.maps[0].shape[-1]))
        self.marked = {frame: self._keys(frame, cine.soft(frame)) for frame in cine.marked}
        self.near = {reach: nearness(self.grid, reach) for reach in (REACH_RECENT, REACH_MARKED)}

    def step(self, visit: Visit, recent: deque[Keys]) -> tuple[deque[Keys], Tensor]:
        nearest = sorted(self.cine.marked, key=lambda mark: abs(mark - visit.frame))[:SUPPORTS]
        memory = [(self.marked[mark], self.near[REACH_MARKED]) for mark in nearest]
        memory += [(keys, self.near[REACH_RECENT]) for keys in recent]
        votes = vote(self.maps[visit.frame].float().flatten(1), memory).view(-1, *self.grid)
        recent.append(Keys(self.maps[visit.frame].float().flatten(1), votes.flatten(1)))
        return recent, votes

    def _keys(self, frame: int, soft: Tensor) -> Keys:
        return Keys(self.maps[frame].float().flatten(1), F.adaptive_avg_pool2d(soft, self.grid).flatten(1))


def descriptors(backbone: Backbone, picture: Tensor) -> Tensor:
    """(3, h, w) in [0, 1] to (K, h/8, w/8) of unit length: what strides 8 and 16 see there, half each."""
    levels = backbone(backbone.normalise(picture[None]))
    middle, coarse = levels[1], levels[2]
    coarse = F.interpolate(coarse, size=middle.shape[-2:], mode="bilinear", align_corners=False)
    both = [F.normalize(level - level.mean(dim=(2, 3), keepdim=True), dim=1) for level in (middle, coarse)]
    return F.normalize(torch.cat(both, dim=1), dim=1)[0].half()


def nearness(grid: tuple[int, int], reach: float) -> Tensor:
    """(n, n) logarithm of a Gaussian of the distance between two places."""
    rows, columns = torch.meshgrid(torch.arange(grid[0]), torch.arange(grid[1]), indexing="ij")
    places = torch.stack([rows.flatten(), columns.flatten()], dim=1).float()
    return -0.5 * (torch.cdist(places, places) / (reach * max(grid))) ** 2


def vote(query: Tensor, memory: list[tuple[Keys, Tensor]]) -> Tensor:
    """Votes (C, n) of the best matches of each of n places over all remembered frames.

    Args:
        query: (K, n) descriptors.
        memory: keys and the (n, n) logarithm of how near each place is.
    """
    scores = torch.cat([SHARPNESS * (query.T @ keys.descriptors) + near for keys, near in memory], dim=1)
    votes = torch.cat([keys.votes for keys, _ in memory], dim=1)
    best, where = scores.topk(min(NEIGHBOURS, scores.shape[1]), dim=1)
    weights = torch.softmax(best, dim=1)
    return (votes[:, where] * weights).sum(dim=2)
