"""CTK's widgets for numbers and paths."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QPushButton, QSlider, QToolButton, QWidget

from .dialogs import askForPath
from .pythonqt import simulates

STEPS_AT_MOST = 1_000_000


class NumberWidget(QWidget):
    """A number between a minimum and a maximum, with a slider, a spin box or both."""

    valueChanged = Signal(float)
    signatures = {"valueChanged": ("double",)}

    def __init__(self, parent: QWidget | None = None, slider: bool = True, box: bool = True) -> None:
        super().__init__(parent)
        self._box = QDoubleSpinBox(self)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for part, shown in ((self._slider, slider), (self._box, box)):
            row.addWidget(part)
            part.setVisible(shown)
        self._box.setRange(0.0, 100.0 if slider else 99.99)
        self._box.setSingleStep(1.0)
        self._box.valueChanged.connect(self._boxMoved)
        self._slider.valueChanged.connect(self._sliderMoved)
        self._updateSlider()

    def _updateSlider(self) -> None:
        with QSignalBlocker(self._slider):
            span = (self._box.maximum() - self._box.minimum()) / (self._box.singleStep() or 1.0)
            self._slider.setRange(0, int(min(round(span), STEPS_AT_MOST)))
            self._slider.setValue(round((self._box.value() - self._box.minimum()) / (self._box.singleStep() or 1.0)))

    def _boxMoved(self, value: float) -> None:
        self._updateSlider()
        self.valueChanged.emit(value)

    def _sliderMoved(self, position: int) -> None:
        self._box.setValue(self._box.minimum() + position * self._box.singleStep())

    def setValue(self, value: float) -> None:
        self._box.setValue(value)

    def _setter(name: str) -> Any:  # noqa: N805 - builds the properties below.
        def change(self: NumberWidget, value: Any) -> None:
            getattr(self._box, name)(value)
            self._updateSlider()

        return change

    value = Property(float, lambda self: self._box.value(), setValue)
    minimum = Property(float, lambda self: self._box.minimum(), _setter("setMinimum"))
    maximum = Property(float, lambda self: self._box.maximum(), _setter("setMaximum"))
    singleStep = Property(float, lambda self: self._box.singleStep(), _setter("setSingleStep"))
    decimals = Property(int, lambda self: self._box.decimals(), _setter("setDecimals"))
    suffix = Property(str, lambda self: self._box.suffix(), _setter("setSuffix"))
    prefix = Property(str, lambda self: self._box.prefix(), _setter("setPrefix"))


@simulates("ctkSliderWidget", "qMRMLSliderWidget")
class SliderWidget(NumberWidget):
    """A slider with a spin box."""

    def setSpinBoxVisible(self, shown: bool) -> None:
        self._box.setVisible(shown)

    spinBoxVisible = Property(bool, lambda self: not self._box.isHidden(), setSpinBoxVisible)


@simulates("ctkDoubleSlider")
class DoubleSlider(NumberWidget):
    """A slider for fractions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, box=False)
        self._box.setDecimals(6)


@simulates("ctkDoubleSpinBox", "qMRMLSpinBox")
class SpinBox(NumberWidget):
    """A spin box that counts its decimals itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, slider=False)


@simulates("ctkPathLineEdit")
class PathLineEdit(QWidget):
    """A path with its history and a browse button."""

    currentPathChanged = Signal(str)
    signatures = {"currentPathChanged": ("QString",)}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._combo, browse = QComboBox(self), QToolButton(self)
        self._combo.setEditable(True)
        self._combo.editTextChanged.connect(self.currentPathChanged)
        browse.setText("...")
        browse.setObjectName("BrowseButton")
        browse.clicked.connect(self.browse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._combo, 1)
        row.addWidget(browse)

    def comboBox(self) -> QComboBox:
        return self._combo

    def browse(self) -> None:
        chosen = askForPath("ctkPathLineEdit")
        if chosen:
            self._combo.setEditText(chosen)

    def addCurrentPathToHistory(self) -> None:
        self._combo.addItem(self._combo.currentText())

    def setCurrentPath(self, path: str) -> None:
        self._combo.setEditText(path)

    currentPath = Property(str, lambda self: self._combo.currentText(), setCurrentPath)


@simulates("ctkDirectoryButton")
class DirectoryButton(QWidget):
    """A button that shows a folder and asks for another."""

    directoryChanged = Signal(str)
    directorySelected = Signal(str)
    signatures = {"directoryChanged": ("QString",), "directorySelected": ("QString",)}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._button = QPushButton(".", self)
        self._button.clicked.connect(self.browse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._button)

    def browse(self) -> None:
        chosen = askForPath("ctkDirectoryButton")
        if chosen:
            self.setDirectory(chosen)
            self.directorySelected.emit(chosen)

    def setDirectory(self, folder: str) -> None:
        if folder != self._button.text():
            self._button.setText(folder)
            self.directoryChanged.emit(folder)

    directory = Property(str, lambda self: self._button.text(), setDirectory)
