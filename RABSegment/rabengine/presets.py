"""The presets, and the one table of every choice they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from .errors import InputError
from .registry import Registry
from .values import brief

DEFAULT = "balanced"


@dataclass(frozen=True)
class Relearning:
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

    steps: int = 30
    warm_steps: int = 15
    window: int = 4
    learning_rate: float = 1e-4
    temporal_weight: float = 0.1
    feature_weight: float = 1.0
    prediction_weight: float = 1.0
    temporal_attention: bool = True
    train_backbone: bool = False
    blend: float = 0.5

    @property
    def has_losses(self) -> bool:
        """Whether any loss is on; without one there is nothing to relearn from."""
        return any(weight > 0 for weight in (self.temporal_weight, self.feature_weight, self.prediction_weight))


@dataclass(frozen=True)
class Appearance:
    """How a second model learns on the cine what its segments look like (beyond the paper).

    Attributes:
        lessons: how often it is taught, each time by what was predicted with its help the time before.
        appearance_steps: optimiser steps of a lesson.
        appearance_warm_steps: optimiser steps of a lesson after a correction.
        appearance_share: of this model in each frame's mask; the rest is the image model's.
        trusted_frames: at most so many unmarked frames teach it too.
    """

    lessons: int = 3
    appearance_steps: int = 80
    appearance_warm_steps: int = 30
    appearance_share: float = 0.5
    trusted_frames: int = 8


@dataclass(frozen=True)
class Preset:
    """Every choice of a request.

    Attributes:
        name: of the preset it started from.
        title: what a user gets, in a few words that follow the name: "balanced: learns from this cine".
        summary: the same in a sentence.
        size: longer side of what the network sees, in pixels, a multiple of 16.
        priors: matching with object and background, beyond the paper's pseudo mask.
        neighbour: propagate frame by frame with the neighbour's soft mask as location prior.
        crop: look again at a window round the object when it is small.
        supports: at most so many marked frames serve a query, the nearest in time.
        rounds: propagations after the first one, each with more confident frames among the supports.
        lets_go: leave a segment unpainted on frames where far less speaks for it than on others.
        appearance: learn what the segments look like, None for not.
        relearning: phase 2 of the paper, None for none.
    """

    name: str
    title: str
    summary: str = ""
    size: int = 192
    priors: bool = True
    neighbour: bool = True
    crop: bool = True
    supports: int = 5
    rounds: int = 2
    lets_go: bool = True
    appearance: Appearance | None = None
    relearning: Relearning | None = None

    @property
    def is_seeded(self) -> bool:
        """Whether another seed may give another result."""
        return self.appearance is not None or self.relearning is not None


# The type of each choice that can be changed, as the default values have it.
KINDS: dict[str, type] = {
    choice.name: type(choice.default)
    for owner in (Preset, Relearning, Appearance)
    for choice in fields(owner)
    if isinstance(choice.default, bool | int | float)
}
_MANY = 1_000_000
RANGES: dict[str, tuple[float, float]] = {
    "size": (32, 2048),
    "supports": (1, 1000),
    "rounds": (0, 100),
    "lessons": (0, 100),
    "appearance_steps": (0, _MANY),
    "appearance_warm_steps": (0, _MANY),
    "appearance_share": (0, 1),
    "trusted_frames": (0, _MANY),
    "steps": (0, _MANY),
    "warm_steps": (0, _MANY),
    "window": (1, 1000),
    "learning_rate": (0, 1),
    "temporal_weight": (0, 1e6),
    "feature_weight": (0, 1e6),
    "prediction_weight": (0, 1e6),
    "blend": (0, 1),
}

PUBLISHED = Preset(
    "image",
    "image model alone",
    "The image model as published predicts each frame by itself; nothing is learned from the cine.",
    size=256,
    priors=False,
    neighbour=False,
    crop=False,
    rounds=0,
    lets_go=False,
)
FAST = Preset(
    "fast",
    "no learning",
    "Masks go from frame to frame, and frames that can be trusted serve as marks; nothing is learned from the cine.",
)

PRESETS: Registry[Preset] = Registry(
    "preset",
    "rabsegment.presets",
    {
        "image": PUBLISHED,
        "paper": replace(
            PUBLISHED,
            name="paper",
            title="relearns as published",
            summary="The image model relearns on the cine as published, and nothing else.",
            relearning=Relearning(train_backbone=True, blend=1.0),
        ),
        "fast": FAST,
        "balanced": replace(
            FAST,
            name="balanced",
            title="learns from this cine",
            summary="As fast, then a second network learns from the cine what its segments look like.",
            appearance=Appearance(),
        ),
        "accurate": replace(
            FAST,
            name="accurate",
            title="learns twice as long",
            summary="As balanced, with twice the steps.",
            appearance=Appearance(appearance_steps=160, appearance_warm_steps=60),
        ),
    },
    lambda found: isinstance(found, Preset),
)


def get_preset(name: str, overrides: Mapping[str, object] | None = None) -> Preset:
    """A preset with some of its choices changed (the ablations need this).

    Args:
        name: of one of PRESETS.
        overrides: names of attributes of `Preset`, `Relearning` or `Appearance` with new values, such as
            {"temporal_weight": 0.0}. One of `Relearning` adds phase 2 to a preset that has none.

    Raises:
        InputError: no such preset or choice.
    """
    preset = PRESETS.get(name)
    for key, value in (overrides or {}).items():
        preset = _changed(preset, key, value)
    if preset.relearning is not None and not preset.relearning.has_losses:
        return replace(preset, relearning=None)
    return preset


def _changed(preset: Preset, key: str, value: object) -> Preset:
    if key not in KINDS:
        raise InputError(f"The preset {preset.name} has no choice {brief(key)}.", f"Take some of {', '.join(KINDS)}.")
    value = _checked(key, value)
    if key in _names(Preset):
        return replace(preset, **{key: value})  # type: ignore[arg-type]
    if key in _names(Relearning):
        relearning = preset.relearning or Relearning()
        return replace(preset, relearning=replace(relearning, **{key: value}))  # type: ignore[arg-type]
    if key in _names(Appearance) and preset.appearance is not None:
        return replace(preset, appearance=replace(preset.appearance, **{key: value}))  # type: ignore[arg-type]
    raise InputError(f"The preset {preset.name} has no choice {key!r}.", "See rabengine.presets.")


def _checked(key: str, value: object) -> object:
    """A value of the type and in the range of its choice.

    Raises:
        InputError: it is not.
    """
    kind = KINDS[key]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = isinstance(value, bool) if kind is bool else is_number
    if kind is int:
        fits = fits and isinstance(value, int)
    if not fits:
        raise InputError(f"The choice {key} is {brief(value)}, which is no {kind.__name__}.", "Give one of that type.")
    if kind is bool:
        return value
    low, high = RANGES[key]
    if not low <= value <= high:  # type: ignore[operator]
        raise InputError(f"The choice {key} is {brief(value)}.", f"Give a number from {low:g} to {high:g}.")
    return kind(value)


def _names(choices: type[Preset] | type[Relearning] | type[Appearance]) -> set[str]:
    return {f.name for f in fields(choices)}
