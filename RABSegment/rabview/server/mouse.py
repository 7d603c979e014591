"""The mouse of the page over the slice view, and the size of that view: as VTK can take them.

VTK ends the whole program on an event that lacks a field or has a text where a number should be.
"""

from __future__ import annotations

import math
from typing import Any

from rabview.variables import Reader, number

MOST_PIXELS = 4096 * 2304  # of a picture of the view; more takes seconds to draw
LONGEST_SIDE = 8192  # of a picture; graphics cards and JPEG have their limits
_LONGEST = 20_000.0  # side of a view, in pixels of the screen
_FARTHEST = 2 * _LONGEST  # from the view's corner, for a drag goes on beyond its edges

_BUTTONS = {f"{button}Button{action}" for button in ("Left", "Middle", "Right") for action in ("Press", "Release")}
_WITH_PLACE = {"MouseMove", "MouseWheel", *_BUTTONS}
_WITHOUT_PLACE = {"MouseEnter", "MouseLeave", "PointerEnter", "PointerLeave"}
_FINGERS = {f"{start}{kind}": kind for kind in ("Pinch", "Pan", "Rotate") for start in ("Start", "", "End")}
_MODIFIERS = ("ctrlKey", "altKey", "shiftKey")

_PLACE = number(-_FARTHEST, _FARTHEST)
_SIDE = number(10.0, _LONGEST)
_PIXEL_RATIO = number(0.5, 4.0)
_GESTURE: dict[str, tuple[str, Reader]] = {
    "Pinch": ("factor", number(0.05, 20.0)),
    "Rotate": ("rotation", number(-360.0, 360.0)),
}


def read_event(event: Any) -> dict[str, Any] | None:
    """An event with the fields that VTK asks for and no others; None for one that means nothing here.

    Raises:
        ValueError: a field makes no sense, or is missing.
    """
    kind = event.get("type") if isinstance(event, dict) else None
    if not isinstance(kind, str):
        raise ValueError("no event")
    if kind in _WITHOUT_PLACE:
        return {"type": kind}
    if kind in _WITH_PLACE:
        return _with_place(kind, event)
    if kind in _FINGERS:
        return _with_fingers(kind, event)
    return None


def read_size(size: Any) -> dict[str, float]:
    """Width, height and pixel ratio of the view in the page, so small that a picture of it stays affordable.

    Raises:
        ValueError: one of them is no number.
    """
    if not isinstance(size, dict):
        raise ValueError("no size")
    width, height, ratio = _SIDE(size.get("w")), _SIDE(size.get("h")), _PIXEL_RATIO(size.get("p", 1))
    ratio = min(ratio, math.sqrt(MOST_PIXELS / (width * height)), LONGEST_SIDE / max(width, height))
    if ratio * min(width, height) < 2:
        raise ValueError("no shape of a view")
    return {"w": width, "h": height, "p": ratio}


def _with_place(kind: str, event: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind, **_size_of(event), "x": _PLACE(event.get("x")), "y": _PLACE(event.get("y"))}
    found |= {name: int(bool(event.get(name))) for name in _MODIFIERS}
    if kind == "MouseWheel":
        found["spinY"] = number(-10.0, 10.0)(event.get("spinY"))
    return found


def _with_fingers(kind: str, event: dict[str, Any]) -> dict[str, Any]:
    positions = event.get("positions")
    places = list(positions.values()) if isinstance(positions, dict) else positions
    if not isinstance(places, list) or not 1 <= len(places) <= 10 or not all(isinstance(one, dict) for one in places):
        raise ValueError("no fingers")
    found: dict[str, Any] = {"type": kind, **_size_of(event)}
    found["positions"] = {
        str(finger): {"x": _PLACE(place.get("x")), "y": _PLACE(place.get("y"))} for finger, place in enumerate(places)
    }
    gesture = _FINGERS[kind]
    if gesture == "Pan":
        moved = event.get("translation")
        if not isinstance(moved, list) or len(moved) != 2:
            raise ValueError("no translation")
        found["translation"] = [_PLACE(part) for part in moved]
    else:
        name, read = _GESTURE[gesture]
        found[name] = read(event.get(name))
    return found


def _size_of(event: dict[str, Any]) -> dict[str, float]:
    return {"w": _SIDE(event.get("w")), "h": _SIDE(event.get("h"))}
