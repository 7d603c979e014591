"""MedSAM2, which is SAM 2.1's tiny model at 512 pixels, trained on medical images and videos.

Ma, Yang, Kim et al.: MedSAM2: Segment Anything in 3D Medical Images and Videos (2025).
https://github.com/bowang-lab/MedSAM2
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.evaluation.downloads import MEDSAM2_CHECKPOINT
from rabengine.evaluation.prediction import Prediction

from .sam2 import build, track

# Its own package is a copy of SAM 2's, of the same name and with this configuration; SAM 2's takes it as changes.
_OWN = "configs/sam2.1_hiera_t512.yaml"
_TINY = "configs/sam2.1/sam2.1_hiera_t.yaml"
_CHANGES = (
    "++model.image_size=512",
    "++model.memory_attention.layer.self_attention.feat_sizes=[32,32]",
    "++model.memory_attention.layer.cross_attention.feat_sizes=[32,32]",
)


def medsam2(frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
    """Marks as mask prompts, propagated both ways from the first one; `seed` changes nothing.

    Raises:
        InputError: no checkpoint.
    """
    return track(frames, marks, _predictor(MEDSAM2_CHECKPOINT.path()))


@functools.cache
def _predictor(checkpoint: Path) -> Any:
    import sam2

    has_own = any((Path(folder) / _OWN).is_file() for folder in sam2.__path__)
    return build(checkpoint, _OWN) if has_own else build(checkpoint, _TINY, _CHANGES)
