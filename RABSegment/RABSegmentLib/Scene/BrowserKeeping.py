"""Keeps the browser of an open cine so that what is drawn reaches the frame that is shown."""

from __future__ import annotations

from typing import Any

from RABSegmentLib.Signal import Signal

from .SegmentationSequence import SegmentationSequence

# Priorities: Slicer's own logic and the browser, which looks for its selected item anew, act at 0.
_FIRST, _LAST = 1.0, -1.0


class BrowserKeeping:
    """Puts back what the module Sequences lets its user switch off, before Slicer acts on it.

    Where changes are not saved, Slicer copies the segmentation of a frame onto itself, which empties it. Where it does
    not play masks or picture, those of one frame lie over all others, and what is drawn goes into both. And a frame
    that came into the cine gets the masks of the one before.

    Args:
        segmentation: of the open cine.

    Attributes:
        putBack: emitted after something was switched on again.
        framesChanged: emitted after frames came or went; with True where all that were there kept their numbers.
        recorded: emitted when the browser stopped recording.
    """

    def __init__(self, segmentation: SegmentationSequence) -> None:
        self._segmentation = segmentation
        self._values = segmentation.cine.indexValues
        self._isRecording = False
        self.putBack: Signal[[]] = Signal()
        self.framesChanged: Signal[[bool]] = Signal()
        self.recorded: Signal[[]] = Signal()
        browser, cine = segmentation.browserNode, segmentation.cine.node
        watched = ((browser, self._onBrowser, _FIRST), (cine, self._onCine, _FIRST), (cine, self._afterCine, _LAST))
        self._tags = [(node, node.AddObserver("ModifiedEvent", call, when)) for node, call, when in watched]

    def stop(self) -> None:
        """Watch no longer."""
        for node, tag in self._tags:
            node.RemoveObserver(tag)
        self._tags = []

    def _onBrowser(self, _caller: Any, _event: Any) -> None:
        if not self._segmentation.isPlayed:
            return
        isPutBack = self._segmentation.keepPlaying()
        wasRecording, self._isRecording = self._isRecording, bool(self._segmentation.browserNode.GetRecordingActive())
        if wasRecording and not self._isRecording:
            self._onCine()
            self._afterCine()
            self.recorded.emit()
        if isPutBack:
            self.putBack.emit()

    def _onCine(self, _caller: Any = None, _event: Any = None) -> None:
        """Only the count tells: a cine whose frames get other times is told so by who gives them."""
        if self._isAtRest() and self._segmentation.frameCount > len(self._values):
            self._segmentation.fillGaps()

    def _afterCine(self, _caller: Any = None, _event: Any = None) -> None:
        if self._isAtRest() and self._segmentation.frameCount != len(self._values):
            before, self._values = self._values, self._segmentation.cine.indexValues
            self.framesChanged.emit(self._values[: len(before)] == before)

    def _isAtRest(self) -> bool:
        """Frames that are being recorded come too fast to make something of each."""
        return self._segmentation.isPlayed and not self._segmentation.browserNode.GetRecordingActive()
