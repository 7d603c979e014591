"""The phases of one request on one way to see the cine, from marks to soft masks of every frame."""

from __future__ import annotations

from torch import Tensor

from rabengine.adaptation.appearance import AppearanceModel, gather_examples
from rabengine.adaptation.relearning import Lesson, Relearner, Student, predict_windows, windows
from rabengine.network.image_model import ImageModel
from rabengine.propagation.feature_store import FeatureStore
from rabengine.propagation.memory_bank import MemoryBank
from rabengine.propagation.propagator import AppearancePrediction, Propagator, SoftMasks, blend_masks
from rabengine.propagation.pseudo_labels import A_ROUND, PseudoLabeller

from .request import SegmentRequest


class Phases:
    """What can be done for a request; each method is one or two phases of its progress.

    Args:
        teacher: the image model.
        store: features of the frames as they are looked at.
        request: marks, choices, and who hears of the progress.
        seed: of all that learns.
    """

    def __init__(self, teacher: ImageModel, store: FeatureStore, request: SegmentRequest, seed: int) -> None:
        self.teacher, self.store, self.request, self.seed = teacher, store, request, seed
        self.preset, self.meter = request.preset, request.meter
        self.bank = self._bank(store)
        self.labeller = PseudoLabeller(teacher, self.bank)

    @property
    def checks(self) -> int:
        """Steps of `check`."""
        return self.labeller.steps()

    @property
    def visits(self) -> int:
        """Steps of `propagate`."""
        return self._propagator(None).steps()

    @property
    def asks(self) -> int:
        """Steps of `ask`."""
        return len(self.store.view.frames)

    @property
    def refinements(self) -> int:
        """Steps of what follows the relearning in `relearn`."""
        choices = self.preset.relearning
        assert choices is not None
        return self._refining_visits() + self._attended(choices.window if choices.temporal_attention else 0)

    def propagate(self, prediction: AppearancePrediction | None = None) -> SoftMasks:
        """Predict every frame from the supports there are."""
        propagator = self._propagator(prediction)
        self.meter.begin("propagation", propagator.steps())
        return propagator.run(self.meter.advance)

    def check(self, masks: SoftMasks) -> Tensor:
        """(T, K) reverse classification accuracy of each frame, nan where nothing is predicted."""
        self.meter.begin("checking", self.checks)
        return self.labeller.scores(masks, self.meter.advance)

    def again(self, masks: SoftMasks, number: int, prediction: AppearancePrediction | None) -> SoftMasks:
        """Round `number`: propagate with the frames that can be trusted among the supports."""
        self.labeller.label(masks, self.check(masks), number * A_ROUND)
        return self.propagate(prediction)

    def learn_appearance(self, masks: SoftMasks, model: AppearanceModel, steps: int) -> AppearancePrediction:
        """Teach a model what the segments look like by the marks and by what can be trusted of the masks."""
        choices = self.preset.appearance
        assert choices is not None
        examples = gather_examples(self.bank, masks, self.check(masks), choices.trusted_frames)
        self.meter.begin("relearning", steps)
        model.learn(examples, steps, self.meter.advance)
        return self.ask(model)

    def ask(self, model: AppearanceModel) -> AppearancePrediction:
        """What an appearance model says of every frame; its share is less where it has learned from too few."""
        choices = self.preset.appearance
        assert choices is not None
        self.meter.begin("refinement", self.asks)
        return AppearancePrediction(
            model.logits(self.store.view, self.meter.advance), choices.appearance_share * model.worth
        )

    def relearn(self, masks: SoftMasks, student: Student, steps: int, feature_bytes: int) -> SoftMasks:
        """Phase 2 of the paper, and the prediction with what it learned."""
        choices = self.preset.relearning
        assert choices is not None
        self.meter.begin("relearning", steps)
        lesson = Lesson(self.teacher, self.store, self.bank, masks)
        Relearner(lesson, student, self.preset, self.seed).run(steps, self.meter.advance, self.meter.check)
        store, bank = self.store, self.bank
        if choices.train_backbone:  # features and supports are now other ones
            store = FeatureStore(student.image, store.view, store.device, feature_bytes)
            bank = self._bank(store)
        propagator = Propagator(student.image, store, bank, self.preset)
        self.meter.begin("refinement", self.refinements)
        refined = propagator.run(self.meter.advance) if self._refining_visits() else masks
        if student.attention is not None:
            refined = predict_windows(student, store, bank, self.preset, refined, self.meter.advance)
        return refined if choices.blend >= 1 else blend_masks(masks, refined, choices.blend)

    def new_student(self) -> Student:
        """A copy of the image model that is to relearn."""
        choices = self.preset.relearning
        assert choices is not None
        return Student(self.teacher, choices, self.seed).to(self.store.device)

    def new_appearance(self) -> AppearanceModel:
        """A model that is to learn what the segments look like."""
        return AppearanceModel(self.teacher, len(self.bank.segments), self.store.device, self.seed)

    def _refining_visits(self) -> int:
        """Frames that are propagated to after the relearning; temporal attention alone does without."""
        choices = self.preset.relearning
        assert choices is not None
        return self.visits if self.preset.neighbour or not choices.temporal_attention else 0

    def _attended(self, window: int) -> int:
        """Windows of frames that temporal attention sees, for each segment."""
        return len(windows(self.asks, window)) * len(self.bank.segments) if window else 0

    def _bank(self, store: FeatureStore) -> MemoryBank:
        request = self.request
        return MemoryBank(request.marks, request.segments, store, request.partial, request.absent)

    def _propagator(self, prediction: AppearancePrediction | None) -> Propagator:
        return Propagator(self.teacher, self.store, self.bank, self.preset, prediction)
