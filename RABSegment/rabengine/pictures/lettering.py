"""Names in charts and figures: drawn as they are written, in letters that some installed font has."""

from __future__ import annotations

import logging
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
        letters = dict.fromkeys(letter for name in names for letter in one_line(name))
        families, missing = _families(set(letters))
        matplotlib.rcParams["font.family"] = ["sans-serif", *families]
        if missing:
            shown = "".join(letter for letter in letters if letter in missing)[:_MOST_NAMED]
            logger.warning("No installed font has the letters %s: they are drawn as boxes.", shown)
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
        yield


def one_line(name: str) -> str:
    """A name without tabs and ends of lines, which no font has."""
    return " ".join(name.split())


def _families(letters: set[str]) -> tuple[list[str], set[str]]:
    """Font families that have what the usual one lacks, and the letters that none of them has."""
    fonts = require("matplotlib.font_manager", _PURPOSE)
    missing = letters - _letters(fonts, fonts.findfont(fonts.FontProperties(family=["sans-serif"])))
    if not missing:
        return [], set()
    covered: dict[str, set[str]] = {}
    for one in fonts.fontManager.ttflist:
        is_placeholder = one.name.startswith("Last Resort")  # a box for each script, which matplotlib brings
        if one.name not in covered and one.style == "normal" and not is_placeholder:
            covered[one.name] = missing & _letters(fonts, one.fname)
    found: list[str] = []
    while missing and covered:
        best = max(covered, key=lambda name: len(covered[name] & missing))
        if not covered[best] & missing:
            break
        found.append(best)
        missing = missing - covered[best]
    return found, missing


def _letters(fonts: Any, file: str) -> set[str]:
    try:
        return set(map(chr, fonts.get_font(file).get_charmap()))
    except (OSError, RuntimeError):  # a font that was removed or is damaged
        return set()
