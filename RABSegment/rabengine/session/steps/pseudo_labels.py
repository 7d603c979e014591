"""Propagation with pseudo-labels: predicted frames that can be trusted serve as marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rabengine.choices import choice
from rabengine.session.step import Cost

if TYPE_CHECKING:
    from rabengine.session.work import Work


@dataclass(frozen=True)
class PseudoLabelling:
    """Make the frames that can be trusted supports of the others, and propagate anew.

    Where motion leads to nearly all frames they need no other supports.

    Attributes:
        rounds: how often, each time with more frames.
    """

    is_seeded: ClassVar[bool] = False
    rounds: int = choice(2, 0, 100)

    def costs(self, work: Work) -> list[Cost]:
        return [] if work.is_followed else [work.check_cost, work.propagation_cost] * self.rounds

    def run(self, work: Work) -> None:
        from rabengine.propagation.pseudo_labels import LABELS_A_ROUND

        if work.is_followed:
            return
        for number in range(1, self.rounds + 1):
            work.labeller.label(work.found(), work.check(), number * LABELS_A_ROUND)
            work.propagate()
