"""What a user does: clicks, keys, strokes, pictures."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import shiboken6
import slicer
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from .event_loop import workFor, workOff
from .layouts import drawnSegmentations
from .record import RECORD
from .segments_table import maskImage
from .shortcuts import collisions
from .values import unwrap


class User:
    """The part of the host that stands for hands and eyes."""

    widget: Any
    application: Any
    qtApplication: Any

    def processEvents(self, milliseconds: int = 0) -> None:
        """Let Qt work: what is waiting, or all that comes in this time."""
        if milliseconds:
            workFor(milliseconds)
        for _ in range(3):
            workOff()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def waitUntil(self, condition: Any, milliseconds: int = 30_000) -> None:
        """Let Qt work until a condition holds; AssertionError when it does not in this time."""
        end = time.monotonic() + milliseconds / 1000
        while not condition():
            if time.monotonic() > end:
                raise AssertionError("The condition did not come true in time")
            workFor(10)
        self.processEvents()

    def find(self, name: str) -> Any:
        """A widget by its object name, also one inside a stand-in, as PySide6 object.

        After a reload the widgets of before are still there, hidden, as in Slicer: the newest is meant.
        """
        found = self.widget.findChildren(QObject, name)
        if not found:
            raise LookupError(f"The panel has no widget named {name}")
        return found[-1]

    def click(self, widget: Any, position: tuple[int, int] | None = None) -> None:
        """A left click in the middle or at a place; one on a hidden or disabled widget is an error."""
        self.processEvents()
        target = self.find(widget) if isinstance(widget, str) else unwrap(widget)
        if not target.isVisible() or not target.isEnabled():
            raise AssertionError(f"{target.objectName() or target} cannot be clicked: it is hidden or disabled")
        self.application.mainWindow.panel.reveal(target)
        place = QPoint(*position) if position else target.rect().center()
        if hasattr(target, "isCheckable") and position is None:
            target.click()
        else:
            QTest.mouseClick(getattr(target, "viewport", lambda: target)(), Qt.MouseButton.LeftButton, pos=place)
        self.processEvents()

    def pressKey(self, key: Any, modifiers: Any = Qt.KeyboardModifier.NoModifier, widget: Any = None) -> None:
        """A key press, for shortcuts; the panel must be shown. A menu that it opens is noted, and closed again."""
        target = unwrap(widget) if widget is not None else self.widget
        target.window().activateWindow()
        self.processEvents()
        QTest.keyClick(target, unwrap(key), unwrap(modifiers))
        self.processEvents()
        while QApplication.activePopupWidget() is not None:
            QApplication.activePopupWidget().close()
            self.processEvents()

    @property
    def openedMenus(self) -> list[str]:
        """Menus of the main window that a key or a click opened, oldest first."""
        return self.application.mainWindow.opened

    def shortcutCollisions(self) -> dict[str, list[str]]:
        """Keys of the module that something else in Slicer's main window takes too, with what takes them."""
        made = [shortcut for shortcut in RECORD.shortcuts if shiboken6.isValid(shortcut)]
        return collisions(self.application.mainWindow, self.widget, made)

    def panelWidth(self) -> int:
        """Pixels that the module panel needs at least, as it is now: Slicer widens its dock to that."""
        self.processEvents()
        return self.application.mainWindow.panelWidth(self.widget)

    def drawnSegmentations(self, view: str = "Red") -> list[str]:
        """Names of the segmentations that a slice view draws: all of the scene's, unless somebody hid them."""
        self.processEvents()
        node = self.application.layoutManager().sliceWidget(view).mrmlSliceNode()
        return drawnSegmentations(slicer.mrmlScene, node)

    def paint(self, editor: Any, mask: np.ndarray) -> None:
        """Add to the selected segment what a brush would; mask (rows, columns) in the source volume's voxels."""
        self._modifySegment(editor, mask, slicer.vtkSlicerSegmentEditorLogic.ModificationModeAdd)

    def erase(self, editor: Any, mask: np.ndarray) -> None:
        """Take away from the selected segment."""
        self._modifySegment(editor, mask, slicer.vtkSlicerSegmentEditorLogic.ModificationModeRemove)

    def _modifySegment(self, editor: Any, mask: np.ndarray, mode: int) -> None:
        target = unwrap(editor)
        target.modifySegment(maskImage(mask, target.sourceVolumeNode()), mode)
        self.processEvents()

    def screenshot(self, widget: Any, path: Path | str, width: int, height: int = 0) -> Any:
        """Save a picture of a widget at this width, and this height or as high as it wants to be; returns its QImage.

        What scrolls inside does not say how high it wants to be: give a height then.
        """
        target = unwrap(widget)
        with self.application.mainWindow.panel.borrowed(target):
            image = self._picture(target, width, height)
        self.processEvents()
        if not image.save(str(path)):
            raise OSError(f"The picture could not be written to {path}")
        return image

    def _picture(self, target: Any, width: int, height: int) -> Any:
        target.resize(width, max(target.sizeHint().height(), 1))
        target.show()
        self.processEvents()
        wanted = target.layout().totalHeightForWidth(width) if target.layout() else -1
        target.resize(width, height or max(wanted, target.sizeHint().height()))
        self.processEvents()
        return target.grab().toImage()
