"""Learning on the cine what its segments look like, and what an earlier request has learned of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rabengine.choices import choice
from rabengine.session.step import PREDICTION, Cost, Phase

if TYPE_CHECKING:
    from rabengine.adaptation.appearance import AppearanceModel
    from rabengine.session.work import Work

LEARNING = Phase("learning", 0.4)
_KEPT = "appearance"  # among what the work has learned: the model, and its share
_GIVEN_SHARE = 0.5  # of a model that learned elsewhere


def begun_with(model: AppearanceModel) -> dict[str, object]:
    """What a work has learned that goes on from a model which learned elsewhere."""
    return {_KEPT: (model, _GIVEN_SHARE)}


@dataclass(frozen=True)
class EarlierAppearance:
    """Predict by the model of an earlier request, where there is one, so that the first propagation weighs it in."""

    is_seeded: ClassVar[bool] = False

    def costs(self, work: Work) -> list[Cost]:
        return [(PREDICTION, work.frame_count)] if _KEPT in work.learned else []

    def run(self, work: Work) -> None:
        if _KEPT in work.learned:
            _predict(work, *work.learned[_KEPT])


@dataclass(frozen=True)
class AppearanceLearning:
    """A second model learns what the segments look like, and propagation weighs it in (beyond the paper).

    Where motion leads to nearly all frames there is nothing to learn.

    Attributes:
        lessons: how often it learns, each time from what was predicted with its help the time before.
        appearance_steps: optimiser steps each time.
        appearance_warm_steps: the same after a correction.
        appearance_share: of this model in each frame's mask; the rest is the image model's.
        trusted_frames: it learns from at most so many unmarked frames too.
    """

    lessons: int = choice(3, 0, 100)
    appearance_steps: int = choice(25, 0, 1_000_000)
    appearance_warm_steps: int = choice(10, 0, 1_000_000)
    appearance_share: float = choice(0.5, 0, 1)
    trusted_frames: int = choice(8, 0, 1_000_000)

    def costs(self, work: Work) -> list[Cost]:
        if work.is_followed:
            return []
        learning = [(LEARNING, self._steps(work)), (PREDICTION, work.frame_count)]
        return [work.check_cost, *learning, work.propagation_cost] * self.lessons

    def run(self, work: Work) -> None:
        """Learn; the model is kept once it has learned all, not when it was cancelled on the way."""
        from rabengine.adaptation.appearance import AppearanceModel, gather_examples

        if work.is_followed:
            return
        steps = self._steps(work)
        model: AppearanceModel | None = work.learned.get(_KEPT, (None, 0))[0]
        for _ in range(self.lessons):
            if model is None:
                model = AppearanceModel(work.teacher, len(work.bank.segments), work.store.device, work.seed)
            examples = gather_examples(work.bank, work.found(), work.check(), self.trusted_frames)
            work.progress.begin(LEARNING, steps)
            model.learn(examples, steps, work.progress.advance)
            _predict(work, model, self.appearance_share)
            work.propagate()
        if model is not None:
            work.learned[_KEPT] = (model, self.appearance_share)

    def _steps(self, work: Work) -> int:
        return self.appearance_warm_steps if _KEPT in work.learned else self.appearance_steps


def _predict(work: Work, model: AppearanceModel, share: float) -> None:
    """Let the next propagations weigh the model in, less where it has learned from too few frames."""
    from rabengine.propagation.propagator import AppearancePrediction

    work.progress.begin(PREDICTION, work.frame_count)
    logits = model.logits(work.store.view, work.progress.advance)
    work.prediction = AppearancePrediction(logits, share * model.worth)
