"""CTK's containers, and small CTK widgets."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QGroupBox,
    QLayout,
    QLayoutItem,
    QMessageBox,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QTextBrowser,
    QWidget,
)

from .pythonqt import simulates

HIDDEN_BY_PARENT = "_hiddenByParent"
LARGEST_HEIGHT = (1 << 24) - 1


def showChildren(parent: QWidget, shown: bool) -> None:
    """Hide the children that are shown, or show again those that this function hid."""
    for child in parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if not shown and not child.isHidden():
            child.setProperty(HIDDEN_BY_PARENT, True)
            child.hide()
        elif shown and child.property(HIDDEN_BY_PARENT):
            child.setProperty(HIDDEN_BY_PARENT, False)
            child.show()


@simulates("ctkCollapsibleButton", "qMRMLCollapsibleButton")
class CollapsibleButton(QAbstractButton):
    """A button as wide as the panel that opens and closes what lies under it."""

    contentsCollapsed = Signal(bool)
    signatures = {"contentsCollapsed": ("bool",)}

    def __init__(self, parent: Any = None, owner: QWidget | None = None) -> None:
        super().__init__(owner if isinstance(parent, str) else parent)
        if isinstance(parent, str):
            self.setText(parent)
        self.setCheckable(True)
        self.setChecked(True)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        self.setContentsMargins(0, self._headerHeight(), 0, 0)
        self.toggled.connect(self._onToggled)

    def _headerHeight(self) -> int:
        return self.fontMetrics().height() + 8

    def _onToggled(self, opened: bool) -> None:
        showChildren(self, opened)
        self.setMaximumHeight(LARGEST_HEIGHT if opened else self._headerHeight())
        self.updateGeometry()
        self.contentsCollapsed.emit(not opened)

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().expandedTo(QSize(40, self._headerHeight()))

    def hitButton(self, position: QPoint) -> bool:
        return position.y() < self._headerHeight()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QPainter(self), QStyleOptionButton()
        option.initFrom(self)
        option.rect = QRect(0, 0, self.width(), self._headerHeight())
        self.style().drawControl(QStyle.ControlElement.CE_PushButtonBevel, option, painter, self)
        arrow = QStyle.PrimitiveElement.PE_IndicatorArrowDown
        if not self.isChecked():
            arrow = QStyle.PrimitiveElement.PE_IndicatorArrowRight
        text, option.rect = option.rect.adjusted(24, 0, -4, 0), QRect(6, (self._headerHeight() - 12) // 2, 12, 12)
        self.style().drawPrimitive(arrow, option, painter, self)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()

    collapsed = Property(bool, lambda self: not self.isChecked(), lambda self, value: self.setChecked(not value))


@simulates("ctkCollapsibleGroupBox")
class CollapsibleGroupBox(QGroupBox):
    """A group box whose check mark hides what is in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.toggled.connect(lambda opened: showChildren(self, opened))

    collapsed = Property(bool, lambda self: not self.isChecked(), lambda self, value: self.setChecked(not value))


@simulates("ctkComboBox")
class ComboBox(QComboBox):
    """A combo box with a text that it shows while nothing is chosen."""

    defaultText = Property(str, QComboBox.placeholderText, QComboBox.setPlaceholderText)


@simulates("ctkFittedTextBrowser")
class FittedTextBrowser(QTextBrowser):
    """Text that is as high as it needs."""

    def setCollapsibleText(self, text: str) -> None:
        self.setHtml(text)


@simulates("ctkMessageBox")
class MessageBox(QMessageBox):
    """A message box with a "do not show again" mark; like all dialogs of the host it never waits."""


@simulates("ctkFlowLayout")
class FlowLayout(QLayout):
    """Puts widgets beside each other and wraps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def _inner(self, area: QRect) -> QRect:
        return area.marginsRemoved(self.contentsMargins())

    def heightForWidth(self, width: int) -> int:
        margins = self.contentsMargins()
        return self._place(self._inner(QRect(0, 0, width, 0)), move=False) + margins.top() + margins.bottom()

    def setGeometry(self, rectangle: QRect) -> None:
        super().setGeometry(rectangle)
        self._place(self._inner(rectangle), move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size, margins = QSize(), self.contentsMargins()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _place(self, area: QRect, move: bool) -> int:
        x, y, line = area.x(), area.y(), 0
        for item in self._items:
            size, gap = item.sizeHint(), max(self.spacing(), 0)
            if line and x + size.width() > area.right() + 1:
                x, y, line = area.x(), y + line + gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x, line = x + size.width() + gap, max(line, size.height())
        return y + line - area.y()
