"""One grey window for a whole cine: Slicer takes that of the first frame, which may be black."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .CineSequence import pixelsOf

if TYPE_CHECKING:
    from .SegmentationSequence import SegmentationSequence

_BYTE_WINDOW = (0.0, 255.0)
_DARK = 0.5  # a cine whose brightest parts stay below this share of the window is hard to mark
_SAMPLED = 16  # frames
_SEEN = "RABSegment.WindowChosen"


def windowOf(frames: np.ndarray) -> tuple[float, float]:
    """(low, high) grey values shown as black and white.

    Bytes are shown as they are unless the cine is dark: what is meant to be grey should not be made white.

    Args:
        frames: (T, H, W) or (T, H, W, 3) of any real type.
    """
    from rabengine.pictures.display import display_window

    window = display_window(frames)
    if frames.dtype != np.uint8:
        return window.low, window.high
    low, high = _BYTE_WINDOW
    return (low, max(window.high, 1.0)) if window.high < _DARK * high else _BYTE_WINDOW


def setWindow(proxyNode: Any, window: tuple[float, float]) -> None:
    """Give the node that shows the frames the window of all, of `windowOf`."""
    displayNode = proxyNode.GetDisplayNode()
    if displayNode is None:
        return
    low, high = window
    displayNode.SetAutoWindowLevel(False)
    displayNode.SetWindowLevel(high - low, (high + low) / 2)
    displayNode.SetAttribute(_SEEN, "1")  # with each frame the node itself gets the attributes of that


def brightenCine(segmentation: SegmentationSequence) -> None:
    """Choose the window of a cine that somebody else loaded, once: the user may change it after that."""
    proxyNode = segmentation.cineProxyNode
    displayNode = proxyNode.GetDisplayNode()
    if displayNode is not None and displayNode.GetAttribute(_SEEN) != "1":
        cine = segmentation.cine
        chosen = np.unique(np.linspace(0, cine.frameCount - 1, _SAMPLED).round().astype(int))
        frames = np.stack([pixelsOf(cine.frameNode(int(frame))) for frame in chosen])
        setWindow(proxyNode, windowOf(frames))
