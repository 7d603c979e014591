"""The numbers in names of files: whole ones as of frames, and decimals as of times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

Part: TypeAlias = str | int | Decimal

# A minus is one at the beginning and after a sign; elsewhere it is a hyphen. Numbers with more dots are versions.
_DECIMAL = r"(?:(?<![^=(\[])-)?(?<!\d)(?<!\d[.,])\d+[.,]\d+(?:e[+-]\d{1,2})?(?![.,]?\d)"
_WHOLE = r"(?:(?<![^=(\[])-)?\d+(?:e[+-]\d{1,2}(?![.,]?\d))?"
_NUMBER = re.compile(f"({_DECIMAL}|{_WHOLE})", re.IGNORECASE)


def parts_of_names(names: Sequence[str]) -> list[list[Part]]:
    """Each name in its parts: text and numbers in turn, as `int`, or `Decimal` where a number is a decimal.

    Whether "1.25" is one number or two is told by all names: "1.5" beside "1.25" is a time, "1.2" beside "1.10" counts.
    """
    split = [_NUMBER.split(name) for name in names]
    at_place: dict[str, list[str]] = {}
    for parts in split:
        for place, number in _numbers_by_place(parts):
            at_place.setdefault(place, []).append(number)
    decimal = {place for place, numbers in at_place.items() if _are_decimals(numbers)}
    return [_parts(parts, decimal) for parts in split]


def in_natural_order(paths: Iterable[Path]) -> list[Path]:
    """Sorted by name, numbers by their value: "frame2" before "frame10", "t=0.25s" before "t=0.5s"."""
    listed = list(paths)
    parts = parts_of_names([path.name.lower() for path in listed])
    keys = [([_key(part) for part in one], path.name) for one, path in zip(parts, listed, strict=True)]
    return [listed[place] for place in sorted(range(len(listed)), key=keys.__getitem__)]


def _key(part: Part) -> tuple[bool, int | Decimal, str]:
    return (True, 0, part) if isinstance(part, str) else (False, part, "")


def _numbers_by_place(parts: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Each number with what stands before it, whatever other numbers are in there."""
    place = ""
    for text, number in zip(parts[::2], parts[1::2], strict=False):
        place += text
        yield place, number
        place += "0"


def _are_decimals(numbers: Sequence[str]) -> bool:
    """Whether the numbers at one place of all names are decimals, not two counters with a dot between."""
    if any("e" in number.lower() for number in numbers):
        return True
    fractions = [re.split("[.,]", number)[1] for number in numbers if re.search("[.,]", number)]
    if not fractions:
        return False
    if len({len(fraction) for fraction in fractions}) == 1 and len(fractions) == len(numbers):
        return any(re.match(r"-?0[.,]", number) for number in numbers)  # their order is the same either way
    longer = [fraction for fraction in fractions if len(fraction) > 1]
    return any(one.startswith("0") for one in longer) or not any(one.endswith("0") for one in longer)


def _parts(split: Sequence[str], decimal: set[str]) -> list[Part]:
    found: list[Part] = []
    places = iter(_numbers_by_place(split))
    for position, part in enumerate(split):
        if position % 2 == 0:
            found.append(part)
        elif next(places)[0] in decimal:
            found.append(Decimal(part.replace(",", ".")))
        else:
            found += [int(one) if one[-1:].isdecimal() else one for one in re.split(r"(-?\d+)", part)]
    return [part for part in found if part != ""]
