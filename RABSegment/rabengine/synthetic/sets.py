"""Sets of synthetic cines: what can be asked for, and the recipes that take turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from rabengine.io.split import SPLIT_SEED, VALIDATION_SHARE

from .settings import ClipSettings

VALIDATION, TRAINING = SPLITS = ("validation", "training")
BOTH, STILLS, SHAPES = KINDS = ("both", "stills", "shapes")


@dataclass(frozen=True)
class SetOptions:
    """A set of cines to make.

    Attributes:
        images: image sets, or folders of them.
        output: folder to write.
        count: cines.
        frames: of each.
        size: side in pixels.
        seed: of all that is drawn, except the split.
        kind: one of KINDS: labelled stills, shapes without anatomy, or both; shapes count as one set more.
        split: one of SPLITS: stills that training held out, or those it saw.
        validation_share, split_seed: of training's split.
    """

    images: tuple[Path, ...]
    output: Path
    count: int = 12
    frames: int = 40
    size: int = 256
    seed: int = 0
    kind: str = BOTH
    split: str = VALIDATION
    validation_share: float = VALIDATION_SHARE
    split_seed: int = SPLIT_SEED


@dataclass(frozen=True)
class Recipe:
    """One kind of cine.

    Attributes:
        name: what it must show, one of `ClipPlan.happenings`.
        settings: of its clips; besides the main thing, the ordinary ones happen by chance.
        zoom: shorter side of the still to that of the view, least and most.
        loses_object: the object must be out of sight for a while.
    """

    name: str
    settings: ClipSettings
    zoom: tuple[float, float] = (0.75, 1.0)
    loses_object: bool = False


_ORDINARY = ClipSettings(jump=0.0, leave=0.0, vanish=0.0, shadow=0.1)
RECIPES = (
    Recipe("beating", replace(_ORDINARY, beat=1.0, beat_contraction=(0.2, 0.8))),
    Recipe("sliding", replace(_ORDINARY, slide=1.0, slide_shift=(0.03, 0.07))),
    Recipe("rocking", replace(_ORDINARY, rock=1.0, rock_turn=(5.0, 14.0), rock_shift=(0.05, 0.12))),
    Recipe("jumps", replace(_ORDINARY, jump=1.0)),
    Recipe("absence", replace(_ORDINARY, vanish=1.0, away=(0.15, 0.35)), loses_object=True),
    # From nearby, so that the view has somewhere to go.
    Recipe("leaving", replace(_ORDINARY, leave=1.0, away=(0.15, 0.35)), zoom=(0.45, 0.7), loses_object=True),
    Recipe("shadow", replace(_ORDINARY, shadow=1.0, shadow_depth=(0.5, 0.9))),
)
