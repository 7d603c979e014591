"""Writing all frames and segments to a file or folder."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from RABSegmentLib.Engine.Installation import withPackages
from RABSegmentLib.Export.Kinds import ExportKind
from RABSegmentLib.Export.Measurements import PairSource
from RABSegmentLib.Export.PanelKinds import exportOf, panelKinds, questionOf
from RABSegmentLib.Export.Places import fileNameOf
from RABSegmentLib.FrontEnd import Controls, ExportTexts
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .PanelPart import Connections, PanelPart, ShownCine, showControl, waiting


class ExportRow(PanelPart):
    """The selector of what to export as, the button beside it, and below what such a file holds or where it went.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        pair: gives what two views of the left ventricle say.
    """

    def __init__(self, ui: Any, connections: Connections, shown: ShownCine, pair: PairSource) -> None:
        self._ui = ui
        self._shown = shown
        self._kinds = panelKinds(pair)
        for kind in self._kinds:
            ui.exportFormat.addItem(kind.title)
        self.onKindChosen()
        connections.add(ui.exportFormat, "activated(int)", self.onKindChosen)
        connections.add(ui.exportButton, "clicked()", self.onExportClicked)

    def onCine(self) -> None:
        """Nothing of it was written yet."""
        self.onKindChosen()

    def onKindChosen(self, _index: int = 0) -> None:
        """Say what such a file holds."""
        self._say(ExportTexts.contentText(self._kinds[self._ui.exportFormat.currentIndex]))

    def onExportClicked(self) -> None:
        """Ask where to, and write."""
        session, segmentation = self._shown.session, self._shown.segmentation
        if session is None or segmentation is None:
            return
        session.clock.touch()
        kind = self._kinds[self._ui.exportFormat.currentIndex]
        with slicer.util.tryWithErrorDisplay(_("The segmentation was not exported.")):
            question = questionOf(kind, segmentation)
            hasLooked = bool(question) and slicer.util.confirmYesNoDisplay(question)
            path = "" if question and not hasLooked else _askForPlace(kind, segmentation)
            if path:
                written = withPackages(lambda: waiting(lambda: exportOf(kind, hasLooked)(segmentation, path)))
                self._say(ExportTexts.writtenText(written))

    def showControls(self, now: Situation) -> None:
        """Whether there is something to export."""
        showControl(self._ui.exportButton, Controls.resultControl(now))

    def _say(self, text: str) -> None:
        self._ui.exportLabel.text = text
        self._ui.exportLabel.visible = bool(text)


def _askForPlace(kind: ExportKind, segmentation: SegmentationSequence) -> str:
    """The path that the user chose, empty for none."""
    window = slicer.util.mainWindow()
    if kind.isFolder:
        return qt.QFileDialog.getExistingDirectory(window, kind.title)
    name = f"{fileNameOf(segmentation.cine.name)}{kind.suffix}"
    return qt.QFileDialog.getSaveFileName(window, kind.title, name, f"{kind.title} (*{kind.suffix})")
