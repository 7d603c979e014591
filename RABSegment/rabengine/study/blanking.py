"""The frames of a cine as others may see them: what is burned in is black."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.exchange.blanking import Blanking, hidden_pixels, outside_of_regions, require_known_text
from rabengine.io.marks.mask_file import read_mark


def blanked(cine: Cine, blanking: Blanking, mask: Path | None = None) -> tuple[np.ndarray, str]:
    """The frames, (T, H, W) or (T, H, W, 3), black where `blanking` says so and where a mask is not 0.

    With them a sentence on what a person must look at, empty for nothing.

    Args:
        mask: file of a mask of the size of the frames; None for none.

    Raises:
        InputError: the mask cannot be read or is of another size, a box lies outside of the frame, or nobody says
            whether text is burned in.
    """
    doubt = ""
    if mask is not None:
        hidden = np.asarray(read_mark(mask, cine.frame_size).labels) > 0
        if blanking.is_chosen:
            more = hidden_pixels(cine, blanking)
            hidden = hidden if more.pixels is None else hidden | more.pixels
            doubt = more.doubt
        else:
            hidden = hidden | outside_of_regions(cine)
    else:
        found = hidden_pixels(cine, blanking)
        require_known_text(cine, found)
        hidden = np.zeros(cine.frame_size, bool) if found.pixels is None else found.pixels
        doubt = found.doubt
    frames = np.array(cine.frames)
    frames[:, hidden] = 0 if frames.dtype.kind == "u" else frames.min()
    return frames, doubt
