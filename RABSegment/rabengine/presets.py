"""The presets, and the one table of every choice they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from .errors import InputError


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
        marks_weight: of the supervised loss on augmented marked frames (beyond the paper).
        temporal_attention: put the temporal attention unit between fusion and head.
        train_backbone: let the backbone relearn too, as the paper does; else its features are computed once.
        confident_teacher: weight L_p by the teacher's certainty (beyond the paper).
        blend: share of the relearned model in the result; the rest is the image model's (beyond the paper).
        copies: augmented copies of the marked frames to practise on.
        believed_copies: half of them are of unmarked frames that can be trusted.
    """

    steps: int
    warm_steps: int
    window: int = 4
    learning_rate: float = 3e-4
    temporal_weight: float = 1.0
    feature_weight: float = 1.0
    prediction_weight: float = 1.0
    marks_weight: float = 0.0
    temporal_attention: bool = True
    train_backbone: bool = False
    confident_teacher: bool = False
    blend: float = 1.0
    copies: int = 24
    believed_copies: bool = True

    @property
    def has_losses(self) -> bool:
        """Whether any loss is on; without one there is nothing to relearn from."""
        weights = (self.temporal_weight, self.feature_weight, self.prediction_weight, self.marks_weight)
        return any(weight > 0 for weight in weights)


@dataclass(frozen=True)
class Preset:
    """Every choice of a request.

    Attributes:
        name: of the preset it started from.
        size: longer side of what the network sees, in pixels, a multiple of 16.
        priors: matching with object and background, beyond the paper's pseudo mask.
        neighbour: propagate frame by frame with the neighbour's soft mask as location prior.
        crop: look again at a window round the object when it is small.
        flips: average over the mirrored frame too.
        supports: at most so many marked frames serve a query, the nearest in time.
        rounds: propagations after the first one, each with more confident frames among the supports.
        lets_go: leave a segment unpainted on frames where far less speaks for it than on others.
        relearning: phase 2, None for none.
    """

    name: str
    size: int = 192
    priors: bool = True
    neighbour: bool = True
    crop: bool = True
    flips: bool = False
    supports: int = 5
    rounds: int = 2
    lets_go: bool = True
    relearning: Relearning | None = field(default=None)


PAPER_RELEARNING = Relearning(steps=30, warm_steps=15, learning_rate=1e-4, train_backbone=True)
MARKS_RELEARNING = Relearning(
    steps=80, warm_steps=30, marks_weight=1.0, temporal_attention=False, confident_teacher=True, blend=0.5
)

PUBLISHED = Preset("image", size=256, priors=False, neighbour=False, crop=False, rounds=0, lets_go=False)

PRESETS: dict[str, Preset] = {
    "image": PUBLISHED,
    "paper": replace(PUBLISHED, name="paper", relearning=PAPER_RELEARNING),
    "fast": Preset("fast"),
    "balanced": Preset("balanced", relearning=MARKS_RELEARNING),
    "accurate": Preset(
        "accurate",
        size=224,
        flips=True,
        relearning=replace(MARKS_RELEARNING, steps=120, warm_steps=40, copies=48),
    ),
}


def get_preset(name: str, overrides: Mapping[str, object] | None = None) -> Preset:
    """A preset with some of its choices changed (the ablations need this).

    Args:
        name: key of PRESETS.
        overrides: names of `Preset` or `Relearning` attributes with new values, such as {"temporal_weight": 0.0}.

    Raises:
        InputError: no such preset or choice.
    """
    if name not in PRESETS:
        raise InputError(f"There is no preset {name!r}.", f"Take one of {', '.join(PRESETS)}.")
    preset = PRESETS[name]
    outer = {f.name for f in fields(Preset)}
    inner = {f.name for f in fields(Relearning)}
    for key, value in (overrides or {}).items():
        if key in outer:
            preset = replace(preset, **{key: value})  # type: ignore[arg-type]
        elif key in inner and preset.relearning is not None:
            preset = replace(preset, relearning=replace(preset.relearning, **{key: value}))  # type: ignore[arg-type]
        else:
            raise InputError(f"The preset {name} has no choice {key!r}.", "See rabengine.presets.")
    if preset.relearning is not None and not preset.relearning.has_losses:
        return replace(preset, relearning=None)
    return preset
