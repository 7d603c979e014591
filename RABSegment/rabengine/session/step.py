"""What a step of a preset is: it tells what it will cost, and runs.

A step is a frozen dataclass whose fields are its choices, and it imports what it needs when it runs: presets are
listed where PyTorch is missing. One more step is one more file in `steps` and its name in `STEPS`, or an entry point
of another package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeGuard

from rabengine.registry import Registry

if TYPE_CHECKING:
    from .work import Work


@dataclass(frozen=True)
class Phase:
    """A part of a step that its user sees go by.

    Attributes:
        name: what happens, in a word or few: "learning". Front ends show it where they have no words of their own.
        pace: seconds that one of its steps takes, as far as is known before any was taken.
    """

    name: str
    pace: float


PROPAGATION = Phase("propagation", 0.05)
CHECKING = Phase("checking", 0.03)
PREDICTION = Phase("prediction", 0.05)  # of every frame by what was learned on the cine

Cost = tuple[Phase, int]  # a phase of the progress, and how many steps it has


class Step(Protocol):
    """One step of a preset; it can be hashed, for what is learned is kept by preset.

    Attribute `is_seeded`, true where there is none: whether another seed may give another result.
    """

    def costs(self, work: Work) -> list[Cost]:
        """The phases that `run` will begin, as far as is known now; exactly those once its turn has come."""

    def run(self, work: Work) -> None:
        """Do it.

        Raises:
            Cancelled: by `work.progress`, which is to be asked often.
        """


def is_step(found: object) -> TypeGuard[Step]:
    """Whether an object, which is no class, costs and runs."""
    is_object = not isinstance(found, type)
    return is_object and all(callable(getattr(found, name, None)) for name in ("costs", "run"))


_STEPS = "rabengine.session.steps"
STEPS: Registry[Step] = Registry(
    "step",
    "rabsegment.steps",
    {
        "recall": f"{_STEPS}.appearance:EarlierAppearance",
        "tracking": f"{_STEPS}.tracking:MotionTracking",
        "propagation": f"{_STEPS}.propagation:FirstPropagation",
        "pseudo-labels": f"{_STEPS}.pseudo_labels:PseudoLabelling",
        "appearance": f"{_STEPS}.appearance:AppearanceLearning",
        "relearning": f"{_STEPS}.relearning:Relearning",
        "check": f"{_STEPS}.check:Check",
        "judgement": f"{_STEPS}.judgement:Judgement",
    },
    is_step,
)
