"""The frames of a cine as others may see them: what is burned in is black."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.exchange.blanking import Blanking, hidden_pixels, require_known_text
from rabengine.io.marks.mask_file import read_mark


def blanked(cine: Cine, blanking: Blanking, mask: Path | None = None) -> np.ndarray:
    """The frames, (T, H, W) or (T, H, W, 3), black where `blanking` says so and where a mask is not 0.

    Args:
        mask: file of a mask of the size of the frames; None for none.

    Raises:
        InputError: the mask cannot be read or is of another size, a box lies outside of the frame, or nobody says
            whether text is burned in.
    """
    if mask is not None:
        hidden = np.asarray(read_mark(mask, cine.frame_size).labels) > 0
        if blanking.is_chosen:
            more, _ = hidden_pixels(cine, blanking)
            hidden = hidden if more is None else hidden | more
    else:
        found, done = hidden_pixels(cine, blanking)
        require_known_text(cine, done)
        hidden = np.zeros(cine.frame_size, bool) if found is None else found
    frames = np.array(cine.frames)
    frames[:, hidden] = 0 if frames.dtype.kind == "u" else frames.min()
    return frames
