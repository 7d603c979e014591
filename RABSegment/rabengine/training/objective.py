"""What one training step minimises."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..network.features import Features
from ..network.image_model import ImageModel, Neighbour
from ..network.losses import mask_loss
from .episodes import EpisodeBatch

ENCODED_AT_ONCE = 12  # frames; more at once fall out of a CPU's cache and take longer


def _contiguous(frames: Tensor) -> Tensor:
    return frames.contiguous(memory_format=torch.channels_last)


class EpisodeObjective(nn.Module):
    """Runs the image model on a batch of episodes; a module, so that DistributedDataParallel can wrap it."""

    def __init__(self, model: ImageModel, train_backbone: bool) -> None:
        super().__init__()
        self.model = model
        self.train_backbone = train_backbone
        model.backbone.requires_grad_(train_backbone)

    def forward(self, batch: EpisodeBatch, rollout: bool) -> Tensor:
        """The loss of a batch; with `rollout` the neighbour's mask is the model's own prediction, not a bent truth."""
        return mask_loss(self.predict(batch, rollout), batch.query_mask)

    def predict(self, batch: EpisodeBatch, rollout: bool) -> Tensor:
        """Logits (B, 2, H/4, W/4) of the queries."""
        supports, objects, query, beside = self._encode(batch)
        memory = self.model.remember(supports, objects, batch.support_mask)
        beside_keys = self.model.key_projection(beside)
        belief = batch.neighbour_mask
        if rollout:
            with torch.no_grad():
                priors = self.model.priors(beside_keys, memory, None) * batch.has_priors
                belief = torch.softmax(self.model(beside, memory, priors).float(), dim=1)[:, 1:]
        neighbour = Neighbour(beside_keys, belief, batch.has_neighbour)
        priors = self.model.priors(self.model.key_projection(query), memory, neighbour)
        return self.model(query, memory, priors * batch.has_priors)

    def _encode(self, batch: EpisodeBatch) -> tuple[Features, Features, Features, Features]:
        supports = batch.support.flatten(0, 1)
        objects = supports * batch.support_mask.flatten(0, 1)[:, None]
        frames = torch.cat([supports, objects, batch.query, batch.neighbour])
        with torch.set_grad_enabled(self.train_backbone and torch.is_grad_enabled()):
            parts = [self.model.encode(part) for part in _contiguous(frames).split(ENCODED_AT_ONCE)]
            maps = [torch.cat(level) for level in zip(*parts, strict=True)]
        count, batch_size = len(supports), len(batch.query)
        split = [level.split((count, count, batch_size, batch_size)) for level in maps]
        supports_, objects_, query, beside = (Features(*(level[i] for level in split)) for i in range(4))
        return supports_, objects_, query, beside
