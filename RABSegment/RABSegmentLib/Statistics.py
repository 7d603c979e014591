"""What can be measured on a segmentation: areas over time, and how a ventricle ejects."""

from __future__ import annotations

from .AreaNodes import writeAreaChart, writeAreaTableNode
from .AreaTable import AreaRow, SegmentArea, areaTable, cyclePhases, segmentAreas
from .EjectionFraction import EjectionFraction, ejectionFraction

__all__ = [
    "AreaRow",
    "EjectionFraction",
    "SegmentArea",
    "areaTable",
    "cyclePhases",
    "ejectionFraction",
    "segmentAreas",
    "writeAreaChart",
    "writeAreaTableNode",
]
