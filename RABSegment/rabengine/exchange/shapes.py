"""What the masks of a cine measure frame by frame, with the codes of DICOM."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rabengine.cine import Cine
from rabengine.legend import Legend
from rabengine.measurement.measured import Measured
from rabengine.measurement.scale import Scale
from rabengine.measurement.shape import shape_of

# PS3.16, CID 218 and CID 7470.
AREA = ("42798000", "SCT", "Area")
PERIMETER = ("131191004", "SCT", "Perimeter")
MAJOR_AXIS = ("131187009", "SCT", "Major Axis")
MINOR_AXIS = ("131188004", "SCT", "Minor Axis")


def measured_shapes(cine: Cine, labels: Mapping[int, np.ndarray], legend: Legend) -> list[Measured]:
    """Area, perimeter and both axes of each segment on each frame where it is; the area, 0, where it is not.

    Args:
        labels: (H, W) uint8 by frame.
        legend: names by label value.
    """
    scale = Scale.of(cine)
    found = []
    for frame, image in sorted(labels.items()):
        for value, entry in legend.items():
            mask = image == value
            if not mask.any():
                found.append(Measured("area", entry.name, 0.0, scale.area_unit, frame, AREA))
                continue
            shape = shape_of(mask, scale.pixel)
            found += [
                Measured("area", entry.name, shape.area, scale.area_unit, frame, AREA),
                Measured("perimeter", entry.name, shape.perimeter, scale.length_unit, frame, PERIMETER),
                Measured("major diameter", entry.name, shape.major_diameter, scale.length_unit, frame, MAJOR_AXIS),
                Measured("minor diameter", entry.name, shape.minor_diameter, scale.length_unit, frame, MINOR_AXIS),
            ]
    return found
