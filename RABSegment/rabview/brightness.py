"""The brightness of the pixels that are shown, also of a cine in colours, for tools that ask for a range of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from RABSegmentLib.Scene.CineGeometry import placeLikeVolume, volumeOf
from RABSegmentLib.Scene.CineSequence import pixelsOf

from .desk import Desk

_SHARES = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue, as the eye weighs them


class Brightness:
    """Of the frame that is shown: a grey frame itself, and a volume beside it for one in colours.

    Args:
        desk: whose cine it is.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._volume: Any = None  # None for a grey cine

    def open(self) -> Any:
        """The volume node of another cine; the one before has left the scene."""
        segmentation = self._desk.segmentation
        assert segmentation is not None  # who asks has a cine
        shown = segmentation.cineProxyNode
        if self._volume is not None:
            self._desk.workspace.scene.RemoveNode(self._volume)  # of pixels of another size
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
