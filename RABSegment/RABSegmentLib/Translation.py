"""Text for the user, in the language of the application."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache


@lru_cache(maxsize=1)
def _translator() -> Callable[[str], str]:
    try:
        from slicer.i18n import translate
    except ImportError:  # Slicer's core without the application
        return str
    return lambda text: str(translate("RABSegment", text))


def tr(text: str) -> str:
    """The text in the application's language; as it is where there is no translation."""
    return _translator()(text)
