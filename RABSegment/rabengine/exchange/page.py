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
        f"{counted(len(items), 'cine')}, {counted(sum(counts.values()), 'frame')}, {empty} of them without an object.",
        *(f"- {counted(count, 'frame')}: {_ORIGINS[origin]}." for origin, count in counts.items() if count),
        "",
        "Segments:",
        *(f"- {value}: {entry.name}" for value, entry in items[0].legend.items()),
        "",
        *_splits(items),
        *choices,
    ]
    return "\n".join(lines).rstrip() + "\n"


def counted(number: int, word: str) -> str:
    """A number with its word: "1 frame", "2 frames"."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def _splits(items: Sequence[ExchangeItem]) -> list[str]:
    used = [split for split in SPLITS if any(item.split == split for item in items)]
    if len(used) < 2:
        return []
    said = []
    for split in used:
        chosen = [item for item in items if item.split == split]
        patients = len({item.patient or item.name for item in chosen})
        said.append(f"- {split}: {counted(len(chosen), 'cine')} of {counted(patients, 'patient')}")
    return ["Splits, no patient in two of them:", *said, ""]
