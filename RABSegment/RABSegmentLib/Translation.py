"""Text for the user, in the language of the application.

Import it as `_` and call it with the text itself: Slicer's script for translators finds `_("...")` in the source, and
files it under the name that the application looks it up by, which is that of the file that calls.
"""

from __future__ import annotations


def _untranslated(text: str) -> str:
    return text


try:
    # Slicer's own function, not a call of it: it asks which file it was called from.
    from slicer.i18n import tr
except ImportError:  # Slicer's core without the application
    tr = _untranslated

__all__ = ["tr"]
