"""From soft masks at stride 4 to label images of the frame's size."""

from __future__ import annotations

import numpy as np
import torch

from .frame_view import FrameView
from .propagation import SoftMasks


def frame_labels(masks: SoftMasks, frame: int, segments: tuple[int, ...], view: FrameView) -> np.ndarray:
    """(H, W) uint8: the strongest segment where any is likelier than background.

    The margins are brought to full size before they are compared, so that borders are smooth, not blocks.
    """
    margins = view.paste(masks.margins[frame])
    strongest, column = margins.max(dim=0)
    labels = torch.tensor(segments, dtype=torch.uint8)[column]
    return torch.where(strongest > 0, labels, labels.new_zeros(())).numpy()
