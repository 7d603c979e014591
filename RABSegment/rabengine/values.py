"""Values that were given, which may be anything: how a sentence names them, and which can be a seed."""

from __future__ import annotations

import reprlib

from .errors import InputError

LARGEST_SEED = 2**63 - 1  # that PyTorch takes


def check_seed(seed: object) -> int:
    """The seed.

    Raises:
        InputError: it is no whole number from 0 to LARGEST_SEED.
    """
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        raise InputError(f"The seed is a {type(seed).__name__}, not a whole number.", "Give 0 or more.")
    number = int(seed)
    if not 0 <= number <= LARGEST_SEED:
        raise InputError("The seed is no number from 0 to 2^63 - 1.", "Give a smaller one, from 0 on.")
    return number


def brief(value: object) -> str:
    """A value as a short text, whatever its size and depth."""
    writer = reprlib.Repr()
    writer.maxstring = writer.maxother = writer.maxlong = 60
    writer.maxlevel = 3
    try:
        return writer.repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits
        return f"a {type(value).__name__}"
