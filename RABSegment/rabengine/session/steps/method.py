"""Any segmentation method as a step: what can be compared can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rabengine.session.step import Cost, Phase

if TYPE_CHECKING:
    from rabengine.evaluation.prediction import Method
    from rabengine.session.work import Work

METHOD = Phase("method", 1.0)
SURE = 8.0  # logit of what a method says, which knows no doubt


@dataclass(frozen=True)
class ByMethod:
    """Take the labels that a method finds, pixel by pixel as it finds them; no other step is needed before it.

    Attributes:
        method: a function of frames, marks and seed (see `rabengine.evaluation.prediction`).
    """

    method: Method

    def costs(self, work: Work) -> list[Cost]:
        return [(METHOD, 1)]

    def run(self, work: Work) -> None:
        import torch

        from rabengine.propagation.propagator import SoftMasks

        work.progress.begin(METHOD, 1)
        work.see(None)
        found = self.method(work.store.view.frames, work.task.marks, work.seed)
        labels = torch.from_numpy(found.labels)
        logits = torch.empty((len(labels), len(work.task.segments), *labels.shape[1:]), dtype=torch.float16)
        for column, segment in enumerate(work.task.segments):
            logits[:, column] = torch.where(labels == segment, SURE, -SURE).half()
        agreement = torch.ones(logits.shape[:2])
        if found.confidence is not None:
            agreement = torch.from_numpy(found.confidence).float()
        work.first = work.masks = SoftMasks(logits, agreement)
        work.progress.advance()
