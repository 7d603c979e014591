"""Everything that a segmentation can be exported to; all frames and all segments each time."""

from __future__ import annotations

from .ExportLabels import exportLabelSequence, exportPictures, labelSequenceNodes
from .ExportOverlay import exportOverlay
from .ExportTable import exportTable
from .SegmentLabels import segmentValues

__all__ = [
    "exportLabelSequence",
    "exportOverlay",
    "exportPictures",
    "exportTable",
    "labelSequenceNodes",
    "segmentValues",
]
