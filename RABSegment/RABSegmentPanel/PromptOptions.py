"""The options of the effect *Mark by clicks*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from RABSegmentLib.FrontEnd import Texts


class PromptOptions:
    """A line that says what goes on, and what can be done.

    Args:
        scriptedEffect: takes the widgets.
        onUndo, onStartOver, onChosen: called for the two buttons and for the box.
    """

    def __init__(
        self,
        scriptedEffect: Any,
        onUndo: Callable[[], object],
        onStartOver: Callable[[], None],
        onChosen: Callable[[], None],
    ) -> None:
        self._status = qt.QLabel()
        self._status.objectName = "promptStatusLabel"
        self._status.wordWrap = True
        scriptedEffect.addOptionsWidget(self._status)
        self._takes = qt.QCheckBox(Texts.takeTitle())
        self._takes.objectName = "promptTakesBox"
        self._takes.toolTip = Texts.takeTip()
        self._takes.connect("toggled(bool)", lambda _on: onChosen())
        scriptedEffect.addOptionsWidget(self._takes)
        self._undo = _button("promptUndoButton", _("Undo click"), _("Take the last click, line or box back."), onUndo)
        self._over = _button(
            "promptOverButton", _("Start over"), _("Put back what the segment had before the first click."), onStartOver
        )
        row = qt.QHBoxLayout()
        row.addWidget(self._undo)
        row.addWidget(self._over)
        scriptedEffect.addOptionsWidget(row)

    @property
    def takesOthers(self) -> bool:
        """Whether masks may take what other segments have."""
        return bool(self._takes.checked)

    def showTakes(self, isOn: bool) -> None:
        """Show the parameter, without telling it to anybody."""
        wasBlocked = self._takes.blockSignals(True)
        self._takes.checked = isOn
        self._takes.blockSignals(wasBlocked)

    def show(self, text: str, canUndo: bool) -> None:
        """Show what goes on, and whether there is something to take back."""
        self._status.text = text
        self._undo.enabled = self._over.enabled = canUndo


def _button(name: str, text: str, toolTip: str, call: Callable[[], object]) -> Any:
    button = qt.QPushButton(text)
    button.objectName = name
    button.toolTip = toolTip
    button.connect("clicked()", call)
    return button
