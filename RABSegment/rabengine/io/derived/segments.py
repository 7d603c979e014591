"""The segments of a DICOM segmentation: number, name, colour, codes, and who made them."""

from __future__ import annotations

import re
from typing import Any

import rabengine
from rabengine.io.legend import Concept, LegendEntry
from rabengine.optional import require

from .objects import MANUFACTURER, concept_item, text
from .terminology import terminology_of

BACKGROUND = 0  # number of what is no segment, in a label map
_BACKGROUND_CONCEPT = Concept("125040", "DCM", "Background")
_NEURAL_NETWORKS = Concept("123110", "DCM", "Artificial Intelligence")
# Numbers of a binary segmentation run from 1 without gaps, those of label images need not: the label is said here.
_LABEL = "Label {label} of the label image"
_LABEL_PATTERN = re.compile(r"Label (\d{1,3}) of the label image")


def segment_item(number: int, label: int, entry: LegendEntry) -> Any:
    """The item of a segment.

    Args:
        number: of the segment in the file.
        label: its value in label images.
        entry: name, colour and perhaps codes.
    """
    seg = require("highdicom.seg", "Writing a DICOM segmentation")
    content = require("highdicom.content", "Writing a DICOM segmentation")
    colours = require("highdicom.color", "Writing a DICOM segmentation")
    codes = terminology_of(entry)
    made = seg.SegmentDescription(
        segment_number=number,
        segment_label=text(entry.name) or f"Segment {label}",
        segmented_property_category=concept_item(codes.category),
        segmented_property_type=concept_item(codes.kind),
        algorithm_type="SEMIAUTOMATIC",
        algorithm_identification=content.AlgorithmIdentificationSequence(
            MANUFACTURER, concept_item(_NEURAL_NETWORKS), rabengine.__version__
        ),
        anatomic_regions=None if codes.region is None else [concept_item(codes.region)],
        display_color=colours.CIELabColor.from_rgb(*entry.colour),
    )
    made.SegmentDescription = _LABEL.format(label=label)
    if codes.modifier is not None:
        kind = made.SegmentedPropertyTypeCodeSequence[0]
        kind.SegmentedPropertyTypeModifierCodeSequence = [concept_item(codes.modifier)]
    if codes.region is not None and codes.region_modifier is not None:
        made.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [concept_item(codes.region_modifier)]
    return made


def background_item() -> Any:
    """What a label map says of its value 0."""
    dataset = require("pydicom.dataset", "Writing a DICOM segmentation")
    made = dataset.Dataset()
    made.SegmentNumber = BACKGROUND
    made.SegmentLabel = "Background"
    made.SegmentedPropertyCategoryCodeSequence = [concept_item(_BACKGROUND_CONCEPT)]
    made.SegmentedPropertyTypeCodeSequence = [concept_item(_BACKGROUND_CONCEPT)]
    made.SegmentAlgorithmType = "SEMIAUTOMATIC"
    made.SegmentAlgorithmName = MANUFACTURER
    made.RecommendedDisplayCIELabValue = [0, 32768, 32768]
    return made


def label_said(item: Any) -> int | None:
    """The value in label images that an item of ours names; None in those of others."""
    match = _LABEL_PATTERN.fullmatch(str(item.get("SegmentDescription", "") or ""))
    return int(match[1]) if match else None
