"""Whether an array is a mark of a cine."""

from __future__ import annotations

import numpy as np

from rabengine.errors import InputError


def checked_mark(frame: int, drawn: np.ndarray, count: int, size: tuple[int, ...], cine: str) -> np.ndarray:
    """(H, W) uint8 labels of a marked frame.

    Args:
        frame: its number. drawn: what is drawn on it.
        count, size: frames of the cine, and their (H, W). cine: what to call it in a sentence.

    Raises:
        InputError: a frame that is not there, or an image of another size or with values beyond 0..255.
    """
    labels = np.asarray(drawn)
    if isinstance(frame, bool) or not isinstance(frame, (int, np.integer)) or not 0 <= frame < count:
        raise InputError(f"Frame {frame} is marked, and {cine} has frames 0 to {count - 1}.", "Count from 0.")
    if labels.shape != size:
        raise InputError(
            f"The mark of frame {frame} is of shape {labels.shape}, and the cine's frames are {size}.",
            "Draw it on the frame.",
        )
    if labels.dtype.kind not in "uib" or labels.min() < 0 or labels.max() > 255:
        raise InputError(f"The mark of frame {frame} holds values that are no labels.", "Use whole numbers 0 to 255.")
    return labels.astype(np.uint8)
