"""Writing all frames and segments to a file or folder."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from RABSegmentLib.Engine.Installation import withPackages
from RABSegmentLib.Export.Kinds import ExportKind, exportKinds
from RABSegmentLib.FrontEnd import Controls
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .PanelPart import Connections, PanelPart, ShownCine, showControl

SECONDS = 5  # that the main window says where it was written to


class ExportRow(PanelPart):
    """The selector of what to export as, and the button beside it.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
    """

    def __init__(self, ui: Any, connections: Connections, shown: ShownCine) -> None:
        self._ui = ui
        self._shown = shown
        self._kinds = exportKinds()
        for kind in self._kinds:
            ui.exportFormat.addItem(kind.title)
        connections.add(ui.exportButton, "clicked()", self.onExportClicked)

    def onExportClicked(self) -> None:
        """Ask where to, and write."""
        session, segmentation = self._shown.session, self._shown.segmentation
        if session is None or segmentation is None:
            return
        session.clock.touch()
        kind = self._kinds[self._ui.exportFormat.currentIndex]
        with slicer.util.tryWithErrorDisplay(_("The segmentation was not exported."), waitCursor=True):
            path = _askForPlace(kind, segmentation)
            if path:
                written = withPackages(lambda: kind.write(segmentation, path))
                text = _("Exported to {path}").format(path=", ".join(map(str, written)))
                slicer.util.showStatusMessage(text, 1000 * SECONDS)

    def showControls(self, now: Situation) -> None:
        """Whether there is something to export."""
        showControl(self._ui.exportButton, Controls.resultControl(now))


def _askForPlace(kind: ExportKind, segmentation: SegmentationSequence) -> str:
    """The path that the user chose, empty for none."""
    window = slicer.util.mainWindow()
    if kind.isFolder:
        return qt.QFileDialog.getExistingDirectory(window, kind.title)
    name = f"{segmentation.cine.name}{kind.suffix}"
    return qt.QFileDialog.getSaveFileName(window, kind.title, name, f"{kind.title} (*{kind.suffix})")
