"""The presets: what each does, step by step, with all its choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from rabengine.session.step import STEPS, Step, is_step
from rabengine.session.steps.appearance import AppearanceLearning, EarlierAppearance
from rabengine.session.steps.check import Check
from rabengine.session.steps.judgement import Judgement
from rabengine.session.steps.propagation import FirstPropagation
from rabengine.session.steps.pseudo_labels import PseudoLabelling
from rabengine.session.steps.relearning import Relearning
from rabengine.session.steps.tracking import MotionTracking

from .choices import checked, choice, choices_of, kind_of
from .errors import InputError, brief
from .registry import Registry

DEFAULT = "balanced"
RECIPE = "recipe"  # a choice of every preset: its steps by their names
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Preset:
    """The steps from marks to labels, and the choices that concern all of them.

    Attributes:
        name: in lists and reports; one with other choices keeps it.
        title: what a user gets, in a few words that follow the name: "balanced: learns from this cine".
        summary: the same in a sentence.
        steps: what is done, in this order; each holds its own choices.
        size: longer side of what the network sees, in pixels, a multiple of 16.
        priors: matching with object and background, beyond the paper's pseudo mask.
        neighbour: propagate frame by frame with the neighbour's soft mask as location prior.
        supports: at most so many marked frames serve a query, the nearest in time.
        scenes: leave scenes unpainted that have nothing to do with the marked ones.
        copies: a frame that is a copy of another gets its mask, and one of a marked frame the mark.
        drops_doubtful: leave a segment unpainted on frames where far less speaks for it than on others.

    Raises:
        InputError: something among the steps is none.
    """

    name: str
    title: str
    summary: str = ""
    steps: tuple[Step, ...] = ()
    size: int = choice(192, 32, 2048)
    priors: bool = choice(True)
    neighbour: bool = choice(True)
    supports: int = choice(5, 1, 1000)
    scenes: bool = choice(True)
    copies: bool = choice(True)
    drops_doubtful: bool = choice(True)

    def __post_init__(self) -> None:
        for step in self.steps:
            if not is_step(step):
                raise InputError(f"The preset {self.name} has {brief(step)}, which is no step.", "See session.step.")
            if type(step).__hash__ is None:
                raise InputError(
                    f"The step {type(step).__name__} of the preset {self.name} can change.",
                    "Make it a frozen dataclass.",
                )

    @property
    def is_seeded(self) -> bool:
        """Whether another seed may give another result."""
        return any(getattr(step, "is_seeded", True) for step in self.steps)

    def step(self, kind: type[Kind]) -> Kind | None:
        """The first step of a class, None where there is none."""
        return next((step for step in self.steps if isinstance(step, kind)), None)


_PUBLISHED = Preset(
    "image",
    "image model alone",
    "The image model as published predicts each frame by itself; nothing is learned from the cine.",
    steps=(FirstPropagation(crop=False), Check()),
    size=256,
    priors=False,
    neighbour=False,
    scenes=False,
    copies=False,
    drops_doubtful=False,
)

PRESETS: Registry[Preset] = Registry(
    "preset",
    "rabsegment.presets",
    # In the order in which they are offered, the default first.
    {
        "balanced": Preset(
            "balanced",
            "learns from this cine",
            "As fast, then a second network learns from the cine what its segments look like.",
            steps=(
                MotionTracking(),
                EarlierAppearance(),
                FirstPropagation(),
                PseudoLabelling(rounds=2),
                AppearanceLearning(lessons=3, appearance_steps=25, appearance_warm_steps=10),
                Judgement(),
            ),
        ),
        "fast": Preset(
            "fast",
            "no learning",
            "Masks go from frame to frame, and frames that can be trusted serve as marks; nothing is learned.",
            steps=(MotionTracking(), FirstPropagation(), PseudoLabelling(rounds=2), Judgement()),
        ),
        "accurate": Preset(
            "accurate",
            "learns twice as long",
            "As balanced, with twice the steps.",
            steps=(
                MotionTracking(),
                EarlierAppearance(),
                FirstPropagation(),
                PseudoLabelling(rounds=2),
                AppearanceLearning(lessons=3, appearance_steps=50, appearance_warm_steps=20),
                Judgement(),
            ),
        ),
        "paper": replace(
            _PUBLISHED,
            name="paper",
            title="relearns as published",
            summary="The image model relearns on the cine as published, and nothing else.",
            steps=(FirstPropagation(crop=False), Relearning(train_backbone=True, blend=1.0), Check()),
        ),
        "image": _PUBLISHED,
    },
    lambda found: isinstance(found, Preset),
)


def get_preset(preset: str | Preset, overrides: Mapping[str, object] | None = None) -> Preset:
    """A preset with some of its choices changed (the ablations need this).

    Args:
        preset: one, or the name of one of PRESETS.
        overrides: {name of a choice of the preset or of its steps: new value}, such as {"temporal_weight": 0.0}. One
            of `PseudoLabelling` or `Relearning` adds that step to a preset without it. "recipe" names the steps
            themselves: {"recipe": "propagation,check"}, in names of `STEPS`.

    Raises:
        InputError: no such preset, choice or step.
    """
    chosen = preset if isinstance(preset, Preset) else PRESETS.get(preset)
    for key, value in (overrides or {}).items():
        chosen = _with_steps(chosen, value) if key == RECIPE else _with_choice(chosen, key, value)
    return chosen


def choice_kinds() -> dict[str, type]:
    """The type of each choice that a preset or a step has, ours and those of other packages."""
    owners = (Preset, *(step for _, step in STEPS.all()))
    kinds: dict[str, type] = {name: kind_of(one) for owner in owners for name, one in choices_of(owner).items()}
    return {**kinds, RECIPE: str}


def _with_steps(preset: Preset, value: object) -> Preset:
    """The preset with steps by their names; those that it has keep their choices."""
    if not isinstance(value, str):
        raise InputError(f"The choice {RECIPE} is {brief(value)}.", "Name steps, with commas between them.")
    named = [STEPS.get(name.strip()) for name in value.split(",")]
    own = {type(step): step for step in preset.steps}
    return replace(preset, steps=tuple(own.get(type(step), step) for step in named))


def _with_choice(preset: Preset, key: str, value: object) -> Preset:
    own = choices_of(preset)
    if key in own:
        return replace(preset, **{key: checked(own[key], value)})  # type: ignore[arg-type]
    if not any(key in choices_of(step) for step in preset.steps):
        preset = _with_step_of(preset, key)
    return replace(preset, steps=tuple(_step_with_choice(step, key, value) for step in preset.steps))


def _step_with_choice(step: Step, key: str, value: object) -> Step:
    own = choices_of(step)
    return replace(step, **{key: checked(own[key], value)}) if key in own else step  # type: ignore[type-var]


def _with_step_of(preset: Preset, key: str) -> Preset:
    """The preset with the step that a choice is of, where it belongs.

    Raises:
        InputError: no step that can be added has such a choice.
    """
    kinds = [type(step) for step in preset.steps]
    if key in choices_of(PseudoLabelling):
        place = kinds.index(FirstPropagation) + 1 if FirstPropagation in kinds else 0
        added: Step = PseudoLabelling()
    elif key in choices_of(Relearning):
        place = kinds.index(Check) if Check in kinds else len(kinds)
        added = Relearning()
    else:
        owners = (preset, *preset.steps, PseudoLabelling, Relearning)
        known = dict.fromkeys(name for owner in owners for name in choices_of(owner))
        raise InputError(
            f"The preset {preset.name} has no choice {brief(key)}.", f"Take some of {', '.join(known)}, {RECIPE}."
        )
    return replace(preset, steps=(*preset.steps[:place], added, *preset.steps[place:]))
