"""What the page may send, and what is made of values that make no sense: whoever can open a socket can send any.

Each reader returns a value of the one type that the rest of the program expects, or raises a ValueError.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

Reader = Callable[[Any], Any]


def flag(value: Any) -> bool:
    """True or False, nothing that only counts as one of them."""
    if not isinstance(value, bool):
        raise ValueError("not true or false")
    return value


def number(low: float, high: float) -> Reader:
    """A finite number, the nearest that is in this range."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError("not a number")
        return min(max(float(value), low), high)

    return read


def whole(low: int, high: int) -> Reader:
    """A whole number in this range; a fraction is rounded."""
    read = number(low - 1, high + 1)

    def read_whole(value: Any) -> int:
        found = round(read(value))
        if not low <= found <= high:
            raise ValueError("too small or too large")
        return found

    return read_whole


def text(longest: int) -> Reader:
    """A text of one line, without control characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise ValueError("not a text")
        if not is_clean(value):
            raise ValueError("a text with control characters")
        return value

    return read


def is_clean(value: str) -> bool:
    """Whether a text has no control characters, and none that stand for broken ones, as in some file names."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in value)


def color(value: Any) -> str:
    """As "#rrggbb"."""
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError("not a colour")
    return value


def pair(low: float, high: float) -> Reader:
    """Two numbers of this range, the smaller one first."""
    read = number(low, high)

    def read_pair(value: Any) -> list[float]:
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise ValueError("not two numbers")
        return sorted(read(one) for one in value)

    return read_pair


def path(longest: int) -> Reader:
    """A list of places (x, y), as shares of a view's size; a drag goes on a little beyond its edges."""
    read = number(-4.0, 5.0)

    def read_path(value: Any) -> list[tuple[float, float]]:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= longest:
            raise ValueError("no path")
        if not all(isinstance(place, list | tuple) and len(place) == 2 for place in value):
            raise ValueError("no places")
        return [(read(x), read(y)) for x, y in value]

    return read_path


FRAME = whole(0, 10**6)
STEPS = whole(-100, 100)
SIZE = number(-1e9, 1e9)  # in mm or ms; what makes no sense is refused with a sentence
SHARE = number(0.0, 1.0)  # of a view's width or height
WORD = text(256)  # a name, or one of some choices
PATH = text(4096)
STROKE = path(20_000)
_PIXEL_VALUES = 1e12
SMALLEST_BRUSH, LARGEST_BRUSH = 1.0, 200.0  # pixels of the frame

# Variables of the state that the page sets; others are its own affair and never reach the server.
VARIABLES: dict[str, Reader] = {
    "frame": FRAME,
    "tool": WORD,
    "brush_size": number(SMALLEST_BRUSH, LARGEST_BRUSH),
    "scissors_mode": WORD,
    "smoothing_mode": WORD,
    "smoothing_size": number(1.0, 31.0),
    "islands_mode": WORD,
    "islands_size": whole(1, 10**6),
    "threshold": pair(-_PIXEL_VALUES, _PIXEL_VALUES),
    "is_limited": flag,
    "segment": WORD,
    "preset": WORD,
    "device": WORD,
    "seed": whole(0, 2**31 - 1),
    "ventricle": WORD,
    "notice_open": flag,
}


def read_variables(changes: Any) -> dict[str, Any]:
    """{name: value} of those changes that can be used; the others count as never sent.

    Args:
        changes: [{"key": name, "value": value}, ...] as the page sends them.
    """
    found: dict[str, Any] = {}
    for change in changes if isinstance(changes, list) else ():
        name = change.get("key") if isinstance(change, dict) else None
        if isinstance(name, str) and name in VARIABLES:
            try:
                found[name] = VARIABLES[name](change.get("value"))
            except ValueError:
                continue
    return found


def read_arguments(arguments: Sequence[Any], readers: Sequence[Reader]) -> list[Any]:
    """The arguments of what the page asks for.

    Raises:
        ValueError: too few or too many, or one that makes no sense.
    """
    return [reader(argument) for reader, argument in zip(readers, arguments, strict=True)]
