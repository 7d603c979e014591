"""What a request may choose: fields of presets and steps, with their types and ranges, and the seed."""

from __future__ import annotations

from dataclasses import Field, field, fields
from typing import Any, TypeVar

from .errors import InputError, brief

Value = TypeVar("Value", bound=bool | int | float)
LARGEST_SEED = 2**63 - 1  # that PyTorch takes


def choice(default: Value, low: float | None = None, high: float | None = None) -> Value:
    """A field of a dataclass that can be chosen; a number may be `low` to `high`, ends included."""
    made: Value = field(default=default, metadata={"range": (low, high)})
    return made


def choices_of(owner: Any) -> dict[str, Field[Any]]:
    """{name: field} of all that can be chosen of a dataclass or one of its objects; empty for anything else."""
    if not hasattr(owner, "__dataclass_fields__"):
        return {}
    return {one.name: one for one in fields(owner) if isinstance(one.default, bool | int | float)}


def kind_of(one: Field[Any]) -> type[bool] | type[int] | type[float]:
    """The type of a choice, as its default has it."""
    return next(kind for kind in (bool, int, float) if isinstance(one.default, kind))


def checked(one: Field[Any], value: Any) -> bool | int | float:
    """A value of the type and in the range of its choice.

    Raises:
        InputError: it is not.
    """
    kind = kind_of(one)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = isinstance(value, bool) if kind is bool else is_number
    if kind is int:
        fits = fits and isinstance(value, int)
    if not fits:
        raise InputError(
            f"The choice {one.name} is {brief(value)}, which is no {kind.__name__}.", "Give one of that type."
        )
    low, high = one.metadata.get("range", (None, None))
    if low is not None and not low <= value <= high:
        raise InputError(f"The choice {one.name} is {brief(value)}.", f"Give a number from {low:g} to {high:g}.")
    return kind(value)


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
