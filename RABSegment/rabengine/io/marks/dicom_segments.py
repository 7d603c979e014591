"""What a DICOM segmentation says of its segments: names, colours and codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rabengine.io.dicom.files import items_of, numbers_of, value_of
from rabengine.io.legend import Colour, Concept, LegendEntry, Terminology, segment_colour

_MOST = 65535.0  # of a part of a colour as DICOM stores it (PS3.3, C.10.7.1.1)
_WHITE = np.array([0.95047, 1.0, 1.08883])  # D65, as highdicom and dcmqi take it
_TO_RGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])


def legend_of_items(items: Sequence[Any], labels: Mapping[int, int]) -> dict[int, LegendEntry]:
    """{label: name, colour and codes} of the segments that have a name.

    Args:
        items: of the segment sequence.
        labels: {number of a segment: label}.
    """
    legend = {}
    for item in items:
        label = labels.get(int(numbers_of(item, "SegmentNumber")[0])) if "SegmentNumber" in item else None
        name = str(value_of(item, "SegmentLabel") or "").strip()
        if label is not None and name:
            legend[label] = LegendEntry(name, _colour(item) or segment_colour(label), _terminology(item))
    return legend


def _colour(item: Any) -> Colour | None:
    """The colour that it is to be shown in, from CIELab to sRGB (IEC 61966-2-1)."""
    stored = numbers_of(item, "RecommendedDisplayCIELabValue")
    if stored is None or len(stored) != 3:
        return None
    light, red_green, blue_yellow = (float(part) / _MOST for part in stored)
    y = (100 * light + 16) / 116
    roots = np.array([y + (255 * red_green - 128) / 500, y, y - (255 * blue_yellow - 128) / 200])
    shares = np.where(roots**3 > 0.008856, roots**3, (roots - 16 / 116) / 7.787)
    linear = np.clip(_TO_RGB @ (_WHITE * shares), 0.0, 1.0)
    curved = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    red, green, blue = np.clip(np.round(255 * curved), 0, 255).astype(int).tolist()
    return red, green, blue


def _terminology(item: Any) -> Terminology | None:
    category = _concept(item, "SegmentedPropertyCategoryCodeSequence")
    kind = _concept(item, "SegmentedPropertyTypeCodeSequence")
    if category is None or kind is None:
        return None
    kinds, regions = (items_of(item, key) for key in ("SegmentedPropertyTypeCodeSequence", "AnatomicRegionSequence"))
    return Terminology(
        category,
        kind,
        _concept(kinds[0], "SegmentedPropertyTypeModifierCodeSequence"),
        _concept(item, "AnatomicRegionSequence"),
        _concept(regions[0], "AnatomicRegionModifierSequence") if regions else None,
    )


def _concept(item: Any, key: str) -> Concept | None:
    """The first code of a sequence."""
    for code in items_of(item, key)[:1]:
        parts = [str(value_of(code, word) or "") for word in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")]
        return Concept(*parts) if all(parts) else None
    return None
