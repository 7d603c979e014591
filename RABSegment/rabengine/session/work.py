"""A request on its way through the steps of its preset: what is found so far, and what steps do with it."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from rabengine.errors import InputError
from rabengine.network.image_model import ImageModel
from rabengine.propagation.confidence import Verdict, confidence
from rabengine.propagation.feature_store import FeatureStore
from rabengine.propagation.input_view import Box
from rabengine.propagation.memory_bank import MemoryBank
from rabengine.propagation.propagator import AppearancePrediction, Propagator, SoftMasks
from rabengine.propagation.pseudo_labels import PseudoLabeller
from rabengine.propagation.tracking import CarriedTrust, TrackedMasks

from .kept import Kept
from .memory_plan import MemoryPlan
from .step import CHECKING, PROPAGATION, Cost, Step
from .task import SegmentationTask


class Work:
    """What the steps of a preset work on.

    Args:
        task: marks, preset, and who hears of the progress.
        teacher: the image model.
        kept: what earlier requests left, and what this one leaves.
        plan: how much memory may be used.
        seed: of all that learns.

    Attributes:
        preset: choices that concern all steps.
        progress: hears of every phase and every step of it, and says when to stop.
        box: the crop of the frame that is seen, None for the whole frame.
        store: features of the frames as they are seen.
        bank: the marked and pseudo-labelled frames as supports.
        learned: {name: what was learned on the cine as it is seen}, kept for the next request that sees it so.
        tracked: marked masks carried along with the motion of the cine; None where no step has followed it.
        is_followed: whether the motion leads to so many frames that little else is needed.
        prediction: of an appearance model, which propagations weigh in; None where there is none yet.
        first, masks: of the first and the last propagation.
        scores: (T, K) reverse classification accuracy of the result, None where no step has checked it.
        verdict: on the result, None where no step has judged it.
    """

    def __init__(self, task: SegmentationTask, teacher: ImageModel, kept: Kept, plan: MemoryPlan, seed: int) -> None:
        self.task, self.teacher, self.plan, self.seed = task, teacher, plan, seed
        self.preset, self.progress = task.preset, task.progress
        self._kept = kept
        self._ahead: list[Step] = list(task.preset.steps)
        self.first: SoftMasks | None = None
        self.masks: SoftMasks | None = None
        self.scores: Tensor | None = None
        self.verdict: Verdict | None = None
        self.tracked: TrackedMasks | None = None
        self.is_followed = False
        box = kept.crop(task.preset)
        self.see(box if box is not None and task.is_within(box) else None)

    def follow(self) -> None:
        """Take the steps; what is ahead is told anew before each, for it may depend on those before."""
        while self._ahead:
            self.progress.plan([cost for step in self._ahead for cost in step.costs(self)])
            self._ahead.pop(0).run(self)

    def then(self, *steps: Step) -> None:
        """Take these steps next, before those that are ahead."""
        self._ahead[:0] = steps

    def see(self, box: Box | None) -> None:
        """See the cine through another crop from now on, None for the whole frame."""
        self.box = box
        self.store: FeatureStore = self._kept.store(self.teacher, self.preset.size, box, self.plan)
        self.learned: dict[str, Any] = self._kept.learned(self.preset, self.task.segments, box)
        self.bank = self.new_bank(self.store)
        self.prediction: AppearancePrediction | None = None

    def keep_crop(self, box: Box | None) -> None:
        """Let later requests begin with a crop."""
        self._kept.keep_crop(self.preset, box)

    def new_bank(self, store: FeatureStore) -> MemoryBank:
        """The marked frames as supports, without pseudo-labels."""
        task = self.task
        return MemoryBank(task.marks, task.segments, store, task.partial, task.absent)

    @property
    def labeller(self) -> PseudoLabeller:
        """Scores predicted frames, and makes supports of them."""
        return PseudoLabeller(self.teacher, self.bank, self.tracked)

    def tracks(self, least_likeness: float) -> TrackedMasks:
        """The marked masks and the motion that will carry them, see `TrackedMasks`."""
        task = self.task
        motion = self._kept.motion(self.plan)
        return TrackedMasks(motion, task.marks, task.segments, task.known_frames(), least_likeness)

    @property
    def frame_count(self) -> int:
        """Frames of the cine."""
        return len(self.store.view.frames)

    @property
    def propagation_cost(self) -> Cost:
        """Of `propagate`."""
        return PROPAGATION, self._propagator().steps()

    @property
    def check_cost(self) -> Cost:
        """Of `check`."""
        return CHECKING, self.labeller.steps()

    def found(self) -> SoftMasks:
        """The last masks.

        Raises:
            InputError: no step before has predicted any.
        """
        if self.masks is None:
            raise InputError(
                f"The preset {self.preset.name} has no propagation before a step that needs one.",
                'Begin its steps with "propagation".',
            )
        return self.masks

    def propagate(self) -> None:
        """Predict every frame from the supports there are, and from what an appearance model predicts."""
        propagator = self._propagator()
        self.progress.begin(PROPAGATION, propagator.steps())
        self.masks = propagator.run(self.progress.advance)

    def propagate_anew(self) -> None:
        """The first propagation, or one in its place."""
        self.propagate()
        self.first = self.masks

    def check(self) -> Tensor:
        """(T, K) reverse classification accuracy of the last masks, nan where nothing is predicted."""
        self.progress.begin(*self.check_cost)
        return self.labeller.scores(self.found(), self.progress.advance)

    def trust(self) -> Tensor:
        """(T, K) in [0, 1], how far the last masks can be trusted, see `confidence.confidence`."""
        masks, known = self.found(), self.task.known_frames()
        return confidence(masks, self.first or masks, known, self.scores, self.carried(), self.verdict)

    def carried(self) -> CarriedTrust | None:
        """How far what was carried is trusted beside a model; None without motion."""
        return None if self.tracked is None else self.tracked.trust

    def hand_out(self) -> None:
        """Give the last masks to whoever waits, as labels that can be used already."""
        self.task.emit(self.found(), self.store.view, self.tracked)

    def hand_out_carried(self) -> None:
        """Give what the motion carries to whoever waits: no network has to see the cine for it."""
        assert self.tracked is not None
        view = self.store.view
        frames = [frame for frame, alike in enumerate(self.tracked.likeness) if frame in self.task.marks or alike.all()]
        self.task.emit(self.tracked.masks(view.box, view.map_size), view, self.tracked, frames)

    def _propagator(self) -> Propagator:
        return Propagator(self.teacher, self.store, self.bank, self.preset, self.prediction, self.tracked)
