"""Scores on held-out images and videos: Dice and IoU of fixed episodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.io.image_sets import ImageSet
from rabengine.io.video_sets import VideoSet

from .episodes import EpisodeBatch, EpisodeDataset
from .objective import EpisodeObjective
from .options import TrainingOptions
from .sources import TrainingSources

BATCHES = 6
KIND_BATCHES = 2  # of each kind of picture or video
INPUTS = ("paper", "beyond")


@dataclass(frozen=True)
class _Figure:
    """Episodes that make one figure, or two.

    Attributes:
        batches: of them. near: whether their frames have neighbours. inputs: of INPUTS, a figure for each.
    """

    batches: list[EpisodeBatch]
    near: bool
    inputs: tuple[str, ...] = INPUTS


class Validation:
    """Fixed episodes of held-out pictures and videos.

    Six figures: pairs of different pictures (the paper's episodes), warped copies and synthetic cines, each with the
    paper's inputs alone and with the priors beyond it (for the last two also a neighbour whose mask the model predicts
    itself). Two more of the cines that show a recipe, where training has them. And where there are several kinds of
    picture or video, the priors' figure of each: on synthetic cines of the pictures, on the videos themselves; what the
    run leaves out altogether is in these alone.
    """

    def __init__(self, sources: TrainingSources, options: TrainingOptions) -> None:
        self._options = replace(
            options, region_share=0.0, synthetic_share=0.0, recipe_share=0.0, shares=(), seed=options.seed + 1
        )
        self.figures: dict[str, _Figure] = {}
        for name, pairs, clips in (("pairs", 1.0, 0.0), ("copies", 0.0, 0.0), ("clips", 0.0, 1.0)):
            batches = self._batches(BATCHES, sources.images, pair_share=pairs, clip_share=clips)
            self.figures[name] = _Figure(batches, near=name != "pairs")
        if options.recipe_share:
            batches = self._batches(BATCHES, sources.images, pair_share=0.0, clip_share=1.0, recipe_share=1.0)
            self.figures["recipes"] = _Figure(batches, near=True)
        if len(sources.names) > 1:
            self._add_kinds(sources)

    def _add_kinds(self, sources: TrainingSources) -> None:
        for images in (*sources.images, *sources.images_left_out):
            batches = self._batches(KIND_BATCHES, [images], pair_share=0.0, clip_share=1.0)
            self.figures[f"clips {images.name}"] = _Figure(batches, near=True, inputs=("beyond",))
        for videos in (*sources.videos, *sources.videos_left_out):
            if videos.validation:
                batches = self._batches(KIND_BATCHES, [], [videos], video_share=1.0)
                self.figures[f"video {videos.name}"] = _Figure(batches, near=True, inputs=("beyond",))

    def _batches(
        self, count: int, images: Sequence[ImageSet], videos: Sequence[VideoSet] = (), **changes: float
    ) -> list[EpisodeBatch]:
        fixed = replace(self._options, **changes)  # type: ignore[arg-type]
        episodes = EpisodeDataset(images, fixed, validation=True, videos=videos)
        return [episodes[number] for number in range(count)]

    @torch.no_grad()
    def scores(self, objective: EpisodeObjective, device: torch.device) -> dict[str, dict[str, float]]:
        """{"pairs paper": {"dice": ..., "iou": ...}, ...}; episodes without the object in the query are left out."""
        result = {}
        for name, figure in self.figures.items():
            for inputs in figure.inputs:
                pairs = [self._score(objective, batch.to(device), inputs, figure.near) for batch in figure.batches]
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
