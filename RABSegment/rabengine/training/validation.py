"""Scores on held-out images: Dice and IoU of fixed episodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.io.image_sets import ImageSet

from .episodes import EpisodeBatch, EpisodeDataset
from .objective import EpisodeObjective
from .options import TrainingOptions

BATCHES = 6


class Validation:
    """Fixed episodes of held-out images.

    Six figures: pairs of different pictures (the paper's episodes), warped copies and synthetic cines, each with the
    paper's inputs alone and with the priors beyond it (for the last two also a neighbour whose mask the model predicts
    itself).
    """

    def __init__(self, sets: Sequence[ImageSet], options: TrainingOptions) -> None:
        self.batches: dict[str, list[EpisodeBatch]] = {}
        for name, share, clips in (("pairs", 1.0, 0.0), ("copies", 0.0, 0.0), ("clips", 0.0, 1.0)):
            fixed = replace(
                options,
                pair_share=share,
                region_share=0.0,
                synthetic_share=0.0,
                clip_share=clips,
                seed=options.seed + 1,
            )
            episodes = EpisodeDataset(list(sets), fixed, validation=True)
            self.batches[name] = [episodes[number] for number in range(BATCHES)]

    @torch.no_grad()
    def scores(self, objective: EpisodeObjective, device: torch.device) -> dict[str, dict[str, float]]:
        """{"pairs paper": {"dice": ..., "iou": ...}, ...}; episodes without the object in the query are left out."""
        result = {}
        for name, batches in self.batches.items():
            for inputs in ("paper", "beyond"):
                pairs = [self._score(objective, batch.to(device), inputs, name != "pairs") for batch in batches]
                dice, iou = (torch.cat(values).mean().item() for values in zip(*pairs, strict=True))
                result[f"{name} {inputs}"] = {"dice": round(dice, 4), "iou": round(iou, 4)}
        return result

    @staticmethod
    def _score(objective: EpisodeObjective, batch: EpisodeBatch, inputs: str, near: bool) -> tuple[Tensor, Tensor]:
        beyond = torch.full_like(batch.has_priors, float(inputs == "beyond"))
        batch = replace(batch, has_priors=beyond, has_neighbour=beyond * float(near))
        logits = objective.predict(batch, rollout=True)
        return overlap_scores(logits, batch.query_mask)


def overlap_scores(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Dice and IoU of the episodes whose truth is not empty, at the truth's resolution."""
    full = F.interpolate(logits.float(), size=truth.shape[-2:], mode="bilinear", align_corners=False)
    predicted, actual = (full[:, 1:] > full[:, :1]).flatten(1), (truth > 0.5).flatten(1)
    both, either = (predicted & actual).sum(1).float(), (predicted | actual).sum(1).float()
    shown = actual.any(dim=1)
    dice = 2 * both / (both + either).clamp(min=1)
    return dice[shown], (both / either.clamp(min=1))[shown]
