"""Optical flow from frame to frame: OpenCV's dense inverse search.

Kroeger, Timofte, Dai, Van Gool: Fast Optical Flow Using Dense Inverse Search (ECCV 2016).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from rabengine.evaluation.prediction import Prediction
from rabengine.optional import require

from .chains import Visit, carry
from .displacement import compose, no_motion, pull
from .marked_cine import MarkedCine

BLUR = 2.0  # of the frames, in pixels: speckle does not move with the tissue


def optical_flow(frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
    """Flow chained from the nearest marks, both directions blended by distance; `seed` changes nothing."""
    cv2 = require("cv2", "Optical flow")
    cine = MarkedCine(frames, marks)
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.GaussianBlur(cine.grey(frame), (0, 0), BLUR) for frame in range(len(cine))]

    def step(visit: Visit, field: np.ndarray) -> tuple[np.ndarray, Tensor]:
        # No first guess: a field of zeros as one gives worse results.
        near = flow.calc(grey[visit.frame], grey[visit.previous], None)
        whole = compose(near, field)
        return whole, pull(cine.soft(visit.start), whole)

    soft = carry(cine.marked, len(cine), lambda start: no_motion(cine.size), step)
    return cine.prediction(soft.__getitem__)
