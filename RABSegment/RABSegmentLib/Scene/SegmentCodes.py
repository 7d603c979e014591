"""The codes that a user chose for a segment in Slicer's Terminologies, or that a file says of it."""

from __future__ import annotations

from collections.abc import Iterable

from rabengine.io.derived.terminology import UNKNOWN
from rabengine.io.legend import Concept, LegendEntry, Terminology

from .SegmentationSequence import SegmentationSequence

# The lists of Slicer that a code is looked for in; it is shown also where they do not have it.
_TYPES = "Segmentation category and type - 3D Slicer General Anatomy list"
_REGIONS = "Anatomic codes - DICOM master list"
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


def textOfTerminology(codes: Terminology) -> str:
    """A terminology entry as Slicer writes it."""
    kind = map(_textOf, (codes.category, codes.kind, codes.modifier))
    return "~".join((_TYPES, *kind, _REGIONS, _textOf(codes.region), _textOf(codes.region_modifier)))


def describe(segmentation: SegmentationSequence, entries: Iterable[LegendEntry]) -> None:
    """Give segments the colours and codes that a file says of their names, on all frames."""
    told = {entry.name: entry for entry in entries}
    table = segmentation.item(max(segmentation.selectedFrame, 0))
    core = table.GetSegmentation()
    described = False
    with segmentation.writing():
        for segmentId in segmentation.segmentIds():
            segment = core.GetSegment(segmentId)
            entry = told.get(str(segment.GetName()))
            if entry is None:
                continue
            described = True
            segment.SetColor(*(part / 255 for part in entry.colour))
            if entry.terminology not in (None, UNKNOWN) and hasattr(segment, "SetTerminology"):
                segment.SetTerminology(textOfTerminology(entry.terminology))
    if described:
        segmentation.spreadSegmentTable(table)


def _textOf(concept: Concept | None) -> str:
    return "^^" if concept is None else f"{concept.scheme}^{concept.value}^{concept.meaning}"


def _conceptOf(text: str) -> Concept | None:
    scheme, _first, rest = text.partition("^")
    value, _second, meaning = rest.partition("^")
    return Concept(value, scheme, meaning) if scheme and value and meaning else None
