"""Names and colours of segments, the same in every file that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Colour = tuple[int, int, int]  # red, green, blue, 0 to 255

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


@dataclass(frozen=True)
class LegendEntry:
    """What a label value stands for.

    Attributes:
        name: of the segment.
        colour: red, green, blue, 0 to 255.
    """

    name: str
    colour: Colour


Legend = Mapping[int, LegendEntry]  # by label value


def segment_colour(segment: int) -> Colour:
    """RGB colour, 0 to 255, of a segment by its label value (1 and up)."""
    return PALETTE[(segment - 1) % len(PALETTE)]


def legend_of(segments: Iterable[int], names: Mapping[int, str] | None = None) -> dict[int, LegendEntry]:
    """An entry for each label value, "Segment 3" where it has no name.

    Args:
        segments: label values.
        names: {label value: name}; others than `segments` are left out.
    """
    known = names or {}
    return {
        value: LegendEntry(known.get(value) or f"Segment {value}", segment_colour(value)) for value in sorted(segments)
    }
