"""What the names of a folder's pictures say of its frames: numbers that do not count from 0, gaps, and other files."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from rabengine.cine import COUNTED

from .names import Part, parts_of_names


def numbering_notes(stems: Sequence[str]) -> tuple[str, ...]:
    """What the user should know of frames that are taken in the order of their names.

    Args:
        stems: names without their endings, one a frame, in that order.
    """
    parts = parts_of_names([stem.lower() for stem in stems])
    kinds = {tuple(part if isinstance(part, str) else 0 for part in one) for one in parts}
    if len(kinds) > 1:
        return (
            f"The pictures have names of {len(kinds)} kinds, as pictures and their masks have: all are frames, in the "
            "order of their names.",
        )
    numbers = _numbers(parts)
    if numbers is None:
        return ()
    notes = []
    if numbers[0] != 0:
        notes.append(f"{COUNTED}, the names of the pictures from {numbers[0]}: frame 0 is number {numbers[0]}.")
    missing = numbers[-1] - numbers[0] + 1 - len(numbers)
    if missing:
        verb = "is" if missing == 1 else "are"
        numbered = f"Of the numbers {numbers[0]} to {numbers[-1]} in the names of the pictures"
        notes.append(f"{numbered} {missing} {verb} missing: frames are counted without them.")
    return tuple(notes)


def _numbers(parts: Sequence[Sequence[Part]]) -> list[int] | None:
    """The one whole number that rises from name to name; None where there is none, or several differ."""
    columns = zip(*([part for part in one if not isinstance(part, str)] for one in parts), strict=True)
    varied = [column for column in columns if len(set(column)) > 1]
    if len(varied) != 1 or not all(later > earlier for earlier, later in itertools.pairwise(varied[0])):
        return None
    numbers = [number for number in varied[0] if isinstance(number, int)]
    return numbers if len(numbers) == len(parts) else None
