"""A verdict on every mask: how good it is, and whether its segment is there at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rabengine.session.step import CHECKING, Cost

if TYPE_CHECKING:
    from rabengine.session.work import Work


@dataclass(frozen=True)
class Judgement:
    """Weigh what speaks for and against each mask, for the confidence and for what is left unpainted."""

    is_seeded: ClassVar[bool] = False

    def costs(self, work: Work) -> list[Cost]:
        return [(CHECKING, work.frame_count)]

    def run(self, work: Work) -> None:
        import torch

        from rabengine.network.judge_weights import load_judge
        from rabengine.propagation.confidence import Verdict
        from rabengine.propagation.evidence import EvidenceGatherer

        masks, trust = work.found(), work.trust()
        work.progress.begin(CHECKING, work.frame_count)
        gatherer = EvidenceGatherer(work.bank, work.first or masks, masks, trust, work.tracked, work.carried())
        evidence = gatherer.gather(work.progress.advance)
        with torch.inference_mode():
            dice, presence = load_judge()(evidence).unbind(-1)
        work.verdict = Verdict.of(dice, presence, trust)
