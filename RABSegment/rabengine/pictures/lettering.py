"""Names in charts and figures: drawn as they are written, in letters that some installed font has."""

from __future__ import annotations

import logging
import string
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rabengine.optional import require

_PURPOSE = "A figure"
_MOST_NAMED = 12  # letters

logger = logging.getLogger(__name__)


@contextmanager
def lettering(names: Iterable[str], style: Mapping[str, Any] | None = None) -> Iterator[None]:
    """matplotlib's settings under which names are no formulas, and fonts are added for letters that the usual lack.

    Args:
        names: what a user called things.
        style: other settings.

    Raises:
        InputError: matplotlib is not installed.
    """
    matplotlib = require("matplotlib", _PURPOSE)
    with matplotlib.rc_context({**(style or {}), "text.parse_math": False}), warnings.catch_warnings():
        letters = _letters_of(names)
        families, missing = _families(set(letters))
        matplotlib.rcParams["font.family"] = ["sans-serif", *families]
        _tell(letter for letter in letters if letter in missing)
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
        yield


def font_file(names: Iterable[str]) -> str | None:
    """The file of the one font that has most letters of these names; None where letters of English are enough.

    Raises:
        InputError: matplotlib is not installed.
    """
    letters = _letters_of(names)
    if all(letter.isascii() for letter in letters):
        return None
    fonts = require("matplotlib.font_manager", _PURPOSE)
    wanted = {*letters, *string.ascii_letters, *string.digits}
    best = _usual(fonts)
    if wanted - _letters(fonts, best):
        best = max((best, *(one.fname for one in _others(fonts))), key=lambda file: len(wanted & _letters(fonts, file)))
        there = _letters(fonts, best)
        _tell(letter for letter in letters if letter not in there)
    return best


def one_line(name: str) -> str:
    """A name without tabs and ends of lines, which no font has."""
    return " ".join(name.split())


def _letters_of(names: Iterable[str]) -> dict[str, None]:
    """In the order in which they come, each once."""
    return dict.fromkeys(letter for name in names for letter in one_line(name))


def _tell(missing: Iterable[str]) -> None:
    shown = "".join(missing)[:_MOST_NAMED]
    if shown:
        logger.warning("No installed font has the letters %s: they are drawn as boxes.", shown)


def _families(letters: set[str]) -> tuple[list[str], set[str]]:
    """Font families that have what the usual one lacks, and the letters that none of them has."""
    fonts = require("matplotlib.font_manager", _PURPOSE)
    missing = letters - _letters(fonts, _usual(fonts))
    if not missing:
        return [], set()
    covered = {one.name: missing & _letters(fonts, one.fname) for one in _others(fonts)}
    found: list[str] = []
    while missing and covered:
        best = max(covered, key=lambda name: len(covered[name] & missing))
        if not covered[best] & missing:
            break
        found.append(best)
        missing = missing - covered[best]
    return found, missing


def _usual(fonts: Any) -> str:
    return str(fonts.findfont(fonts.FontProperties(family=["sans-serif"])))


def _others(fonts: Any) -> list[Any]:
    """An upright font of each family, without the one of matplotlib that has a box for each script."""
    upright = [one for one in fonts.fontManager.ttflist if one.style == "normal"]
    return list({one.name: one for one in upright if not one.name.startswith("Last Resort")}.values())


def _letters(fonts: Any, file: str) -> set[str]:
    try:
        return set(map(chr, fonts.get_font(file).get_charmap()))
    except (OSError, RuntimeError):  # a font that was removed or is damaged
        return set()
