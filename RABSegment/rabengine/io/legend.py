"""Names and colours of segments, the same in every file that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

Colour = tuple[int, int, int]  # red, green, blue, 0 to 255
Key = TypeVar("Key")

# The colours of Okabe and Ito, which people with any colour vision can tell apart; those that stand out most
# on a grey picture come first. They repeat after the seventh segment.
PALETTE: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (240, 228, 66),
    (0, 158, 115),
    (204, 121, 167),
    (213, 94, 0),
    (0, 114, 178),
)


class Concept(NamedTuple):
    """What DICOM calls a coded concept.

    Attributes:
        value: in the scheme, such as "87878005".
        scheme: its designator, such as "SCT" for SNOMED CT.
        meaning: for people, such as "Left ventricle".
    """

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True)
class Terminology:
    """What a segment is, in codes.

    Attributes:
        category: such as Anatomical Structure.
        kind: such as Left ventricle.
        modifier: of the kind, such as Right.
        region: in the body where the segment lies.
        region_modifier: such as Right.
    """

    category: Concept
    kind: Concept
    modifier: Concept | None = None
    region: Concept | None = None
    region_modifier: Concept | None = None


@dataclass(frozen=True)
class LegendEntry:
    """What a label value stands for.

    Attributes:
        name: of the segment.
        colour: red, green, blue, 0 to 255.
        terminology: what it is in codes, where somebody chose them.
    """

    name: str
    colour: Colour
    terminology: Terminology | None = None


Legend = Mapping[int, LegendEntry]  # by label value


def segment_colour(segment: int) -> Colour:
    """RGB colour, 0 to 255, of a segment by its label value (1 and up)."""
    return PALETTE[(segment - 1) % len(PALETTE)]


def told_apart(names: Mapping[Key, str]) -> dict[Key, str]:
    """The names, with a number where one was given before: files and columns tell segments by it."""
    found: dict[Key, str] = {}
    for key, given in names.items():
        name, count = given, 1
        while name in found.values():
            count += 1
            name = f"{given} ({count})"
        found[key] = name
    return found


def legend_of(
    segments: Iterable[int], names: Mapping[int, str] | None = None, told: Legend | None = None
) -> dict[int, LegendEntry]:
    """An entry for each label value, "Segment 3" where it has no name.

    Args:
        segments: label values.
        names: {label value: name}; others than `segments` are left out.
        told: {label value: what a file says of it}, which holds but for the name where `names` has one.
    """
    known, said = names or {}, told or {}
    entries = {}
    for value in sorted(segments):
        entry = said.get(value) or LegendEntry(f"Segment {value}", segment_colour(value))
        entries[value] = replace(entry, name=known.get(value) or entry.name)
    return entries
