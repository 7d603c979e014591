"""What one training step minimises."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rabengine.device import arranged
from rabengine.network.features import Features
from rabengine.network.image_model import ImageModel, Neighbour, ObjectMemory
from rabengine.network.losses import mask_loss

from .episode_motion import ChainMotion, chain_motion
from .episodes import EpisodeBatch

ENCODED_AT_ONCE = 12  # frames; more at once fall out of a CPU's cache and take longer


class EpisodeObjective(nn.Module):
    """Runs the image model on a batch of episodes; a module, so that DistributedDataParallel can wrap it."""

    def __init__(self, model: ImageModel, train_backbone: bool) -> None:
        super().__init__()
        self.model = model
        self.train_backbone = train_backbone
        model.backbone.requires_grad_(train_backbone)
        model.beginning.requires_grad_(False)  # is learned in lessons

    def forward(self, batch: EpisodeBatch, rollout: bool) -> Tensor:
        """The loss of a batch; with `rollout` the chain starts from the model's own prediction, not a bent truth."""
        return mask_loss(self.predict(batch, rollout), batch.query_mask)

    def predict(self, batch: EpisodeBatch, rollout: bool) -> Tensor:
        """Logits (B, 2, H/4, W/4) of the queries.

        The chain is walked as a propagation walks a cine, on the model's own predictions, so that it learns to bear
        and to mend its errors. Only the last frame's prediction is differentiated.
        """
        supports, objects, chain = self._encode(batch)
        memory = self.model.remember(supports, objects, batch.support_mask)
        prior_mask = batch.prior_mask
        motion = chain_motion(batch.chain)
        with torch.no_grad():
            if rollout:
                priors = self.model.priors(self.model.key_projection(chain[0]), memory, None) * batch.has_priors
                prior_mask = torch.softmax(self.model(chain[0], memory, priors).float(), dim=1)[:, 1:]
            for place in range(1, len(chain) - 1):
                logits = self._step(batch, memory, chain[place - 1 : place + 1], prior_mask, motion[place - 1])
                prior_mask = torch.softmax(logits.float(), dim=1)[:, 1:]
        return self._step(batch, memory, chain[-2:], prior_mask, motion[-1])

    def _step(
        self,
        batch: EpisodeBatch,
        memory: ObjectMemory,
        frames: list[Features],
        prior_mask: Tensor,
        motion: ChainMotion,
    ) -> Tensor:
        """Logits of a frame, given the frame before it, the prediction there and the motion between them."""
        before, frame = frames
        moved = motion.carried(prior_mask) * batch.has_motion
        neighbour = Neighbour(self.model.key_projection(before), prior_mask, batch.has_neighbour, moved)
        priors = self.model.priors(self.model.key_projection(frame), memory, neighbour)
        return self.model(frame, memory, priors * batch.has_priors)

    def _encode(self, batch: EpisodeBatch) -> tuple[Features, Features, list[Features]]:
        """Maps of the supports, of the supports' objects alone, and of each frame of the chain."""
        supports = batch.support.flatten(0, 1)
        objects = supports * batch.support_mask.flatten(0, 1)[:, None]
        frames = torch.cat([supports, objects, *batch.chain.unbind(dim=1)])
        with torch.set_grad_enabled(self.train_backbone and torch.is_grad_enabled()):
            parts = [self.model.encode(part) for part in arranged(frames).split(ENCODED_AT_ONCE)]
            maps = [torch.cat(level) for level in zip(*parts, strict=True)]
        batch_size, length = batch.chain.shape[:2]
        sizes = (len(supports), len(supports), *(batch_size,) * length)
        split = [level.split(sizes) for level in maps]
        groups = [Features(*(level[i] for level in split)) for i in range(len(sizes))]
        return groups[0], groups[1], groups[2:]
