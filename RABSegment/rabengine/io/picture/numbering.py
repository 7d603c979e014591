"""What the names of a folder's pictures say of its frames: numbers that do not count from 0, gaps, and other files."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from rabengine.cine import COUNTED


def numbering_notes(stems: Sequence[str]) -> tuple[str, ...]:
    """What the user should know of frames that are taken in the order of their names.

    Args:
        stems: names without their endings, one a frame, in that order.
    """
    kinds = {re.sub(r"\d+", "0", stem.lower()) for stem in stems}
    if len(kinds) > 1:
        return (
            f"The pictures have names of {len(kinds)} kinds, as pictures and their masks have: all are frames, in the "
            "order of their names.",
        )
    numbers = _numbers(stems)
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


def _numbers(stems: Sequence[str]) -> list[int] | None:
    """The one number that rises from name to name; None where there is none, or several differ."""
    parts = [re.findall(r"\d+", stem) for stem in stems]
    columns = [list(map(int, column)) for column in zip(*parts, strict=True)]
    varied = [column for column in columns if len(set(column)) > 1]
    if len(varied) != 1 or not all(later > earlier for earlier, later in itertools.pairwise(varied[0])):
        return None
    return varied[0]
