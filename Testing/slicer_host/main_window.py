"""Slicer's main window: menu bar, actions with shortcuts, tool bars, and the dock with the module panel.

Names, texts and keys as in Base/QTApp/Resources/UI/qSlicerMainWindow.ui, qSlicerMainWindow.cxx,
Applications/SlicerApp/qSlicerAppMainWindow.cxx, Base/QTGUI/qSlicerModuleSelectorToolBar.cxx and qSlicerModulePanel.cxx.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QMenu, QScrollArea, QVBoxLayout, QWidget

from .pythonqt import simulates

# Menu -> (object name, text, keys) of its actions. A menu without an entry of its own, as Recent, is left out.
MENUS: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "&File": (
        ("FileAddDataAction", "&Add Data", ("Ctrl+O",)),
        ("FileSaveSceneAction", "Save Data", ("Ctrl+S",)),
        ("FileCloseSceneAction", "Close Scene", ("Ctrl+W",)),
        ("FileExitAction", "E&xit", ()),
    ),
    "&Edit": (
        ("CutAction", "Cut", ("Ctrl+X",)),
        ("CopyAction", "Copy", ("Ctrl+C",)),
        ("PasteAction", "Paste", ("Ctrl+V",)),
        ("EditRecordMacroAction", "Record Macro", ()),
        ("EditApplicationSettingsAction", "Application Settings", ("Ctrl+2",)),
    ),
    "&View": (
        ("ViewFindModuleAction", "Module Finder", ("Ctrl+F",)),
        ("ViewExtensionsManagerAction", "Extensions Manager", ("Ctrl+4",)),
        ("PythonConsoleToggleViewAction", "&Python Console", ("Ctrl+3", "Ctrl+`")),
        ("ErrorLogToggleViewAction", "&Error Log", ("Ctrl+0",)),
        ("ModuleHomeAction", "Home", ("Ctrl+H",)),
        ("ModulePanelToggleViewAction", "Show &Module Panel", ("Ctrl+5",)),
        ("WindowMaximizeViewAction", "&Maximize view", ("Ctrl+6",)),
    ),
    "&Help": (
        ("HelpDocumentationAction", "Documentation", ("Ctrl+1",)),
        ("HelpKeyboardShortcutsAction", "&Keyboard Shortcuts Reference", ()),
    ),
}
# These work only while their menu has the focus.
WIDGET_CONTEXT = ("CutAction", "CopyAction", "PasteAction")
# Shortcuts of the tool bars that Slicer makes as QShortcut: owner -> keys.
TOOL_BARS = {"MarkupsToolBar": ("Ctrl+Shift+A", "Ctrl+Shift+T", "Ctrl+Shift+Space")}
LAPTOP = QSize(1366, 768)
DOCK_WIDTH = 340  # Pixels, as in the application on such a screen.


@simulates("qSlicerModulePanel")
class ModulePanel(QWidget):
    """Holds the panel of the module that is open, and is never narrower than that may become."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._contents, self._area = QWidget(), QScrollArea(self)
        column = QVBoxLayout(self._contents)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(QLabel("Help && Acknowledgement", self._contents))
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._contents)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)

    def holds(self, widget: QWidget) -> bool:
        return self._contents.layout().indexOf(widget) >= 0

    def addWidget(self, widget: QWidget) -> None:
        """Show a module's panel."""
        widget.layout().setContentsMargins(0, 0, 0, 0)
        self._contents.layout().insertWidget(1, widget, 1)
        widget.setSizePolicy(widget.sizePolicy().Policy.Minimum, widget.sizePolicy().verticalPolicy())
        widget.setVisible(True)
        widget.installEventFilter(self)
        self.updateGeometry()

    def removeWidget(self, widget: QWidget) -> None:
        """Take a module's panel out; it has no parent then and is hidden."""
        widget.removeEventFilter(self)
        self._contents.layout().removeWidget(widget)
        widget.setVisible(False)
        widget.setParent(None)

    @contextmanager
    def borrowed(self, widget: QWidget) -> Iterator[None]:
        """The module's panel on its own, for a picture, and back where it was."""
        inside = self.holds(widget)
        if inside:
            self.removeWidget(widget)
        yield
        if inside:
            self.addWidget(widget)

    def reveal(self, widget: QWidget) -> None:
        """Scroll to a widget, as a user does before a click."""
        if self._contents.isAncestorOf(widget):
            self._area.ensureWidgetVisible(widget)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.updateGeometry()
        return False

    def minimumSizeHint(self) -> QSize:
        width = self._contents.minimumSizeHint().width() + self._area.verticalScrollBar().sizeHint().width()
        return QSize(width, super().minimumSizeHint().height())


class MainWindow(QMainWindow):
    """The window that holds everything; ``opened`` names the menus that were opened, by mouse or mnemonic."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.opened: list[str] = []
        self._visited: list[str] = []
        for title, actions in MENUS.items():
            self._addMenu(title, actions)
        self.previous = self._moduleAction("PreviousModuleAction", "Previous", "Ctrl+Left", "Alt+Left")
        self.next = self._moduleAction("NextModuleIcon", "Next", "Ctrl+Right", "Alt+Right")
        for owner, keys in TOOL_BARS.items():
            bar = self.addToolBar(owner)
            bar.setObjectName(owner)
            for sequence in keys:
                QShortcut(QKeySequence(sequence), bar)
        self.panel = ModulePanel(self)
        self._dock = QDockWidget("Module panel", self)
        self._dock.setObjectName("PanelDockWidget")
        self._dock.setWidget(self.panel)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self._dock)
        self.statusBar()
        self.resize(LAPTOP)

    def setPanelWidth(self, width: int) -> None:
        """As a user draws the dock's edge; it stays as wide as the panel needs at least."""
        self.resizeDocks([self._dock], [width], Qt.Orientation.Horizontal)

    def _addMenu(self, title: str, actions: tuple) -> None:
        menu = self.menuBar().addMenu(title)
        menu.setObjectName(f"{title.replace('&', '')}Menu")
        menu.aboutToShow.connect(lambda: self._onMenu(menu))
        for name, text, keys in actions:
            action = menu.addAction(text)
            action.setObjectName(name)
            action.setShortcuts([QKeySequence(sequence) for sequence in keys])
            if name in WIDGET_CONTEXT:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _onMenu(self, menu: QMenu) -> None:
        self.opened.append(menu.title().replace("&", ""))

    def _moduleAction(self, name: str, text: str, *keys: str) -> QAction:
        """Goes through the modules that were open; Alt+Left and Alt+Right are QKeySequence::Back and Forward."""
        action = QAction(text, self)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(sequence) for sequence in keys])
        action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
        action.setEnabled(False)
        self.addAction(action)
        return action

    def noteModule(self, name: str) -> None:
        """Another module is open now: one can go back to the one before."""
        if self._visited[-1:] != [name]:
            self._visited.append(name)
        self.previous.setEnabled(len(self._visited) > 1)

    def setViews(self, views: QWidget) -> None:
        """The views of the layout manager beside the module panel."""
        self.setCentralWidget(views)

    def panelWidth(self, widget: Any) -> int:
        """How wide the dock must be at least for a module's panel as it is now."""
        widget.layout().activate()
        return max(self.panel.minimumSizeHint().width(), widget.minimumSizeHint().width())
