"""The codes that a user chose for a segment in Slicer's Terminologies."""

from __future__ import annotations

from rabengine.legend import Concept, Terminology

_PARTS = 7  # context, category, type, its modifier, anatomic context, region, its modifier


def terminologyOfText(text: str) -> Terminology | None:
    """The codes of a terminology entry as Slicer writes it; None where it names no category and type.

    Args:
        text: such as "list~SCT^85756007^Tissue~SCT^85756007^Tissue~^^~other list~^^~^^".
    """
    parts = text.split("~")
    concepts = [_conceptOf(part) for part in parts] + [None] * _PARTS
    category, kind, modifier, region, regionModifier = (concepts[place] for place in (1, 2, 3, 5, 6))
    if category is None or kind is None:
        return None
    return Terminology(category, kind, modifier, region, regionModifier)


def _conceptOf(text: str) -> Concept | None:
    scheme, _first, rest = text.partition("^")
    value, _second, meaning = rest.partition("^")
    return Concept(value, scheme, meaning) if scheme and value and meaning else None
