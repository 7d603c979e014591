"""`study_user.md`: marks by place in the study, what was reached without a mark, and how well the need was called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from rabengine.evaluation.markdown import NOTHING, decimal, table

from .user import NEEDED, OURS, RANDOM, TARGET, TITLES

Record = Mapping[str, Any]
FROM = 4  # the place from which the aim of few marks holds


def marks_by_place(records: Sequence[Record], way: str) -> list[float]:
    """The mean number of marks of the cines at the first place, the second, and so on."""
    rows = [one for one in records if one["way"] == way]
    places = sorted({one["place"] for one in rows})
    return [fmean(len(one["marks"]) for one in rows if one["place"] == place) for place in places]


def called_rightly(records: Sequence[Record]) -> list[bool]:
    """Of each cine that had a prediction before its first mark: whether the need for a person was called rightly."""
    return [one["needs_person"] == (one["carried"] < NEEDED) for one in records if one["carried"] is not None]


def to_markdown(records: Sequence[Record]) -> list[str]:
    """The lines of the file."""
    last = max(one["place"] for one in records)
    rows = []
    for way, title in TITLES.items():
        own = [one for one in records if one["way"] == way]
        if not own:
            continue
        means = marks_by_place(records, way)
        reached = fmean(one["dice"] >= TARGET for one in own)
        overall = fmean(len(one["marks"]) for one in own)
        rows.append([title, *(decimal(one, 2) for one in (*means, overall)), f"{100 * reached:.0f} %"])
    places = [str(place) for place in range(1, last + 1)]
    lines = [
        f"Marks of a cine until the mean Dice of its unmarked frames is {TARGET:.2f}, by its place in the study.",
        "",
        *table(["way", *places, "all", "reached"], rows),
        "",
    ]
    for way in (OURS, RANDOM):
        own = [one for one in records if one["way"] == way]
        if own:
            lines.append(f"{TITLES[way].capitalize()}: {_words(own)}")
    return [*lines, "", *_each(records)]


def _words(records: Sequence[Record]) -> str:
    later, called = [one for one in records if one["place"] >= FROM], called_rightly(records)
    parts = []
    if later:
        none, few = (fmean(len(one["marks"]) <= most for one in later) for most in (0, 1))
        parts.append(
            f"from place {FROM} on {100 * none:.0f} % of the cines took no mark and {100 * few:.0f} % at most one"
        )
    if called:
        parts.append(f"the need for a person was called rightly in {sum(called)} of {len(called)}")
    return "; ".join(parts) + "."


def _each(records: Sequence[Record]) -> list[str]:
    rows = [
        [
            one["way"],
            str(one["seed"]),
            str(one["place"]),
            one["cine"],
            decimal(one["carried"], 3),
            decimal(one["confidence"], 2),
            NOTHING if one["needs_person"] is None else ("yes" if one["needs_person"] else "no"),
            ", ".join(map(str, one["marks"])) or NOTHING,
            decimal(one["dice"], 3),
        ]
        for one in records
    ]
    heads = ["way", "seed", "place", "cine", "Dice without a mark", "confidence", "needs a person", "marked", "Dice"]
    return table(heads, rows)
