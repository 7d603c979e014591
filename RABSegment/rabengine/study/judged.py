"""What is said of a result: how sure it is, and whether a person should look at it."""

from __future__ import annotations

from dataclasses import dataclass

from rabengine.segmentation import Segmentation

from .records import StudyPrediction

# Agreement is above what is right by so much (five echocardiograms, each from three frames of each of the others: where
# two agree to 0.90, the Dice is 0.85).
OPTIMISM = 0.05


@dataclass(frozen=True)
class WitnessAgreement:
    """How far other cines agree on a result, see `witnesses`.

    Attributes:
        value: 0 to 1, as of `witnesses.agreement`. cines: how many were asked.
    """

    value: float
    cines: int

    @property
    def expected(self) -> float:
        """The mean Dice to expect."""
        return max(self.value - OPTIMISM, 0.0)


def judged(
    found: Segmentation,
    *,
    file: str,
    certain: float,
    known: int,
    seconds: float,
    carried: tuple[int, ...] = (),
    agreed: WitnessAgreement | None = None,
) -> StudyPrediction:
    """What the study notes of a result.

    Args:
        found: the result. file: where its labels are kept, below the store.
        certain: see `StudySettings`. known: last entry of the log that it heeds. seconds: it took.
        carried: the cines whose marks it was made from; none where they were its own.
        agreed: how far these agree, where they were asked; the confidence is of it.
    """
    sure = found.confidence.min(axis=1)
    mean, least = float(sure.mean()), float(sure.min())
    is_empty = not found.labels.any()
    of = "" if agreed is None else f", for {agreed.cines} other cines agree to {agreed.value:.2f}"
    if is_empty:
        why = "nothing was found on any frame"
    elif mean < certain:
        why = f"the mean confidence is {mean:.2f}, below {certain:.2f}{of}"
    else:
        why = f"the mean confidence is {mean:.2f}{of}"
    return StudyPrediction(
        file=file,
        preset=found.preset,
        frames=len(found.labels),
        confidence=mean,
        least=least,
        next_frame=found.next_frame,
        carried=carried,
        needs_person=is_empty or mean < certain,
        why=why,
        known=known,
        seconds=round(seconds, 3),
    )
