"""What speaks for and against each predicted mask, in figures that mean the same on any cine.

None of them is enough by itself: a mask may be sharp and wrong, or have the marked one's size and be elsewhere. A
small network weighs them (`network.judge`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.network.features import resize
from rabengine.network.judge import EVIDENCE

from .confidence import expected_dice
from .memory_bank import MemoryBank
from .propagator import MARK_LOGIT, SoftMasks, mutual_agreement, soft_agreement
from .tracking import CarriedTrust, TrackedMasks

FURTHEST = 3.0  # logarithms of shares are kept within plus and minus this
LEAST_SHARE = 1e-4  # added to both sides of a share
LEAST_SPREAD = 0.05  # of brightness
SURE = 0.999  # the furthest that a confidence is taken for


@dataclass(frozen=True)
class _Marked:
    """A mark that masks are compared with.

    Attributes:
        area: share of the frame. outline: its length by the root of its area.
        brightness: mean and spread within it.
    """

    area: float
    outline: float
    brightness: tuple[float, float]


class EvidenceGatherer:
    """Gathers what speaks for and against masks.

    Args:
        bank: the marks.
        first, masks: the first and the last propagation.
        trust: (T, K) of `confidence.confidence`.
        tracked: masks carried along with the motion, None where it was not followed.
        carried: how far these are trusted beside the last propagation.
    """

    def __init__(
        self,
        bank: MemoryBank,
        first: SoftMasks,
        masks: SoftMasks,
        trust: Tensor,
        tracked: TrackedMasks | None = None,
        carried: CarriedTrust | None = None,
    ) -> None:
        self.bank, self.view, self.device = bank, bank.store.view, bank.store.device
        self.first, self.masks, self.trust = first, masks, trust
        self.tracked = tracked
        self.carried = carried or CarriedTrust(torch.zeros_like(trust), torch.zeros_like(trust))
        self._marked: dict[tuple[int, int], _Marked] = {}

    @torch.no_grad()
    def gather(self, advance: Callable[[], None]) -> Tensor:
        """(T, K, len(EVIDENCE)) on the CPU; `advance` is called after each frame and may raise."""
        logits = self.masks.logits
        mutual = mutual_agreement(self.first, self.masks)
        areas = (logits > 0).flatten(2).float().mean(dim=2)
        usual = torch.where(areas > 0, areas, torch.full_like(areas, float("nan"))).nanmedian(dim=0).values
        rows = []
        for frame in range(len(logits)):
            bright = self._brightness(frame)
            row = []
            for column, segment in enumerate(self.bank.segments):
                area = float(areas[frame, column])
                figures = {
                    "confidence": _log_odds(float(self.trust[frame, column])),
                    "mutual agreement": float(mutual[frame, column]),
                    "agreement": float(self.masks.agreement[frame, column]),
                    "area": area,
                    "usual area": _log_share(area, float(usual[column].nan_to_num())),
                    "likeness": float(self.carried.likeness[frame, column]),
                    "carried": float(self.carried.share[frame, column]),
                    "expected Dice": float(expected_dice(logits[frame, column][None, None])),
                    "expected Dice at first": float(expected_dice(self.first.logits[frame, column][None, None])),
                    **self._of_marks(frame, segment, logits[frame, column].float(), bright),
                    **self._of_neighbours(frame, column),
                }
                row.append([figures[name] for name in EVIDENCE])
            rows.append(row)
            advance()
        return torch.tensor(rows).nan_to_num(nan=0.0)

    def _brightness(self, frame: int) -> Tensor:
        """(h, w) of a frame, on the masks' raster."""
        return resize(self.view.frame(frame).mean(dim=1, keepdim=True), self.view.map_size)[0, 0]

    def _of_marks(self, frame: int, segment: int, logits: Tensor, bright: Tensor) -> dict[str, float]:
        """How the mask differs from the nearest marked one, how far that is, and how sure the mask is."""
        marks = sorted(self.bank.of(segment), key=lambda mark: abs(mark.frame - frame))
        shown = next(mark.frame for mark in marks if mark.shown)
        marked, gap = self._mark(segment, shown), abs(marks[0].frame - frame)
        mask = (logits > 0).float()
        total = float(mask.sum())
        mean, spread = _spread_in(bright, mask)
        return {
            "is painted": float(total > 0),
            "marked area": _log_share(total / mask.numel(), marked.area),
            "outline": _log_share(_outline(mask), marked.outline),
            "at the border": float(_at_border(mask)) / (4 * max(1.0, total) ** 0.5),
            "sharpness": float(logits.abs().mean().clamp(max=MARK_LOGIT)),
            "sure inside": _mean_in(logits.clamp(-MARK_LOGIT, MARK_LOGIT), mask),
            "brighter": (mean - marked.brightness[0]) / (marked.brightness[1] + LEAST_SPREAD) if total else 0.0,
            "livelier": _log_share(spread, marked.brightness[1]) if total else 0.0,
            "gap": gap / len(self.masks.logits),
            "log gap": math.log1p(gap),
            "log gap to shown": math.log1p(abs(shown - frame)),
            "log marks": math.log(len(marks)),
        }

    def _mark(self, segment: int, frame: int) -> _Marked:
        key = (segment, frame)
        if key not in self._marked:
            soft = resize(self.bank.mask(segment, frame), self.view.map_size)[0, 0].cpu()
            mask = (soft > min(0.5, 0.5 * float(soft.max()))).float()  # a small one fills no place by half
            brightness = _spread_in(self._brightness(frame), mask)
            self._marked[key] = _Marked(float(mask.mean()), _outline(mask), brightness)
        return self._marked[key]

    def _of_neighbours(self, frame: int, column: int) -> dict[str, float]:
        """Whether the mask is its neighbours' along the motion, and how like the frame is to them there."""
        own = self.masks.logits[frame, column][None, None].float()
        agreements, alikes = [], []
        for near in (frame - 1, frame + 1):
            if not 0 <= near < len(self.masks.logits):
                continue
            there = torch.sigmoid(self.masks.logits[near, column][None, None].float())
            moved = None
            if self.tracked is not None:
                moved = self.tracked.moved(there.to(self.device), frame, near, self.view.box)
            if moved is not None:
                there = moved[:, :1].cpu()
                alikes.append(_mean_in(moved[0, 1].cpu(), torch.sigmoid(own)[0, 0]))
            agreements.append(float(soft_agreement(torch.logit(there, 1e-4), own)))
        alike = sum(alikes) / len(alikes) if alikes else 0.0
        return {"steady": min(agreements), "steady at best": max(agreements), "neighbours alike": alike}


