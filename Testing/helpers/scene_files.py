"""A scene written as the page writes it, in one call."""

from __future__ import annotations

import tempfile
from pathlib import Path

from RABSegmentLib.Export.Bundle import sceneWriter
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence


def exportScene(segmentation: SegmentationSequence, path: str | Path) -> Path:
    """Write a cine with its segmentation to an .mrb file; returns its path."""
    with tempfile.TemporaryDirectory() as folder:
        return sceneWriter(segmentation, Path(folder))(path)[0]
