"""The keyboard shortcuts of the segment editor, as qMRMLSegmentEditorWidget::installKeyboardShortcuts makes them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

REDO = "Ctrl+Y" if os.name == "nt" else "Ctrl+Shift+Z"
SEGMENT_KEYS = (("Q", "W"), ("/", "*"), (",", "."), (">", "<"))


class EditorKeys:
    """Keys on the main window for one editor."""

    def __init__(self, editor: Any) -> None:
        self._editor = editor
        self._made: list[QShortcut] = []

    def install(self, parent: QWidget | None) -> None:
        """On the main window, unless another widget is named."""
        self.uninstall()
        windows = [top for top in QApplication.topLevelWidgets() if top.objectName() == "qSlicerMainWindow"]
        window, editor = parent or windows[0], self._editor
        for number in range(20):
            keys = f"{'Shift+' if number >= 10 else ''}{(number + 1) % 10}"
            self._add(window, keys, lambda number=number: editor.toggleEffect(number))
        self._add(window, "Esc", lambda: editor.toggleEffect(None))
        self._add(window, "Space", editor.toggleLastEffect)
        for keys, call in (("Z", editor.undo), ("Ctrl+Z", editor.undo), ("Y", editor.redo), (REDO, editor.redo)):
            self._add(window, keys, call)
        for before, after in SEGMENT_KEYS:
            self._add(window, before, editor.selectPreviousSegment)
            self._add(window, after, editor.selectNextSegment)
        self._add(window, "I", lambda: None)  # The intensity mask, which the host has not.

    def _add(self, window: QWidget, keys: str, call: Callable[[], Any]) -> None:
        shortcut = QShortcut(QKeySequence(keys), window)
        shortcut.setObjectName("segment editor")
        shortcut.activated.connect(lambda: call())
        self._made.append(shortcut)

    def uninstall(self) -> None:
        """Take them off."""
        for shortcut in filter(shiboken6.isValid, self._made):
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._made = []
