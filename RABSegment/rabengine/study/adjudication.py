"""Frames on which people differ, and what a third person decides of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError

from .comparison import RATERS, by_frame, compare
from .log import person
from .marks import mark_size, read_labels
from .measures import finite
from .ratings import ADJUDICATE, DECISION, Rating
from .study import Study


@dataclass(frozen=True)
class Difference:
    """A frame that several people marked differently.

    Attributes:
        cine, frame: where. name: of the cine. raters: who marked it.
        dice: the least over two of them and a segment, in [0, 1]; 0 where one of them left out what another drew.
        segment: of which that is. decided_by: the third person, empty where nobody has decided.
    """

    cine: int
    frame: int
    name: str
    raters: tuple[str, ...]
    dice: float
    segment: int
    decided_by: str

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return {**vars(self), "raters": list(self.raters), "dice": finite(self.dice)}


def differences(study: Study, below: float = 1.0, with_decided: bool = False) -> list[Difference]:
    """The frames that people marked differently, those that differ most first.

    Args:
        below: only those with a Dice of less. with_decided: also those that a third person has decided.

    Raises:
        InputError: the database cannot be read.
    """
    ratings = by_frame(study.ratings())
    names = {cine.id: cine.name for cine in study.cines()}
    least: dict[tuple[int, int], tuple[float, int]] = {}
    for one in compare(study).comparisons:
        if one.kind == RATERS:
            place = (one.cine, one.frame)
            least[place] = min(least.get(place, (1.0, one.segment)), (one.dice, one.segment))
    found = []
    for (cine, frame), (dice, segment) in least.items():
        people = [rating.by for rating in ratings[cine, frame] if rating.reading == 1]
        decided = [rating.by for rating in ratings[cine, frame] if rating.reading == DECISION]
        if dice < below and (with_decided or not decided):
            by = decided[-1] if decided else ""
            found.append(Difference(cine, frame, names[cine], tuple(sorted(people)), dice, segment, by))
    return sorted(found, key=lambda one: (one.dice, one.cine, one.frame))


def decide(
    study: Study,
    number: int,
    frame: int,
    *,
    take: str = "",
    labels: np.ndarray | None = None,
    cine: Cine | None = None,
    by: str = "",
    names: Mapping[int, str] | None = None,
) -> None:
    """Let a third person's decision be the mark of a frame that is used; what the others drew is kept.

    Args:
        number, frame: where. take: the rater whose mark is right; or labels: (H, W), drawn by the third person.
        cine: its frames, where they were read already. by: the third person. names: of segments.

    Raises:
        InputError: fewer than two people marked this frame, the third person is one of them, or nobody is called so.
    """
    by = person(by)
    ratings = [one for one in study.ratings(number) if one.frame == frame and one.reading == 1]
    people = sorted({one.by for one in ratings})
    if len(people) < 2:
        raise InputError(
            f"Frame {frame} of cine {number} was marked by {people[0] if people else 'nobody'}, not by two people.",
            "See which frames differ: rabsegment study adjudicate DIR",
        )
    if by in people:
        raise InputError(
            f"{by} marked frame {frame} of cine {number}, and a third person decides.", "Say who decides: --by NAME"
        )
    if labels is None:
        labels = _drawn_by(study, ratings, take, people)
    study.mark(number, {frame: labels}, names, by=by, cine=cine, what=ADJUDICATE)


def _drawn_by(study: Study, ratings: list[Rating], name: str, people: list[str]) -> np.ndarray:
    for one in ratings:
        if one.by == name:
            return read_labels(study.folder, one.mark, mark_size(study.folder, one.mark))
    raise InputError(f"{name or 'Nobody'} did not mark this frame.", f"Take the mark of {' or '.join(people)}.")
