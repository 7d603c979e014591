"""Which objects of the bank a batch is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from .picture_bank import LABELS, PIECES, REGIONS, BankedPicture, BankedSet, PictureBank
from .prompt_views import ObjectChoice

KIND_WEIGHTS = {LABELS: 0.35, PIECES: 0.55, REGIONS: 0.1}
MANY_PIECES = 3
MANY_WEIGHT = 0.1  # of whole labels that are of more pieces: one click means one object


class ObjectDraw:
    """Draws objects: each set, each group of it, each picture of that, and each object is as likely as the others.

    Args:
        bank: of settled pictures.
        weights: how likely sets are, by name; 1 for those that are not named.
        kinds: of objects to draw, where a picture has them.
    """

    def __init__(
        self, bank: PictureBank, weights: Mapping[str, float], kinds: Sequence[int] = (LABELS, PIECES, REGIONS)
    ) -> None:
        self.bank, self.kinds = bank, kinds
        likely = np.array([weights.get(s.name, 1.0) for s in bank.sets])
        self.likely = likely / likely.sum()

    def draw(self, count: int, rng: np.random.Generator) -> tuple[ObjectChoice, ObjectChoice]:
        """The objects of a batch, and the same ones on other frames of their videos (or the same pictures again)."""
        rows = [self._one(rng) for _ in range(count)]
        return _choice([row[0] for row in rows], self.bank), _choice([row[1] for row in rows], self.bank)

    def _one(self, rng: np.random.Generator) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        chosen: BankedSet = self.bank.sets[int(rng.choice(len(self.likely), p=self.likely))]
        group = chosen.groups[int(rng.integers(len(chosen.groups)))]
        picture = group[int(rng.integers(len(group)))]
        kind = _kind(picture, self.kinds, rng)
        values = picture.objects[kind]
        value = values[int(rng.integers(len(values)))]
        here = (picture.number, kind, value)
        if kind != LABELS or len(group) == 1:
            return here, here
        others = [p for p in group if p is not picture and value in p.objects[LABELS]]
        return here, ((others[int(rng.integers(len(others)))].number, LABELS, value) if others else here)


def _kind(picture: BankedPicture, kinds: Sequence[int], rng: np.random.Generator) -> int:
    wanted = [kind for kind in kinds if picture.objects[kind]] or [LABELS, PIECES, REGIONS]
    weights = np.array([KIND_WEIGHTS[k] if k in wanted and picture.objects[k] else 0.0 for k in range(3)])
    if len(picture.objects[PIECES]) > MANY_PIECES * max(1, len(picture.objects[LABELS])):
        weights[LABELS] *= MANY_WEIGHT / KIND_WEIGHTS[LABELS]
    return int(rng.choice(3, p=weights / weights.sum()))


def _choice(rows: list[tuple[int, int, int]], bank: PictureBank) -> ObjectChoice:
    numbers = torch.tensor(rows, dtype=torch.long)
    if bank.device.type == "cuda":
        numbers = numbers.pin_memory().to(bank.device, non_blocking=True)
    return ObjectChoice(*numbers.unbind(dim=1))
