"""Choosing, opening and playing a cine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from rabengine.errors import ChoiceError, PackageMissingError
from RABSegmentLib.Engine.Installation import offerPackages
from RABSegmentLib.FrontEnd import Controls, Texts
from RABSegmentLib.FrontEnd.CineOpening import CineOpening
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.FrontEnd.SlicerViews import showCine, shownVolume
from RABSegmentLib.Scene.CineLoading import cineFromVolume
from RABSegmentLib.Scene.MRMLNodes import browserShowing

from .Choosing import chosenOf
from .Menu import fillMenu
from .PanelPart import Connections, PanelPart, ShownCine, showControl
from .SampleCine import loadSampleCine
from .Shortcuts import BACK, FORWARD


class CineSection(PanelPart):
    """The selector of the cine, the button *Open...*, the player, and what is said of cine and frame.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        opening: reads cines.
        onOpening: called when a cine begins to be read; from then on `takeCine` is to be called.
        update: shows the whole panel anew.
    """

    def __init__(
        self,
        ui: Any,
        connections: Connections,
        shown: ShownCine,
        opening: CineOpening,
        onOpening: Callable[[], None],
        update: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._shown = shown
        self._opening = opening
        self._onOpening = onOpening
        self._update = update
        self.problem = ""  # why the chosen browser's cine cannot be shown
        connections.add(ui.cineSelector, "nodeActivated(vtkMRMLNode*)", self.choose)
        entries = (
            (_("Cine from a file..."), self.onOpenFile),
            (_("Cine from a folder of images..."), self.onOpenFolder),
            (_("Use the shown volume as a cine"), self.onUseVolume),
            (_("Sample cine: echocardiogram"), self.onSampleCine),
        )
        fillMenu(ui.openButton, entries)

    def choose(self, browser: Any) -> None:
        """Remember the cine; the selector tells the parameter node only of one that has another name than the last."""
        parameters = self._shown.parameters
        if parameters is None:
            return
        if self.problem:
            parameters.cineBrowser = None  # it may be the same one, which can be shown by now
        if parameters.cineBrowser is not browser:
            parameters.cineBrowser = browser

    def onOpenFile(self) -> None:
        """Load a cine from a file."""
        self._open(qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), _("Open a cine")))

    def onOpenFolder(self) -> None:
        """Load a cine from a folder of images."""
        self._open(qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Open a folder of images")))

    def onUseVolume(self) -> None:
        """Turn the volume that is shown into a cine: its slices are the frames, or those of a multivolume are. One that
        shows frames of a sequence is one already, or offers its slices."""
        with slicer.util.tryWithErrorDisplay(_("The volume cannot be used as a cine.")):
            volume = shownVolume()
            self.choose(browserShowing(volume) or cineFromVolume(volume))

    def onSampleCine(self) -> None:
        """Load the sample cine."""
        browser = loadSampleCine()
        if browser is not None:
            self.choose(browser)

    def takeCine(self) -> None:
        """Choose the cine that is being read, once it is there."""
        if not self._opening.isBusy:
            return
        with slicer.util.tryWithErrorDisplay(_("The cine cannot be opened.")):
            try:
                loaded = self._opening.take()
            except PackageMissingError as error:
                loaded = None
                if not offerPackages(error.packages, error.message):
                    raise
                self._opening.begin(self._opening.lastPath)
            except ChoiceError as error:
                loaded, path = None, self._opening.lastPath
                part = chosenOf(Texts.choosePartTitle(), Texts.choosePartText(path.name), error.choices)
                if part:
                    self._opening.begin(path, part)
            if loaded is not None:
                self.choose(loaded.browserNode)
                for warning in loaded.warnings:
                    slicer.util.warningDisplay(warning)
        if not self._opening.isBusy:
            self._update()

    def onCine(self) -> None:
        """Play it, and show it in the views."""
        session = self._shown.session
        browser = None if session is None else session.browserNode
        self._ui.playWidget.setMRMLSequenceBrowserNode(browser)
        self._ui.seekWidget.setMRMLSequenceBrowserNode(browser)
        if session is not None:
            showCine(session.segmentation)

    def showControls(self, now: Situation) -> None:
        """Whether it can be played, and what the frame is."""
        control = Controls.playControl(now)
        showControl(self._ui.playWidget, control)
        showControl(self._ui.seekWidget, control, f"{BACK}, {FORWARD}")
        self._ui.frameLabel.text = Texts.frameText(self._shown.segmentation)

    def show(self, now: Situation) -> None:
        """What the cine is."""
        self._ui.cineLabel.text = self._opening.text or Texts.cineText(self._shown.segmentation, self.problem)
        self._ui.frameLabel.visible = bool(self._ui.frameLabel.text)

    def _open(self, path: str) -> None:
        if not path:
            return
        with slicer.util.tryWithErrorDisplay(_("The cine cannot be opened.")):
            self._opening.begin(path)
            self._onOpening()
        self._update()
