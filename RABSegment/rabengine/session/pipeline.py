"""What a preset does, step by step. Each step can tell what it will cost, so that the plan is made of the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from rabengine.adaptation.appearance import AppearanceModel
from rabengine.adaptation.relearning import Student
from rabengine.presets import Preset
from rabengine.propagation.focus import escapes, focus_box
from rabengine.propagation.input_view import Box
from rabengine.propagation.propagator import AppearancePrediction, SoftMasks

from .phases import Phases

Costs = list[tuple[str, int]]  # phases of the progress, and the steps of each


@dataclass
class Learned:
    """What was learned on the cine, kept for the next request."""

    appearance: AppearanceModel | None = None
    student: Student | None = None


@dataclass
class Work:
    """A request on its way through the steps.

    Attributes:
        phases: what can be done on the way the cine is looked at now.
        learned: what earlier requests learned that look at it so.
        box: the closer look, None for the whole frame.
        look: another way to look at the cine, with what was learned there.
        keep_box: called with the closer look that was decided on.
        prediction: what an appearance model says, None where there is none yet.
        first, masks: of the first and the last propagation.
        scores: reverse classification accuracy of the last masks.
        appearance: that learns in this request; it is kept once it has learned.
        is_undecided: whether to look closer is still to be decided.
        is_to_look: it was decided to look closer, which is still to be done.
    """

    phases: Phases
    learned: Learned
    box: Box | None
    look: Callable[[Box | None], tuple[Phases, Learned]]
    keep_box: Callable[[Box | None], None]
    prediction: AppearancePrediction | None = None
    first: SoftMasks | None = None
    masks: SoftMasks | None = None
    scores: Tensor | None = None
    appearance: AppearanceModel | None = None
    is_undecided: bool = False
    is_to_look: bool = False

    def found(self) -> SoftMasks:
        """The last masks; only after the first propagation."""
        assert self.masks is not None
        return self.masks

    def turn_to(self, box: Box | None) -> None:
        """Look at the cine in another way from now on."""
        self.box, self.prediction, self.appearance = box, None, None
        self.phases, self.learned = self.look(box)

    def propagate_anew(self) -> None:
        """The first propagation, or one in its place."""
        self.first = self.masks = self.phases.propagate(self.prediction)


class Step(Protocol):
    """One step of a recipe."""

    def costs(self, work: Work) -> Costs:
        """What it will do, as far as it is known now; once the steps before it are done, exactly what it will do."""

    def run(self, work: Work) -> None:
        """Do it."""


class Recall:
    """Ask what an earlier request learned, so that it has its say at once."""

    def costs(self, work: Work) -> Costs:
        return [] if work.learned.appearance is None else [("refinement", work.phases.asks)]

    def run(self, work: Work) -> None:
        if work.learned.appearance is not None:
            work.prediction = work.phases.ask(work.learned.appearance)


class FirstPropagation:
    """The first usable result, which is handed out."""

    def costs(self, work: Work) -> Costs:
        return [("propagation", work.phases.visits)]

    def run(self, work: Work) -> None:
        work.propagate_anew()
        work.phases.request.emit(work.found(), work.phases.store.view)
        if work.box is not None and escapes(
            work.found(), work.box, work.phases.request.known_frames(), work.phases.store.view
        ):
            work.turn_to(None)
            work.is_undecided = True
            work.masks = None


class WholeFrameAgain:
    """Look at the whole frame after all, where something has left the closer look of an earlier request."""

    def costs(self, work: Work) -> Costs:
        return [("propagation", work.phases.visits)] if work.first is not None and work.masks is None else []

    def run(self, work: Work) -> None:
        if work.masks is None:
            work.propagate_anew()


class Decide:
    """Whether to look closer, and where; takes no time."""

    def costs(self, work: Work) -> Costs:
        return []

    def run(self, work: Work) -> None:
        if work.is_undecided:
            work.is_undecided = False
            box = focus_box(work.found(), work.phases.request.marks, work.phases.store.view)
            work.keep_box(box)
            if box is not None:
                work.turn_to(box)
                work.is_to_look = True


class CloserLook:
    """The first propagation once more in the window that was decided on."""

    def costs(self, work: Work) -> Costs:
        return [("propagation", work.phases.visits)] if work.is_undecided or work.is_to_look else []

    def run(self, work: Work) -> None:
        if work.is_to_look:
            work.is_to_look = False
            work.propagate_anew()


@dataclass(frozen=True)
class Round:
    """Propagate with the frames that can be trusted among the supports."""

    number: int

    def costs(self, work: Work) -> Costs:
        return [("checking", work.phases.checks), ("propagation", work.phases.visits)]

    def run(self, work: Work) -> None:
        work.masks = work.phases.again(work.found(), self.number, work.prediction)


@dataclass(frozen=True)
class AppearanceLesson:
    """Teach what the segments look like, and propagate with that; kept after the last lesson."""

    is_last: bool

    def costs(self, work: Work) -> Costs:
        phases = work.phases
        lesson = [("checking", phases.checks), ("relearning", self._steps(work)), ("refinement", phases.asks)]
        return [*lesson, ("propagation", phases.visits)]

    def run(self, work: Work) -> None:
        if work.appearance is None:
            work.appearance = work.learned.appearance or work.phases.new_appearance()
        prediction = work.phases.learn_appearance(work.found(), work.appearance, self._steps(work))
        work.masks = work.phases.propagate(prediction)
        if self.is_last:
            work.learned.appearance = work.appearance

    def _steps(self, work: Work) -> int:
        choices = work.phases.preset.appearance
        assert choices is not None
        return choices.appearance_steps if work.learned.appearance is None else choices.appearance_warm_steps


@dataclass(frozen=True)
class Relearn:
    """Phase 2 of the paper; `feature_bytes` may be kept of features computed anew."""

    feature_bytes: int

    def costs(self, work: Work) -> Costs:
        return [("relearning", self._steps(work)), ("refinement", work.phases.refinements)]

    def run(self, work: Work) -> None:
        steps = self._steps(work)
        student = work.learned.student or work.phases.new_student()
        work.masks = work.phases.relearn(work.found(), student, steps, self.feature_bytes)
        work.learned.student = student

    def _steps(self, work: Work) -> int:
        choices = work.phases.preset.relearning
        assert choices is not None
        return choices.steps if work.learned.student is None else choices.warm_steps


class Check:
    """Reverse classification accuracy of the result."""

    def costs(self, work: Work) -> Costs:
        return [("checking", work.phases.checks)]

    def run(self, work: Work) -> None:
        work.scores = work.phases.check(work.found())


def recipe(preset: Preset, feature_bytes: int) -> list[Step]:
    """The steps of a preset."""
    steps: list[Step] = [Recall(), FirstPropagation(), WholeFrameAgain(), Decide(), CloserLook()]
    steps += [Round(number + 1) for number in range(preset.rounds)]
    if preset.appearance is not None:
        lessons = preset.appearance.lessons
        steps += [AppearanceLesson(is_last=number + 1 == lessons) for number in range(lessons)]
    if preset.relearning is not None:
        steps.append(Relearn(feature_bytes))
    return [*steps, Check()]


def follow(steps: Sequence[Step], work: Work) -> None:
    """Take the steps; what is ahead is told anew before each, for it may depend on those before."""
    for number, step in enumerate(steps):
        ahead = [cost for later in steps[number:] for cost in later.costs(work)]
        work.phases.meter.plan(ahead)
        step.run(work)
