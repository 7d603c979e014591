"""The page for people that lies in every set."""

from __future__ import annotations

from collections.abc import Sequence

from .format import MARKED, PREDICTED, SPLITS, UNKNOWN, ExchangeFormat, ExchangeItem

_ORIGINS = {
    MARKED: "marked by a person, or checked by one",
    PREDICTED: "PREDICTED and checked by nobody",
    UNKNOWN: "of unknown origin: the file that they were read from does not say whether a person made them",
}


def page_of(one: ExchangeFormat, items: Sequence[ExchangeItem], choices: Sequence[str]) -> str:
    """What is in the set, in plain lines.

    Args:
        one: the format. items: as written. choices: sentences on what was chosen.
    """
    counts = {origin: sum(list(item.origins.values()).count(origin) for item in items) for origin in _ORIGINS}
    empty = sum(not labels.any() for item in items for labels in item.labels.values())
    lines = [
        f"{one.title}, written by RABSegment. Not for clinical use.",
        "",
        f"{len(items)} cines, {sum(counts.values())} frames, {empty} of them without an object.",
        *(f"- {count} frames are {_ORIGINS[origin]}." for origin, count in counts.items() if count),
        "",
        "Segments:",
        *(f"- {value}: {entry.name}" for value, entry in items[0].legend.items()),
        "",
        *_splits(items),
        *choices,
    ]
    return "\n".join(lines).rstrip() + "\n"


def _splits(items: Sequence[ExchangeItem]) -> list[str]:
    used = [split for split in SPLITS if any(item.split == split for item in items)]
    if len(used) < 2:
        return []
    said = []
    for split in used:
        chosen = [item for item in items if item.split == split]
        patients = len({item.patient or item.name for item in chosen})
        said.append(f"- {split}: {len(chosen)} cines of {patients} patients")
    return ["Splits, no patient in two of them:", *said, ""]
