"""What can be chosen of the paper's relearning; a file of its own, for presets are read where PyTorch is missing."""

from __future__ import annotations

from dataclasses import dataclass

from rabengine.choices import choice


@dataclass(frozen=True)
class RelearningChoices:
    """How the model relearns on the cine (phase 2). A weight of 0 switches a loss off.

    Attributes:
        steps: optimiser steps from the image model; a warm run takes `warm_steps`.
        warm_steps: optimiser steps from an earlier relearned model after a correction.
        window: consecutive frames in a step; the T of the temporal attention unit.
        learning_rate: of Adam.
        temporal_weight: lambda 1, of L_t.
        feature_weight: lambda 2, of L_f.
        prediction_weight: lambda 3, of L_p.
        temporal_attention: put the temporal attention unit between fusion and head.
        train_backbone: let the backbone relearn too, as the paper does; else its features are computed once.
        blend: share of the relearned model in the result; the rest is what was there before (beyond the paper).
    """

    steps: int = choice(30, 0, 1_000_000)
    warm_steps: int = choice(15, 0, 1_000_000)
    window: int = choice(4, 1, 1000)
    learning_rate: float = choice(1e-4, 0, 1)
    temporal_weight: float = choice(0.1, 0, 1e6)
    feature_weight: float = choice(1.0, 0, 1e6)
    prediction_weight: float = choice(1.0, 0, 1e6)
    temporal_attention: bool = choice(True)
    train_backbone: bool = choice(False)
    blend: float = choice(0.5, 0, 1)

    @property
    def has_losses(self) -> bool:
        """Whether any loss is on; without one there is nothing to relearn from."""
        return any(weight > 0 for weight in (self.temporal_weight, self.feature_weight, self.prediction_weight))
