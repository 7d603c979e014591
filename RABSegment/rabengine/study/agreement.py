"""Agreement in a study: between people, of each with himself, and between people and what was predicted."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .comparison import AGAIN, PREDICTED, RATERS, Compared, Comparison, compare
from .measures import BlandAltman, bland_altman, cohen_kappa, finite, fleiss_kappa
from .study import Study

MM2, PIXELS = "mm2", "px"
_ORDER = (RATERS, AGAIN, PREDICTED)


@dataclass(frozen=True)
class PairAgreement:
    """How far two agree on one segment; see `Comparison` for `kind`, `first` and `second`.

    Attributes:
        segment: its label. cines, frames: on how many both drew or left it out. verified: frames of them that a person
            found right as they were predicted.
        dice, dice_deviation, least_dice: mean, standard deviation (None of one frame) and least over the frames on
            which at least one drew it; None where nobody did.
        hd95_px, hd95_mm: mean over the frames on which both drew it; in mm None unless all of these are calibrated.
        kappa: Cohen's, of whether it is on a frame; None where both always say the same one thing.
        areas: Bland-Altman over the frames on which at least one drew it, second minus first, in `unit`.
        unit: "mm2" where all of these are calibrated, else "px".
        points: (mean, difference) of the areas of each of these frames.
    """

    kind: str
    first: str
    second: str
    segment: int
    cines: int
    frames: int
    verified: int
    dice: float | None
    dice_deviation: float | None
    least_dice: float | None
    hd95_px: float | None
    hd95_mm: float | None
    kappa: float | None
    areas: BlandAltman | None
    unit: str
    points: tuple[tuple[float, float], ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        found = asdict(self)
        if self.areas is not None:
            found["areas"] = {
                name: value if name == "count" else finite(value) for name, value in asdict(self.areas).items()
            }
        numbers = ("dice", "dice_deviation", "least_dice", "hd95_px", "hd95_mm", "kappa")
        found.update({name: finite(getattr(self, name)) for name in numbers})
        found["points"] = [[finite(value) for value in point] for point in self.points]
        return found


@dataclass(frozen=True)
class Presence:
    """Agreement of all people on whether a segment is on a frame.

    Attributes:
        segment: its label. frames: that at least two marked. kappa: Fleiss's, None where all always say the same.
    """

    segment: int
    frames: int
    kappa: float | None

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return {"segment": self.segment, "frames": self.frames, "kappa": finite(self.kappa)}


@dataclass(frozen=True)
class Agreement:
    """Agreement in a study.

    Attributes:
        pairs: between people first, then of each with himself, then with what was predicted.
        presence: of each segment. comparisons: what they were made of.
        problems: sentences of frames that are left out, for a label image is missing or damaged.
    """

    pairs: tuple[PairAgreement, ...]
    presence: tuple[Presence, ...]
    comparisons: tuple[Comparison, ...]
    problems: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return {
            "pairs": [pair.as_json() for pair in self.pairs],
            "presence": [one.as_json() for one in self.presence],
            "frames": [one.as_json() for one in self.comparisons],
            "problems": list(self.problems),
        }


def agreement(study: Study) -> Agreement:
    """Compare whatever was drawn twice on the same frames.

    Raises:
        InputError: the database cannot be read.
    """
    return agreement_of(compare(study))


def agreement_of(compared: Compared) -> Agreement:
    """The figures of comparisons."""
    groups: dict[tuple[int, str, str, int], list[Comparison]] = {}
    for one in compared.comparisons:
        groups.setdefault((_ORDER.index(one.kind), one.first, one.second, one.segment), []).append(one)
    presence = [
        Presence(segment, len(said), fleiss_kappa(list(said.values())))
        for segment, said in sorted(compared.present.items())
    ]
    pairs = tuple(_pair(groups[key]) for key in sorted(groups))
    return Agreement(pairs, tuple(presence), compared.comparisons, compared.problems)


def _pair(group: Sequence[Comparison]) -> PairAgreement:
    one = group[0]
    drawn = [each for each in group if any(each.areas)]
    dice = [each.dice for each in drawn]
    unit = MM2 if drawn and all(each.pixel for each in drawn) else PIXELS
    distances = [each for each in drawn if each.hd95 is not None]
    in_mm = [each.hd95_mm for each in distances if each.hd95_mm is not None]
    sizes = [(each.pixel or 1.0) if unit == MM2 else 1.0 for each in drawn]
    first = [each.areas[0] * size for each, size in zip(drawn, sizes, strict=True)]
    second = [each.areas[1] * size for each, size in zip(drawn, sizes, strict=True)]
    return PairAgreement(
        kind=one.kind,
        first=one.first,
        second=one.second,
        segment=one.segment,
        cines=len({each.cine for each in group}),
        frames=len(group),
        verified=sum(each.is_verified for each in group),
        dice=_mean(dice),
        dice_deviation=statistics.stdev(dice) if len(dice) > 1 else None,
        least_dice=min(dice, default=None),
        hd95_px=_mean([each.hd95 for each in distances if each.hd95 is not None]),
        hd95_mm=_mean(in_mm) if len(in_mm) == len(distances) else None,
        kappa=cohen_kappa([each.areas[0] > 0 for each in group], [each.areas[1] > 0 for each in group]),
        areas=bland_altman(first, second),
        unit=unit,
        points=tuple(((ours + theirs) / 2, theirs - ours) for ours, theirs in zip(first, second, strict=True)),
    )


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
