"""How far a predicted mask can be trusted, by frame and segment, and which masks are left unpainted for that."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .propagator import CHUNK_FRAMES, MARK_LOGIT, SoftMasks, mutual_agreement
from .tracking import CarriedTrust

OUTLIER = 6.0  # deviations below the cine's median
LEAST_DEVIATION = 0.05
TO_STANDARD = 1.4826  # from the median absolute deviation to the standard deviation of a normal distribution
SCORE_POWER = 0.25  # a frame may well be right and yet a poor support
ABSENT = 0.005  # the worse of expected Dice and chance of presence, times confidence, below which a mask is left out
PRESENT = 0.002  # of the frame; fewer sure pixels are no object


@dataclass(frozen=True)
class Verdict:
    """What a judge says of masks.

    Attributes:
        dice: (T, K) that it expects of them.
        absent: (T, K) bool, whether what is painted is not the segment, for it is not there.
    """

    dice: Tensor
    absent: Tensor

    @classmethod
    def of(cls, dice: Tensor, presence: Tensor, trust: Tensor) -> Verdict:
        """From expected Dice and chance of presence, and the confidence without a judge, all (T, K)."""
        return cls(dice, torch.minimum(dice, presence) * trust < ABSENT)


def without_doubtful(masks: SoftMasks, trust: Tensor, verdict: Verdict | None = None) -> SoftMasks:
    """The masks without those that are trusted far less than the others of the cine, or judged to be of nothing.

    How far a right mask is trusted differs from cine to cine, so that no fixed threshold serves: a frame is judged by
    its distance from the median of its segment, in median absolute deviations.

    Args:
        masks: the prediction.
        trust: (T, K) of `confidence.confidence`.
        verdict: of a judge, if there is one.
    """
    painted = (masks.logits > 0).flatten(2).any(dim=2)
    found = torch.where(painted, trust, torch.full_like(trust, float("nan")))
    median = found.nanmedian(dim=0, keepdim=True).values
    deviation = TO_STANDARD * (found - median).abs().nanmedian(dim=0, keepdim=True).values + LEAST_DEVIATION
    doubtful = found < median - OUTLIER * deviation  # never where nothing is painted: nan is not less
    if verdict is not None:
        doubtful = doubtful | verdict.absent
    logits = masks.logits.clone()
    logits[doubtful] = -MARK_LOGIT
    return SoftMasks(logits, masks.agreement)


def expected_dice(logits: Tensor) -> Tensor:
    """Dice that a mask expects of itself, were its probabilities true: (T, K, h, w) to (T, K).

    For a frame without the object it is the probability that there is none.
    """
    probability = torch.sigmoid(logits.float())
    predicted = (probability > 0.5).float()
    overlap = (probability * predicted).sum(dim=(2, 3))
    dice = 2 * overlap / (probability.sum(dim=(2, 3)) + predicted.sum(dim=(2, 3))).clamp(min=1e-6)
    least = max(1, round(PRESENT * logits.shape[2] * logits.shape[3]))
    strongest = probability.flatten(2).topk(least, dim=2).values.mean(dim=2)
    shown = predicted.sum(dim=(2, 3)) > 0
    return torch.where(shown, dice, 1 - strongest)


def confidence(
    masks: SoftMasks,
    first: SoftMasks,
    marked: list[list[int]],
    scores: Tensor | None = None,
    carried: CarriedTrust | None = None,
    verdict: Verdict | None = None,
) -> Tensor:
    """(T, K) in [0, 1]: expected Dice of the last and first propagation, lowered where they or the directions differ.

    Later propagations confirm what they have learned from themselves; the first one does not, and where it
    predicted something else the frame is a hard one. Marked frames have 1.

    Args:
        masks: the last prediction.
        first: what was predicted from the marks alone.
        marked: for each segment the frames on which a user said where it is, or that it is absent.
        scores: (T, K) reverse classification accuracy of each frame, nan where nothing is predicted; None where none
            was looked for.
        carried: masks that were carried along; a frame is as sure as it is like the marked one, in their share.
        verdict: of a judge; what it expects counts as much as all the rest.
    """
    sure = _expected_dice(masks) * _expected_dice(first) * mutual_agreement(masks, first)
    trust = sure * (0.25 + 0.75 * masks.agreement)
    if scores is not None:
        trust = trust * scores.nan_to_num(nan=1.0) ** SCORE_POWER
    if carried is not None:
        trust = torch.lerp(trust, carried.likeness.clamp(min=0).sqrt(), carried.share)
    if verdict is not None:
        trust = (trust.clamp(0, 1) * verdict.dice).sqrt()
    for column, known in enumerate(marked):
        trust[known, column] = 1.0
    return trust.clamp(0, 1)


def _expected_dice(masks: SoftMasks) -> Tensor:
    return torch.cat([expected_dice(chunk) for chunk in masks.logits.split(CHUNK_FRAMES)])
