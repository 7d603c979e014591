"""Phase 2 of the paper, spatiotemporal consistency relearning, and the prediction with what it learned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rabengine.adaptation.choices import RelearningChoices
from rabengine.session.step import PREDICTION, Cost, Phase

if TYPE_CHECKING:
    from rabengine.adaptation.relearning import Student
    from rabengine.propagation.propagator import SoftMasks
    from rabengine.session.work import Work

RELEARNING = Phase("relearning", 0.4)
_KEPT = "student"  # the model's name among what the work has learned


@dataclass(frozen=True)
class Relearning(RelearningChoices):
    """Relearn on the cine, and predict it again."""

    def costs(self, work: Work) -> list[Cost]:
        if not self.has_losses:
            return []
        return [(RELEARNING, self._steps(work)), (PREDICTION, self._predictions(work))]

    def run(self, work: Work) -> None:
        if not self.has_losses:
            return
        from rabengine.propagation.propagator import blend_masks

        before, student = work.found(), self._relearned(work)
        after = self._predicted(work, student, before)
        work.masks = after if self.blend >= 1 else blend_masks(before, after, self.blend)
        work.learned[_KEPT] = student

    def _relearned(self, work: Work) -> Student:
        """The student of an earlier request, or a new one, after its optimiser steps."""
        from rabengine.adaptation.relearning import Relearner, RelearningData, Student

        steps, choices = self._steps(work), self._within_limits(work)
        student: Student | None = work.learned.get(_KEPT)
        if student is None:
            student = Student(work.teacher, choices, work.seed).to(work.store.device)
        work.progress.begin(RELEARNING, steps)
        data = RelearningData(work.teacher, work.store, work.bank, work.found())
        relearner = Relearner(data, student, work.preset, choices, work.seed)
        relearner.run(steps, work.progress.advance, work.progress.check)
        return student

    def _predicted(self, work: Work, student: Student, before: SoftMasks) -> SoftMasks:
        """What a student that has relearned predicts of every frame."""
        from rabengine.adaptation.relearning import predict_windows
        from rabengine.propagation.feature_store import FeatureStore
        from rabengine.propagation.propagator import Propagator

        store, bank, advance = work.store, work.bank, work.progress.advance
        if self.train_backbone:  # features and supports are now other ones
            store = FeatureStore(student.image, store.view, store.device, work.plan.feature_bytes)
            bank = work.new_bank(store)
        work.progress.begin(PREDICTION, self._predictions(work))
        predicted = before
        if self._propagates(work):
            predicted = Propagator(student.image, store, bank, work.preset).run(advance)
        if student.attention is not None:
            predicted = predict_windows(student, store, bank, work.preset, predicted, advance)
        return predicted

    def _steps(self, work: Work) -> int:
        return self.warm_steps if _KEPT in work.learned else self.steps

    def _predictions(self, work: Work) -> int:
        """Steps of the prediction: frames that are propagated to, and windows that temporal attention sees."""
        from rabengine.adaptation.relearning import windows

        propagated = work.propagation_cost[1] if self._propagates(work) else 0
        if not self.temporal_attention:
            return propagated
        window = self._within_limits(work).window
        return propagated + len(windows(work.frame_count, window)) * len(work.bank.segments)

    def _propagates(self, work: Work) -> bool:
        """Whether the student propagates; temporal attention alone does without."""
        return work.preset.neighbour or not self.temporal_attention

    def _within_limits(self, work: Work) -> Relearning:
        """The choices within the cine's length and the device's memory."""
        return replace(self, window=min(self.window, work.frame_count, work.plan.window))
