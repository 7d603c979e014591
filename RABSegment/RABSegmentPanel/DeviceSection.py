"""What computes: the device, and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from RABSegmentLib.Engine.Devices import Devices
from RABSegmentLib.Engine.Installation import installTorch
from RABSegmentLib.FrontEnd import Texts
from RABSegmentLib.FrontEnd.Controls import Situation

from .PanelPart import Connections, PanelPart, ShownCine, chooseData


class DeviceSection(PanelPart):
    """The selector of the device, what is said of it, and the button *Install PyTorch*.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        devices: what can compute.
        onAsking: called when the engine is asked for its devices; from then on it is to be polled.
        update: shows the whole panel anew.
    """

    def __init__(
        self,
        ui: Any,
        connections: Connections,
        shown: ShownCine,
        devices: Devices,
        onAsking: Callable[[], None],
        update: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._shown = shown
        self._devices = devices
        self._onAsking = onAsking
        self._update = update
        self._hadWarning = False
        connections.add(ui.installButton, "clicked()", self.onInstallClicked)
        connections.add(ui.deviceSelector, "activated(int)", self.onDeviceChosen)

    def ask(self) -> None:
        """Ask the engine for its devices."""
        self._devices.ask()
        self._onAsking()

    def onInstallClicked(self) -> None:
        """Install PyTorch through the PyTorch extension."""
        with slicer.util.tryWithErrorDisplay(_("PyTorch was not installed.")):
            installTorch()
        self.ask()
        self._update()

    def onDeviceChosen(self, index: int) -> None:
        """Remember the device."""
        if self._shown.parameters is not None:
            self._shown.parameters.device = self._ui.deviceSelector.itemData(index)

    def showControls(self, now: Situation) -> None:
        """Whether it can be chosen."""
        self._ui.deviceSelector.enabled = not now.isRunning
        self._ui.installButton.visible = not now.hasTorch

    def show(self, now: Situation) -> None:
        """The devices; the section opens with a warning, and its user may close it after that."""
        if now.deviceWarning and not self._hadWarning:
            self._ui.advancedSection.collapsed = False
        self._hadWarning = bool(now.deviceWarning)
        self._ui.deviceNote.text = Texts.deviceText(self._devices.information, now.hasTorch)
        self._ui.deviceNote.visible = bool(self._ui.deviceNote.text)
        selector, names = self._ui.deviceSelector, self._devices.information.names
        if [selector.itemData(index) for index in range(selector.count)] != list(names):
            selector.clear()
            for name in names:
                selector.addItem(Texts.deviceTitle(name), name)
        chooseData(selector, "auto" if self._shown.parameters is None else self._shown.parameters.device)
