"""What the page may send, and what is made of values that make no sense: whoever can open a socket can send any.

Each reader returns a value of the one type that the rest of the program expects, or raises a ValueError."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from RABSegmentLib.FrontEnd import Texts as PanelTexts
from RABSegmentLib.Results.Timeline import STATUS_COLORS


def initial_state() -> dict[str, Any]:
    """{name: value} of every variable of the page."""
    return {
        "trame__title": "Segment Video",
        # the cine
        "has_cine": False,
        "is_reading": False,
        "reading_name": "",
        "cine_number": 0,
        "cine_name": "",
        "cine_text": "",
        "scale": {"spacing": None, "ms": None, "can_size": False, "can_time": False},
        "frame": 0,
        "frame_count": 1,
        "frame_text": "",
        "frame_status": "empty",
        "times": [],
        "fps": 0,
        "is_playing": False,
        # marks of an earlier time
        "offer": None,  # {"text", "place"} of what can be continued with
        "kept": {"text": "", "problem": ""},
        "last_cine": None,  # {"name", "path"} of what was worked on last
        # the view
        "window": 255,
        "level": 128,
        "zoom_text": "",
        "are_segments_shown": True,
        # tools
        "tool": "view",
        "brush_size": 12,
        "scissors_mode": "erase_inside",
        "smoothing_mode": "median",
        "smoothing_size": 5,
        "islands_mode": "keep_largest",
        "islands_size": 50,
        "threshold": [0.0, 255.0],
        "range_low": 0.0,
        "range_high": 255.0,
        "is_limited": False,
        "can_undo_edit": False,
        "can_redo_edit": False,
        "undo_text": "",
        "redo_text": "",
        # segments and marks
        "segments": [],
        "segment": "",
        "marks": [],
        # the run
        "controls": {},
        "is_running": False,
        "run_number": 0,
        "progress": 0.0,
        "phase": "",
        "losses": [],
        "presets": [],
        "preset": "balanced",
        "devices": [],
        "device": "auto",
        "device_text": "",
        "seed": 0,
        "timeline": {"bars": [], "curves": [], "status": "", "confidence": []},
        "legend": [
            {"title": title, "color": STATUS_COLORS[status]} for status, title in PanelTexts.statusTitles().items()
        ],
        # results
        "areas": {"x": [], "curves": [], "columns": [], "rows": [], "x_title": "", "y_title": ""},
        "ventricle": "",
        "ejection": {"text": "", "figures": []},
        # files
        "folder": {"path": "", "parent": None, "entries": [], "problem": "", "use": "cine"},
        "upload_limit_mb": 0,
        # messages
        "notice": {"kind": "error", "text": "", "number": 0},
        "notice_open": False,
    }


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
