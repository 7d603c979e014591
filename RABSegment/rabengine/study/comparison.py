"""Who drew a frame how differently from whom: each frame that two have drawn, segment by segment."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from rabengine.errors import InputError

from .marks import MarkFile, mark_size, read_labels
from .measures import finite, mask_dice, mask_hd95
from .ratings import DECISION, VERIFY, Rating
from .study import Study

RATERS, AGAIN, PREDICTED = "raters", "again", "predicted"
PREDICTION = "prediction"  # in the place of a name


@dataclass(frozen=True)
class Comparison:
    """One segment on one frame, drawn twice.

    Attributes:
        cine, frame, segment: what. kind: "raters" (two people), "again" (the same one, later) or "predicted" (a person,
            and what was predicted there before anybody had marked it).
        first, second: by whom; "prediction" where it was the engine.
        is_verified: one of them saw the other, as what was predicted, and found it right, or both found the same
            right; so they are alike by nature.
        areas: in pixels, of the first and the second. pixel: area of a pixel in mm2, None without a calibration.
        dice: in [0, 1], 1 where neither drew it. hd95, hd95_mm: None where one of them did not draw it, in mm also
            without a calibration.
    """

    cine: int
    frame: int
    segment: int
    kind: str
    first: str
    second: str
    is_verified: bool
    areas: tuple[int, int]
    pixel: float | None
    dice: float
    hd95: float | None
    hd95_mm: float | None

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        pixel = self.pixel
        return {
            "cine": self.cine,
            "frame": self.frame,
            "segment": self.segment,
            "kind": self.kind,
            "first": self.first,
            "second": self.second,
            "verified": self.is_verified,
            "first_area_px": self.areas[0],
            "second_area_px": self.areas[1],
            "first_area_mm2": None if pixel is None else finite(self.areas[0] * pixel),
            "second_area_mm2": None if pixel is None else finite(self.areas[1] * pixel),
            "dice": finite(self.dice),
            "hd95_px": finite(self.hd95),
            "hd95_mm": finite(self.hd95_mm),
        }


@dataclass(frozen=True)
class Compared:
    """All comparisons of a study.

    Attributes:
        comparisons: by cine and frame.
        present: {segment: {(cine, frame): what each person said of it}}, whether it is there, of first readings alone.
        problems: sentences of label images that are missing or damaged; the others are compared.
    """

    comparisons: tuple[Comparison, ...]
    present: dict[int, dict[tuple[int, int], tuple[bool, ...]]]
    problems: tuple[str, ...]


def compare(study: Study) -> Compared:
    """Compare whatever was drawn twice on the same frame. Decisions of a third person are compared with nobody.

    Raises:
        InputError: the database cannot be read.
    """
    comparisons: list[Comparison] = []
    present: dict[int, dict[tuple[int, int], tuple[bool, ...]]] = {}
    problems: list[str] = []
    everything = study.ratings()
    # A mark says of every segment of the study whether it is on the frame.
    values = sorted({value for rating in everything for value in rating.mark.segments} | _predicted(study, everything))
    for (cine, frame), ratings in by_frame(everything).items():
        pairs = list(_pairs(ratings))
        labels = _Labels(study)
        try:
            found = [_compared(pair, value, labels) for pair in pairs for value in values]
        except InputError as error:
            problems.append(f"Frame {frame} of cine {cine} is left out: {error.message}")
            continue
        comparisons += found
        firsts = [rating for rating in ratings if rating.reading == 1]
        if len(firsts) > 1:
            for value in values:
                said = tuple(value in rating.mark.segments for rating in firsts)
                present.setdefault(value, {})[cine, frame] = said
    return Compared(tuple(comparisons), present, tuple(problems))


def _predicted(study: Study, ratings: Iterable[Rating]) -> set[int]:
    """Segments of predictions that are compared: one that nobody drew was found where there is nothing."""
    values: set[int] = set()
    for file in {rating.predicted for rating in ratings if rating.predicted and rating.reading == 1}:
        with suppress(InputError):  # said where it is compared
            values |= set(np.unique(_Labels(study).of(MarkFile(0, file, ()))).tolist())
    return values - {0}


def by_frame(ratings: Iterable[Rating]) -> dict[tuple[int, int], list[Rating]]:
    """Ratings by cine and frame."""
    frames: dict[tuple[int, int], list[Rating]] = {}
    for rating in ratings:
        frames.setdefault((rating.cine, rating.frame), []).append(rating)
    return frames


@dataclass(frozen=True)
class _Pair:
    """Two label images to compare."""

    kind: str
    names: tuple[str, str]
    marks: tuple[MarkFile, MarkFile]
    rating: Rating
    is_verified: bool = False


def _pairs(ratings: Sequence[Rating]) -> Iterator[_Pair]:
    """Of the standing ratings of one frame."""
    drawn = [rating for rating in ratings if rating.reading != DECISION]
    firsts = sorted((rating for rating in drawn if rating.reading == 1), key=lambda rating: rating.by)
    for one, other in itertools.combinations(firsts, 2):
        # A mark of an older version has no pixel size, the other of the same frame may have it.
        rating = other if one.spacing is None else one
        are_alike = VERIFY in (one.how, other.how) and one.mark.file == other.mark.file
        yield _Pair(RATERS, (one.by, other.by), (one.mark, other.mark), rating, are_alike)
    for rating in drawn:
        if rating.reading > 1:
            for before in drawn:
                if before.by == rating.by and before.reading == rating.reading - 1:
                    yield _Pair(AGAIN, (rating.by, rating.by), (before.mark, rating.mark), rating)
    for rating in firsts:
        if rating.predicted:
            found = MarkFile(rating.frame, rating.predicted, ())
            are_alike = rating.how == VERIFY and rating.mark.file == found.file
            yield _Pair(PREDICTED, (rating.by, PREDICTION), (rating.mark, found), rating, are_alike)


class _Labels:
    """Label images, each read once."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._read: dict[str, np.ndarray] = {}

    def of(self, mark: MarkFile) -> np.ndarray:
        if mark.file not in self._read:
            size = mark_size(self._study.folder, mark)
            self._read[mark.file] = read_labels(self._study.folder, mark, size)
        return self._read[mark.file]


def _compared(pair: _Pair, segment: int, labels: _Labels) -> Comparison:
    first, second = (labels.of(mark) == segment for mark in pair.marks)
    if first.shape != second.shape:
        raise InputError(f"The marks {pair.marks[0].file} and {pair.marks[1].file} differ in size.", "Mark it anew.")
    spacing = pair.rating.spacing
    return Comparison(
        cine=pair.rating.cine,
        frame=pair.rating.frame,
        segment=segment,
        kind=pair.kind,
        first=pair.names[0],
        second=pair.names[1],
        is_verified=pair.is_verified,
        areas=(int(np.count_nonzero(first)), int(np.count_nonzero(second))),
        pixel=None if spacing is None else spacing[0] * spacing[1],
        dice=mask_dice(first, second),
        hd95=mask_hd95(first, second),
        hd95_mm=None if spacing is None else mask_hd95(first, second, spacing),
    )
