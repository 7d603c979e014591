"""The segment editor's effect *Mark by clicks*, as Slicer calls it; what it does is in RABSegmentPanel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
from SegmentEditorEffects import AbstractScriptedSegmentEditorEffect
from slicer.i18n import tr as _

from RABSegmentPanel.EffectRegistration import EFFECT_NAME
from RABSegmentPanel.PromptTool import PromptTool


class SegmentEditorEffect(AbstractScriptedSegmentEditorEffect):
    """A mask from clicks, scribbles or a box on the shown frame of a cine, answered by the engine's process.

    Args:
        scriptedEffect: the qSlicerSegmentEditorScriptedEffect that calls this object.
    """

    def __init__(self, scriptedEffect: Any) -> None:
        scriptedEffect.name = EFFECT_NAME  # not translated: modules find effects by it
        scriptedEffect.title = _("Mark by clicks")
        scriptedEffect.perSegment = True
        scriptedEffect.requireSegments = True
        AbstractScriptedSegmentEditorEffect.__init__(self, scriptedEffect)
        self.tool = PromptTool(self)

    def clone(self) -> Any:
        """Another effect of the kind: each segment editor has its own."""
        import qSlicerSegmentationsEditorEffectsPythonQt as effects

        cloned = effects.qSlicerSegmentEditorScriptedEffect(None)
        cloned.setPythonSource(__file__.replace("\\", "/"))
        return cloned

    def icon(self) -> Any:
        """Of the effect's button."""
        path = Path(__file__).resolve().parents[1] / "Resources" / "Icons" / "MarkByClicks.png"
        return qt.QIcon(str(path)) if path.is_file() else qt.QIcon()

    def helpText(self) -> str:
        """What the segment editor shows of the effect; its first line where it is collapsed."""
        return (
            "<html>"
            + _("Mark a structure of the shown frame by clicks.")
            + "<br><ul style='margin: 0'><li>"
            + "</li><li>".join(
                (
                    _("<b>Left click</b> in the structure: the segment becomes it."),
                    _("<b>Right click</b>, or Ctrl and left click: this place is not of it."),
                    _("<b>Drag</b>: a line instead of a click, with either button."),
                    _("<b>Shift and drag</b>: a box round the structure."),
                    _("<b>Backspace</b> in the view: take the last of them back."),
                )
            )
            + "</li></ul>"
            + _(
                "The first click begins with what the segment has on the frame, whether it was painted or predicted. "
                "Marks on other frames help. Another frame or segment starts afresh. Zoom with Ctrl and the wheel."
            )
        )

    def createCursor(self, _viewWidget: Any) -> Any:
        """A cross: its middle is what is clicked."""
        return qt.QCursor(qt.Qt.CrossCursor)

    def setMRMLDefaults(self) -> None:
        """Called when the editor gets its parameter node."""
        self.tool.setDefaults()

    def setupOptionsFrame(self) -> None:
        """Called once, when the editor makes the effect's button."""
        self.tool.setUpOptions()

    def updateGUIFromMRML(self) -> None:
        """A parameter changed, or the effect is about to be activated."""
        self.tool.showParameters()

    def updateMRMLFromGUI(self) -> None:
        """An option changed."""
        self.tool.keepParameters()

    def activate(self) -> None:
        """The user chose the effect."""
        self.tool.activate()

    def deactivate(self) -> None:
        """The user chose another effect, or none."""
        self.tool.deactivate()

    def processInteractionEvents(self, callerInteractor: Any, eventId: int, viewWidget: Any) -> bool:
        """Something happened in a view; True where nobody else is to hear of it."""
        return self.tool.interact(callerInteractor, eventId, viewWidget)

    def processViewNodeEvents(self, _callerViewNode: Any, _eventId: int, viewWidget: Any) -> None:
        """A view was moved or zoomed."""
        self.tool.drawIn(viewWidget)

    def cleanup(self) -> None:
        """The editor is deleted."""
        self.tool.close()
