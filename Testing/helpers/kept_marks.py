"""Where marks of a cine are kept, and a cine to keep them of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK

from RABSegmentLib.Session.KeptMarks import SUFFIX


def write_calibrated(frames: np.ndarray, path: Path) -> None:
    """A calibrated cine."""
    image = SimpleITK.GetImageFromArray(frames)
    image.SetSpacing((0.5, 0.5, 1.0))
    SimpleITK.WriteImage(image, str(path))


def kept(path: Path) -> Path:
    """The file with the marks of a cine."""
    return path.with_name(path.name + SUFFIX)
