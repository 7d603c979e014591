"""The options of the active effect: as wide as Slicer's, so that the panel grows as it does there."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QGroupBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

# Pixels; in Slicer 5.11 the brush options of Paint made a panel of 340 grow to 457, by the row of three boxes.
DIAMETER, BOX, PLAIN = 240, 118, 240
BRUSHES = {"Paint": "Color smudge", "Erase": "Erase all segments"}


class EffectOptions(QGroupBox):
    """Hidden without an effect; object names as in qMRMLSegmentEditorWidget.ui."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("OptionsGroupBox")
        column = QVBoxLayout(self)
        frame = QFrame(self)
        frame.setObjectName("EffectsOptionsFrame")
        column.addWidget(frame)
        options = QVBoxLayout(frame)
        options.setContentsMargins(0, 0, 0, 0)
        self._help = QLabel(self)  # qMRMLSegmentEditorWidget.ui: EffectHelpBrowser, above the options
        self._help.setObjectName("EffectHelpBrowser")
        self._help.setWordWrap(True)
        column.insertWidget(0, self._help)
        self._text = QLabel(frame)
        options.addWidget(self._text)
        self._frames = options
        # Made when the effects are, long before one is chosen.
        self._brushes = {name: _brush(frame, last) for name, last in BRUSHES.items()}
        for brush in self._brushes.values():
            options.addWidget(brush)
            brush.hide()
        self.hide()

    def addFrame(self, frame: QFrame) -> None:
        """The options of an effect that a module registered, which shows and hides them itself."""
        frame.setVisible(False)
        self._frames.addWidget(frame)

    def show_(self, title: str, effect: str, help_: str) -> None:
        """The options of an effect, none for an empty name; its help is collapsed to its first line."""
        self.setTitle(title)
        self._text.setText(effect)
        self._text.setVisible(not help_)
        self._help.setText(help_.partition("<br>")[0])
        self._help.setVisible(bool(help_))
        self._text.setMinimumWidth(DIAMETER if effect in BRUSHES else PLAIN)
        for name, brush in self._brushes.items():
            brush.setVisible(name == effect)
        self.setVisible(bool(effect))


class MaskingOptions(QGroupBox):
    """Where an effect may edit; shown with the options."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Masking", parent)
        self.setObjectName("MaskingGroupBox")
        column = QVBoxLayout(self)
        for name in ("MaskModeComboBox", "OverwriteModeComboBox"):
            box = QComboBox(self)
            box.setObjectName(name)
            column.addWidget(box)
        self.hide()


def _brush(parent: QWidget, last: str) -> QFrame:
    brush = QFrame(parent)
    row = QHBoxLayout(brush)
    row.setContentsMargins(0, 0, 0, 0)
    for text in ("Sphere brush", "Edit in 3D views", last):
        box = QCheckBox(text, brush)
        box.setMinimumWidth(BOX)
        row.addWidget(box)
    return brush