def _at_border(mask: Tensor) -> Tensor:
    return mask[0].sum() + mask[-1].sum() + mask[:, 0].sum() + mask[:, -1].sum()


def _mean_in(values: Tensor, weights: Tensor) -> float:
    """Mean of (h, w) values where the (h, w) weights are."""
    return float((values * weights).sum() / weights.sum().clamp(min=1e-3))


def _spread_in(values: Tensor, mask: Tensor) -> tuple[float, float]:
    """Mean and spread of (h, w) values within a mask, both 0 where there is none."""
    mean = _mean_in(values, mask)
    return mean, _mean_in((values - mean) ** 2, mask) ** 0.5


def _outline(mask: Tensor) -> float:
    """Length of an outline along the raster, by the root of its area."""
    padded = F.pad(mask[None, None], (1, 1, 1, 1))[0, 0]
    length = (padded[1:] - padded[:-1]).abs().sum() + (padded[:, 1:] - padded[:, :-1]).abs().sum()
    return float(length / mask.sum().clamp(min=1.0).sqrt())


def _log_share(value: float, whole: float) -> float:
    return max(-FURTHEST, min(FURTHEST, math.log((value + LEAST_SHARE) / (whole + LEAST_SHARE))))


def _log_odds(probability: float) -> float:
    bounded = min(SURE, max(1 - SURE, probability))
    return 0.5 * math.log(bounded / (1 - bounded))
