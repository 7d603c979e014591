"""The variables that the page shows and sets: each part of the program declares its own as a dataclass.

The dataclass of a part stands beside what it does, with the types and first values of its variables; a field that the
page sets says in its metadata how what comes is read. The program writes and reads a part by `PageState.part`, the
templates of the page say its fields by `names`, and the browser's own files by the dataclass and the field (link.js).
trame calls a variable `Class__field` on the way.

Whoever can open a socket can send anything. So each reader returns a value of the one type that the rest of the program
expects, or raises a ValueError; variables without a reader are the server's own, and are never taken.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar, cast

from trame_server.state import State
from trame_server.utils.typed_state import TypedState

Reader = Callable[[Any], Any]
Part = TypeVar("Part")
_READER = "reader"


class PageState:
    """The variables of one application, part by part; leaving it as a context tells the pages what changed.

    Args:
        state: of the trame server.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._parts: dict[type, Any] = {}

    def __enter__(self) -> PageState:
        return self

    def __exit__(self, *_error: object) -> None:
        self._state.flush()

    @property
    def readers(self) -> dict[str, Reader]:
        """{variable: its reader} of all that the page may set."""
        return {name: reader for kind in self._parts for name, reader in readers(kind).items()}

    def part(self, kind: type[Part]) -> Part:
        """The variables of a part: to be read and set as the fields of its dataclass."""
        return cast(Part, self._typed(kind).data)

    def put(self, part: Any) -> None:
        """Set all variables of a part to the fields of an instance of its dataclass."""
        self._typed(type(part)).set_dataclass(part)

    def bind(self, kind: type, changes: Mapping[Any, Callable[..., None]]) -> None:
        """Call when variables of a part have changed.

        Args:
            kind: the dataclass of the part.
            changes: {name, or tuple of names: what is called with their values}.
        """
        self._typed(kind).bind_changes(changes)

    def reset(self) -> None:
        """Set all variables to what they are first."""
        for kind in self._parts:
            self.put(kind())

    def _typed(self, kind: type) -> Any:
        if kind not in self._parts:
            self._parts[kind] = TypedState(self._state, kind)
        return self._parts[kind]


def names(kind: type[Part]) -> Part:
    """What stands for the fields of a part in the page's templates: its variables by name, in place of their values."""
    return cast(Part, TypedState(State(), kind).name)


def from_page(reader: Reader) -> dict[str, Reader]:
    """Metadata of a field that the page sets."""
    return {_READER: reader}


def readers(kind: type[Any]) -> dict[str, Reader]:
    """{variable: its reader} of the fields of a part that the page sets."""
    called = names(kind)
    return {getattr(called, one.name): one.metadata[_READER] for one in fields(kind) if _READER in one.metadata}


def read_variables(changes: Any, known: Mapping[str, Reader]) -> dict[str, Any]:
    """{variable: value} of those changes that can be used; the others count as never sent.

    Args:
        changes: [{"key": variable, "value": value}, ...] as the page sends them.
        known: {variable: its reader}.
    """
    found: dict[str, Any] = {}
    for change in changes if isinstance(changes, list) else ():
        name = change.get("key") if isinstance(change, dict) else None
        if isinstance(name, str) and name in known:
            try:
                found[name] = known[name](change.get("value"))
            except ValueError:
                continue
    return found


def read_arguments(arguments: Sequence[Any], wanted: Sequence[Reader]) -> list[Any]:
    """The arguments of what the page asks for.

    Raises:
        ValueError: too few or too many, or one that makes no sense.
    """
    return [reader(argument) for reader, argument in zip(wanted, arguments, strict=True)]


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
    """A list of places (column, row) in pixels of a frame; a drag goes beyond its edges."""
    read = number(-1e5, 1e5)

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
PIXELS = path(20_000)
# What the page names beside the arguments of a call: the cine that it is about (`CineState.number`), and the segment.
ABOUT: dict[str, Reader] = {"cine": FRAME, "segment": WORD}
