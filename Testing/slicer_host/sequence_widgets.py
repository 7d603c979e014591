"""The sequence browser's buttons, slider and toolbar."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QSlider, QToolBar, QWidget

from .mrml_widgets import SceneWidget
from .node_combo_box import NodeComboBox
from .pythonqt import simulates

BROWSER_EVENTS = ("ModifiedEvent", slicer.vtkMRMLSequenceBrowserNode.SequenceNodeModifiedEvent)


def masterOf(browser: Any) -> Any:
    """The master sequence of a browser, or None."""
    return browser.GetMasterSequenceNode() if browser is not None else None


class BrowserWidget(SceneWidget):
    """Follows one sequence browser node."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._browser: Any = None

    def setMRMLSequenceBrowserNode(self, browser: Any) -> None:
        self._browser = browser
        self.observations.move("browser", browser, BROWSER_EVENTS, self._onModified)
        self._onModified()

    def _onModified(self) -> None:
        self.setEnabled(masterOf(self._browser) is not None)
        self.updateWidgetFromMRML()

    def updateWidgetFromMRML(self) -> None:
        raise NotImplementedError


@simulates("qMRMLSequenceBrowserPlayWidget")
class PlayWidget(BrowserWidget):
    """First, previous, play, next, last, loop and the rate."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._shortcuts: dict[str, QShortcut] = {}
        for name, face in (("First", "|<"), ("Previous", "<"), ("PlayPause", ">>"), ("Next", ">"), ("Last", ">|")):
            button = QPushButton(face, self)
            button.setObjectName(f"pushButton_Vcr{name}")
            button.setMaximumWidth(34)
            row.addWidget(button)
            setattr(self, f"_{name}", button)
            if name != "PlayPause":
                button.clicked.connect(getattr(self, f"onVcr{name}"))
        self._PlayPause.setCheckable(True)
        self._PlayPause.toggled.connect(self.setPlaybackEnabled)
        self._loop = QPushButton("o", self)
        self._loop.setMaximumWidth(34)
        self._loop.setObjectName("pushButton_VcrLoop")
        self._loop.setCheckable(True)
        self._loop.toggled.connect(self.setPlaybackLoopEnabled)
        self._rate = QDoubleSpinBox(self)
        self._rate.setObjectName("doubleSpinBox_VcrPlaybackRate")
        self._rate.setSuffix(" fps")
        self._rate.valueChanged.connect(self.setPlaybackRateFps)
        row.addWidget(self._loop)
        row.addWidget(self._rate)
        # As every play widget of Slicer: two that are seen at once take these keys from each other.
        self.setPlayPauseShortcut("Ctrl+Shift+Down")
        self.setPreviousFrameShortcut("Ctrl+Shift+Left")
        self.setNextFrameShortcut("Ctrl+Shift+Right")
        self._onModified()

    def updateWidgetFromMRML(self) -> None:
        master = masterOf(self._browser)
        if master is None:
            return
        ready = master.GetNumberOfDataNodes() > 0
        for button in (self._First, self._Previous, self._PlayPause, self._Next, self._Last, self._loop):
            button.setEnabled(ready)
        with QSignalBlocker(self._PlayPause), QSignalBlocker(self._loop), QSignalBlocker(self._rate):
            self._PlayPause.setChecked(bool(self._browser.GetPlaybackActive()))
            self._loop.setChecked(bool(self._browser.GetPlaybackLooped()))
            self._rate.setValue(self._browser.GetPlaybackRateFps())

    def onVcrFirst(self) -> None:
        if self._browser is not None:
            self._browser.SelectFirstItem()

    def onVcrLast(self) -> None:
        if self._browser is not None:
            self._browser.SelectLastItem()

    def onVcrPrevious(self) -> None:
        if self._browser is not None:
            self._browser.SelectNextItem(-1)

    def onVcrNext(self) -> None:
        if self._browser is not None:
            self._browser.SelectNextItem(1)

    def onVcrPlayPause(self) -> None:
        self.setPlaybackEnabled(not self._browser.GetPlaybackActive())

    def setPlaybackEnabled(self, play: bool) -> None:
        if self._browser is not None:
            self._browser.SetRecordingActive(False)
            self._browser.SetPlaybackActive(play)

    def setPlaybackLoopEnabled(self, loop: bool) -> None:
        if self._browser is not None:
            self._browser.SetPlaybackLooped(loop)

    def setPlaybackRateFps(self, rate: float) -> None:
        if self._browser is not None:
            self._browser.SetPlaybackRateFps(rate)

    def _setShortcut(self, keys: str, slot: Any) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(slot)

    def setPlayPauseShortcut(self, keys: str) -> None:
        self._setShortcut(keys, self.onVcrPlayPause)

    def setPreviousFrameShortcut(self, keys: str) -> None:
        self._setShortcut(keys, self.onVcrPrevious)

    def setNextFrameShortcut(self, keys: str) -> None:
        self._setShortcut(keys, self.onVcrNext)


@simulates("qMRMLSequenceBrowserSeekWidget")
class SeekWidget(BrowserWidget):
    """A slider over the frames."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setObjectName("slider_IndexValue")
        self._slider.valueChanged.connect(self.setSelectedItemNumber)
        self._index = QLabel(self)
        self._index.setObjectName("label_IndexValue")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._slider, 1)
        row.addWidget(self._index)
        self._onModified()

    def slider(self) -> QSlider:
        return self._slider

    def setSelectedItemNumber(self, item: int) -> None:
        master = masterOf(self._browser)
        if master is not None:
            self._browser.SetSelectedItemNumber(item if 0 <= item < master.GetNumberOfDataNodes() else -1)

    def updateWidgetFromMRML(self) -> None:
        master = masterOf(self._browser)
        if master is None:
            self._index.setText("")
            return
        count, chosen = master.GetNumberOfDataNodes(), self._browser.GetSelectedItemNumber()
        with QSignalBlocker(self._slider):
            self._slider.setEnabled(count > 0)
            self._slider.setRange(0, max(count - 1, 0))
        if 0 <= chosen < count:
            self._index.setText(f"{self._browser.GetFormattedIndexValue(chosen)} {master.GetIndexUnit() or ''}")
        else:
            self._index.setText("")
        self._slider.setValue(max(chosen, 0))


@simulates("qMRMLSequenceBrowserToolBar")
class BrowserToolBar(QToolBar):
    """Buttons, slider and selector of the active browser; hidden until a scene with a browser is loaded."""

    activeBrowserNodeChanged = Signal(object)
    signatures = {"activeBrowserNodeChanged": ("vtkMRMLNode*",)}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("SequenceBrowserToolBar")
        self._selector, self._play, self._seek = NodeComboBox(self), PlayWidget(self), SeekWidget(self)
        self._selector.nodeTypes = ["vtkMRMLSequenceBrowserNode"]
        self._selector.addEnabled, self._selector.renameEnabled = False, True
        for part in (self._play, self._seek, self._selector):
            self.addWidget(part)
        self._selector.currentNodeChanged.connect(self._onChosen)
        self.setVisible(False)

    def _onChosen(self, browser: Any) -> None:
        self._play.setMRMLSequenceBrowserNode(browser)
        self._seek.setMRMLSequenceBrowserNode(browser)
        self.activeBrowserNodeChanged.emit(browser)

    def setMRMLScene(self, scene: Any) -> None:
        self._selector.setMRMLScene(scene)

    def activeBrowserNode(self) -> Any:
        return self._selector.currentNode()

    def setActiveBrowserNode(self, browser: Any) -> None:
        self._selector.setCurrentNode(browser)
