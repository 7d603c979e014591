"""The options of the active effect: as wide as Slicer's, so that the panel grows as it does there."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QFrame, QGroupBox, QLabel, QVBoxLayout, QWidget

# Pixels; in Slicer 5.11 the brush options of Paint made a panel of 340 grow to 457.
BRUSH, PLAIN = 425, 260
WIDTHS = {"Paint": BRUSH, "Erase": BRUSH, "Threshold": BRUSH}


class EffectOptions(QGroupBox):
    """Hidden without an effect; object names as in qMRMLSegmentEditorWidget.ui."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("OptionsGroupBox")
        self._frame, self._masking = QFrame(self), QGroupBox("Masking", self)
        self._frame.setObjectName("EffectsOptionsFrame")
        self._masking.setObjectName("MaskingGroupBox")
        masking, options, column = QVBoxLayout(self._masking), QVBoxLayout(self._frame), QVBoxLayout(self)
        for name in ("MaskModeComboBox", "OverwriteModeComboBox"):
            box = QComboBox(self._masking)
            box.setObjectName(name)
            masking.addWidget(box)
        self._text = QLabel(self._frame)
        options.setContentsMargins(0, 0, 0, 0)
        options.addWidget(self._text)
        column.addWidget(self._frame)
        column.addWidget(self._masking)
        self.hide()

    def show_(self, effect: str) -> None:
        """The options of an effect, none for an empty name."""
        self.setTitle(effect)
        self._text.setText(effect)
        self._text.setMinimumWidth(WIDTHS.get(effect, PLAIN))
        self.setVisible(bool(effect))
