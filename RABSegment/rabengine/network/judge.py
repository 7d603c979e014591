"""How good a predicted mask is, and whether its segment is on the frame at all: weighed by a small network.

It sees no picture, but figures that mean the same on any cine (`propagation.evidence` gathers them), so that it does
not stop at the kinds of cine it was trained on; descriptors of the backbone, tried beside them, did.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Figures in the order in which the network takes them.
EVIDENCE = (
    "confidence",
    "expected Dice",
    "expected Dice at first",
    "mutual agreement",
    "agreement",
    "steady",
    "steady at best",
    "neighbours alike",
    "likeness",
    "carried",
    "is painted",
    "area",
    "usual area",
    "marked area",
    "outline",
    "at the border",
    "sharpness",
    "sure inside",
    "brighter",
    "livelier",
    "gap",
    "log gap",
    "log gap to shown",
    "log marks",
)
MEMBERS = 5
WIDTH = 48
DROPPED = 0.2  # of what is between the layers, in training
FURTHEST = 4.0  # spreads from the mean; what is further says no more


class Judge(nn.Module):
    """An ensemble of small networks from evidence to the Dice of a mask and the presence of its segment.

    Args:
        members: how many networks; their probabilities are averaged.

    Attributes:
        mean, spread: (len(EVIDENCE),) of the figures on the cines of its training.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, members: int = MEMBERS) -> None:
        super().__init__()
        count = len(EVIDENCE)
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("spread", torch.ones(count))
        self.members = nn.ModuleList(
            nn.Sequential(
                nn.Linear(count, WIDTH),
                nn.SiLU(),
                nn.Dropout(DROPPED),
                nn.Linear(WIDTH, WIDTH),
                nn.SiLU(),
                nn.Dropout(DROPPED),
                nn.Linear(WIDTH, 2),
            )
            for _ in range(members)
        )

    def normalised(self, evidence: Tensor) -> Tensor:
        """(N, len(EVIDENCE)) figures in spreads from their mean."""
        return ((evidence - self.mean) / self.spread).clamp(-FURTHEST, FURTHEST)

    def forward(self, evidence: Tensor) -> Tensor:
        """(..., len(EVIDENCE)) to (..., 2) in [0, 1]: expected Dice, and probability that the segment is there."""
        seen = self.normalised(evidence)
        return torch.stack([torch.sigmoid(member(seen)) for member in self.members]).mean(dim=0)
