"""The offer to make a cine of one slice, where the chosen browser plays volumes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from rabengine.errors import InputError
from RABSegmentLib.FrontEnd import Texts
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.FrontEnd.SlicerViews import shownSlice, showSlice
from RABSegmentLib.Scene.CineLoading import cineFromSlice
from RABSegmentLib.Scene.VolumeSequence import VolumeSequence

from .PanelPart import Connections, PanelPart


class SliceRow(PanelPart, VTKObservationMixin):
    """The number of the slice, which goes with the red view, and the button *Use this slice*.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        choose: takes the browser of the cine that was made.
    """

    def __init__(self, ui: Any, connections: Connections, choose: Callable[[Any], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._choose = choose
        self._volumes: VolumeSequence | None = None
        connections.add(ui.sliceSpin, "valueChanged(int)", self.onNumber)
        connections.add(ui.useSliceButton, "clicked()", self.onUse)

    def close(self) -> None:
        """Follow the view no more."""
        self.removeObservers()

    def offer(self, browser: Any) -> None:
        """Offer the slices of the volumes that a browser plays; nothing where it plays none, or is None."""
        before = None if self._volumes is None else self._volumes.browserNode
        self.removeObservers()
        self._volumes = _volumesOf(browser)
        if self._volumes is None:
            return
        isOther = browser is not before
        self._fill(self._volumes, self._firstNumber(self._volumes) if isOther else int(self._ui.sliceSpin.value))
        if isOther:
            self.onNumber(int(self._ui.sliceSpin.value))
        widget = slicer.app.layoutManager().sliceWidget("Red")
        if widget is not None:
            self.addObserver(widget.mrmlSliceNode(), vtk.vtkCommand.ModifiedEvent, self.onView)

    def onNumber(self, number: int) -> None:
        """Another slice is wanted: show it."""
        proxy = None if self._volumes is None else self._volumes.proxyNode
        if proxy is not None and shownSlice(proxy) != number:
            showSlice(proxy, number)

    def onView(self, _caller: Any = None, _event: Any = None) -> None:
        """The red view shows another slice: that is the one."""
        proxy = None if self._volumes is None else self._volumes.proxyNode
        number = None if proxy is None else shownSlice(proxy)
        if number is not None:
            self._ui.sliceSpin.value = number

    def onUse(self) -> None:
        """Make a cine of the slice, and choose it."""
        if self._volumes is None:
            return
        with slicer.util.tryWithErrorDisplay(_("No cine can be made of this slice.")):
            self._choose(cineFromSlice(self._volumes.browserNode, int(self._ui.sliceSpin.value)))

    def show(self, now: Situation) -> None:
        """Whether there are slices to choose from."""
        self._ui.sliceRow.visible = self._volumes is not None

    def _fill(self, volumes: VolumeSequence, number: int) -> None:
        """Show a number without going there."""
        spin = self._ui.sliceSpin
        wasBlocked = spin.blockSignals(True)
        spin.maximum = volumes.sliceCount - 1
        spin.value = number
        spin.toolTip = Texts.sliceText(volumes.sliceCount)
        spin.blockSignals(wasBlocked)

    def _firstNumber(self, volumes: VolumeSequence) -> int:
        """The slice that the red view shows already, else the one in the middle."""
        shown = None if volumes.proxyNode is None else shownSlice(volumes.proxyNode)
        return volumes.middle if shown is None else shown


def _volumesOf(browser: Any) -> VolumeSequence | None:
    try:
        return None if browser is None else VolumeSequence(browser)
    except InputError:
        return None
