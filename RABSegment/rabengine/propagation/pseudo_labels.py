"""Which predicted frames can be trusted, and may therefore serve as supports of the others.

The measure is reverse classification accuracy (Valindria et al., IEEE TMI 2017), with the few-shot model as the
classifier: a predicted frame serves, with its mask, as the only support of the marked frames nearest to it. Where its
mask is right, what follows for a marked frame agrees with what the user drew there; where it is wrong, it does not.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rabengine.device import autocast
from rabengine.network.features import resize
from rabengine.network.image_model import ImageModel, ObjectMemory

from .memory_bank import MemoryBank
from .propagator import MARK_LOGIT, SoftMasks, soft_agreement
from .tracking import TrackedMasks

REVERSE_MARKS = 2  # the nearest ones that show the object, predicted from one frame
LEAST_SCORE = 0.7
MOST = 0.5  # of a mask that is mostly what was carried
LEAST_GAP = 3  # frames; a closer one tells nothing new
LABELS_A_ROUND = 4  # frames more in each round


class PseudoLabeller:
    """Scores predicted frames by reverse classification, and makes the best of them pseudo-labels.

    Args:
        model: the image model; a relearned one has learned the marks and predicts them from anything.
        bank: the marks.
        tracked: masks carried along with the motion; where they make up most of a result they need no other check.
    """

    def __init__(self, model: ImageModel, bank: MemoryBank, tracked: TrackedMasks | None = None) -> None:
        self.model, self.bank, self.store, self.tracked = model, bank, bank.store, tracked

    def steps(self) -> int:
        """Calls of `advance` that `scores` will make."""
        return len(self.store.view.frames) * len(self.bank.segments)

    @torch.no_grad()
    def scores(self, masks: SoftMasks, advance: Callable[[], None]) -> Tensor:
        """Scores (T, K) in [0, 1]: 1 on marks, the likeness of what was carried, nan where nothing is predicted."""
        count, segments = masks.logits.shape[:2]
        carried = None if self.tracked is None else self.tracked.trust
        scores = torch.full((count, segments), float("nan"), device=self.store.device)
        for column, segment in enumerate(self.bank.segments):
            marked = {mark.frame for mark in self.bank.of(segment)}
            for frame in range(count):
                logit = masks.logits[frame, column]
                if frame in marked:
                    scores[frame, column] = 1.0
                elif not bool((logit > 0).any()):
                    pass
                elif carried is not None and float(carried.share[frame, column]) > MOST:
                    scores[frame, column] = float(carried.likeness[frame, column])
                else:
                    scores[frame, column] = self._score(segment, frame, torch.sigmoid(logit.float()))
                advance()
        return scores.cpu()

    def _score(self, segment: int, frame: int, mask: Tensor) -> Tensor:
        support = self.bank.encode(frame, self.bank.fine(mask))
        memory = self.model.remember(support.features, support.objects, support.mask)
        shown = [mark.frame for mark in self.bank.of(segment) if mark.shown]
        nearest = sorted(shown, key=lambda mark: abs(mark - frame))[:REVERSE_MARKS]
        return torch.stack([self._reverse_accuracy(segment, mark, memory) for mark in nearest]).amax()

    def _reverse_accuracy(self, segment: int, mark: int, memory: ObjectMemory) -> Tensor:
        """Soft Dice of what a memory predicts of a marked frame with what is drawn there."""
        query = self.store.frame(mark)
        with autocast(self.store.device):
            priors = self.model.priors(self.model.key_projection(query), memory, None)
            logits = self.model(query, memory, priors).float()
        logit = logits[:, 1:] - logits[:, :1]
        drawn = resize(self.bank.mask(segment, mark), (int(logit.shape[-2]), int(logit.shape[-1])))
        return soft_agreement(logit, (2 * drawn - 1) * MARK_LOGIT)[0]

    def label(self, masks: SoftMasks, scores: Tensor, count: int) -> None:
        """Make up to `count` confident frames supports of each segment."""
        for column, segment in enumerate(self.bank.segments):
            marked = [mark.frame for mark in self.bank.of(segment)]
            frames = confident_frames(scores[:, column], marked, count)
            self.bank.add_pseudo_labels(segment, {f: torch.sigmoid(masks.logits[f, column].float()) for f in frames})


def confident_frames(scores: Tensor, marked: list[int], count: int) -> list[int]:
    """Up to `count` frames with a good score, each as far in time from marked and chosen ones as can be.

    Args:
        scores: (T,), nan where there is none.
        marked: frame numbers.
        count: at most so many.
    """
    able = [f for f, score in enumerate(scores.tolist()) if score >= LEAST_SCORE and f not in marked]
    chosen: list[int] = []
    for _ in range(count):
        gap, farthest = max(((min(abs(f - other) for other in [*marked, *chosen]), f) for f in able), default=(0, 0))
        if gap < LEAST_GAP:
            break
        chosen.append(farthest)
    return sorted(chosen)
