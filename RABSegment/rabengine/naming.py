"""How a sentence names what was given, which may be anything."""

from __future__ import annotations

import reprlib


def brief(value: object) -> str:
    """A value as a short text, whatever its size and depth."""
    writer = reprlib.Repr()
    writer.maxstring = writer.maxother = writer.maxlong = 60
    writer.maxlevel = 3
    try:
        return writer.repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits
        return f"a {type(value).__name__}"
