"""The brightness of the pixels that are shown, also of a cine in colours, for tools that ask for a range of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from RABSegmentLib.Scene.CineGeometry import placeLikeVolume, volumeOf
from RABSegmentLib.Scene.CineSequence import CineSequence, pixelsOf

from .desk import Desk

_SHARES = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue, as the eye weighs them
_STEPS = 255  # of a slider from the darkest to the brightest pixel, about
_DIGITS = 4  # that tell two brightnesses of a cine apart
_MOST_DECIMALS = 12


@dataclass(frozen=True)
class ValueRange:
    """What a person may choose of the pixel values of a cine, as round as they are shown.

    Attributes:
        low, high: no pixel is darker or brighter.
        step: from one value to the next.
        decimals: of a value as it is shown; none where the pixels are whole numbers.
    """

    low: float
    high: float
    step: float
    decimals: int


def range_of(cine: CineSequence) -> ValueRange:
    """Of the pixels of all frames."""
    lows, highs = zip(*(cine.valueRange(frame) for frame in range(cine.frameCount)), strict=True)
    darkest, span = min(lows), max(highs) - min(lows)
    is_whole = cine.frame(0).dtype.kind in "iu"
    decimals = 0 if is_whole else _DIGITS - 1 - math.floor(math.log10(span or 1.0))
    decimals = min(max(decimals, 0), _MOST_DECIMALS)
    unit = 10.0**-decimals
    low = math.floor(darkest / unit) * unit
    step = max(round(span / _STEPS / unit), 1) * unit
    high = low + math.ceil((max(highs) - low) / step) * step
    return ValueRange(round(low, decimals), round(high, decimals), round(step, decimals), decimals)


class Brightness:
    """Of the frame that is shown: a grey frame itself, and a volume beside it for one in colours.

    Args:
        desk: whose cine it is.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._volume: Any = None  # None for a grey cine

    def open(self) -> Any:
        """The volume node of another cine, or of pixels of another size."""
        segmentation = self._desk.segmentation
        assert segmentation is not None  # who asks has a cine
        shown = segmentation.cineProxyNode
        if self._volume is not None and self._volume.GetScene() is not None:
            self._desk.workspace.scene.RemoveNode(self._volume)
        self._volume = None
        if pixelsOf(shown).ndim == 2:
            return shown
        self._volume = _brightness_of(shown)
        self._volume.SetName(f"{segmentation.cine.name} brightness")
        self._volume.SetSaveWithScene(False)
        self._volume.SetHideFromEditors(True)
        placeLikeVolume(self._volume, shown)
        self._desk.workspace.scene.AddNode(self._volume)
        return self._volume

    def update(self) -> None:
        """Take the frame that is shown."""
        segmentation = self._desk.segmentation
        if self._volume is not None and segmentation is not None:
            # New pixels, not others in the same array: the segment editor goes by the image.
            self._volume.SetAndObserveImageData(_brightness_of(segmentation.cineProxyNode).GetImageData())

    def preview(self, is_on: bool) -> None:
        """Whether a tool shows what is in its range; it looks for the values in a layer of the view."""
        view = self._desk.workspace.view
        if self._volume is not None and view is not None:
            view.set_foreground_opacity(0.0)
            view.set_foreground_volume_id(self._volume.GetID() if is_on else None)


def _brightness_of(volume: Any) -> Any:
    """A volume node without geometry, of the type of the coloured one."""
    pixels = pixelsOf(volume)
    grey = pixels.astype(np.float32) @ _SHARES
    return volumeOf((np.rint(grey) if pixels.dtype.kind in "iu" else grey).astype(pixels.dtype))
