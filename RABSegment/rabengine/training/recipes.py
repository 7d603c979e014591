"""What synthetic cines show on purpose, so that each hardship of real ones is met often enough."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator

from rabengine.augmentation import chance
from rabengine.synthetic.settings import ClipSettings

from .chain_changes import ChainChange
from .views import pick


@dataclass(frozen=True)
class Recipe:
    """One hardship.

    Attributes:
        name: of it. weight: how often it is drawn, against the others.
        settings: of the clip; None for those of any clip.
        change: what happens to the chain's frames besides; None for nothing.
    """

    name: str
    weight: float
    settings: ClipSettings | None = None
    change: ChainChange | None = None


RECIPES = (
    # Slow, so that many a support and many a query shows a part of the object.
    Recipe("section", 5, ClipSettings(vanish=1.0, vanish_gradual=1.0, section=1.0, vanish_slope=(0.3, 0.6))),
    Recipe("elsewhere", 3, ClipSettings(vanish=1.0, vanish_gradual=0.8, elsewhere=1.0)),
    Recipe("strand", 4, ClipSettings(strand=1.0, vanish=0.0)),
    # Often without the object, when only the look-alike is left.
    Recipe("look-alike", 4, ClipSettings(look_alike=1.0, vanish=0.25, leave=0.25, away=(0.2, 0.5))),
    Recipe("cut", 2, change=ChainChange.CUT),
    Recipe("interruption", 1, change=ChainChange.INTERRUPTION),
    Recipe("freeze", 1, change=ChainChange.FREEZE),
)


def draw_recipe(share: float, generator: Generator) -> Recipe | None:
    """A recipe for this share of clips; nothing is drawn when it is 0, so that old runs can be repeated."""
    if share == 0 or not chance(generator, share):
        return None
    return pick(RECIPES, generator, torch.tensor([recipe.weight for recipe in RECIPES], dtype=torch.float32))
