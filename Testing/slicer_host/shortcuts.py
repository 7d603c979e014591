"""Which keys the module takes, and what in Slicer's main window takes them too.

Two shortcuts that are alive in one window and have the same keys are ambiguous: Qt calls neither, and a menu's
mnemonic wins over both.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QLabel, QMainWindow, QMenuBar, QTabBar, QWidget

Taken = tuple[str, str, QObject]  # keys, what takes them, its owner
PORTABLE = QKeySequence.SequenceFormat.PortableText
# Alive only while one widget has the focus: they collide with nothing that is meant for the window.
NARROW = (Qt.ShortcutContext.WidgetShortcut, Qt.ShortcutContext.WidgetWithChildrenShortcut)


def mnemonics(widget: QWidget) -> Iterator[str]:
    """Texts of a widget whose & makes a key."""
    if isinstance(widget, (QAbstractButton,)) or (isinstance(widget, QLabel) and widget.buddy() is not None):
        yield widget.text()
    elif isinstance(widget, QTabBar):
        yield from (widget.tabText(index) for index in range(widget.count()))
    elif isinstance(widget, QMenuBar):
        yield from (action.text() for action in widget.actions())


def takenBy(found: QObject) -> Iterator[tuple[str, str]]:
    """Keys that an object takes for itself, and how it would be called."""
    if isinstance(found, (QShortcut, QAction)):
        context = found.context() if isinstance(found, QShortcut) else found.shortcutContext()
        keys = [found.key()] if isinstance(found, QShortcut) else found.shortcuts()
        owner = found.parent().objectName() if found.parent() is not None else ""
        name = f"action {found.text()}" if isinstance(found, QAction) else f"shortcut of {owner}"
        if context not in NARROW:
            yield from ((sequence.toString(PORTABLE), name) for sequence in keys if not sequence.isEmpty())
    elif isinstance(found, QWidget):
        for text in mnemonics(found):
            sequence = QKeySequence.mnemonic(text)
            if not sequence.isEmpty():
                kind = "menu" if isinstance(found, QMenuBar) else "mnemonic of"
                yield sequence.toString(PORTABLE), f"{kind} {text.replace('&', '')}"


def allTaken(window: QMainWindow) -> list[Taken]:
    """Everything in the window that takes keys, also what is disabled just now."""
    return [(keys, name, found) for found in window.findChildren(QObject) for keys, name in takenBy(found)]


def collisions(window: QMainWindow, panel: QWidget, made: list[QShortcut]) -> dict[str, list[str]]:
    """Keys of the module, each with what else takes them; nothing when all is well.

    Args:
        window: Slicer's main window.
        panel: the module's panel in it; actions and mnemonics in it are the module's.
        made: shortcuts that the module's Python made, wherever they hang.
    """
    taken = allTaken(window)
    taken += [(keys, name, found) for found in made if found not in [entry[2] for entry in taken]
              for keys, name in takenBy(found)]  # fmt: skip
    found: dict[str, list[str]] = {}
    for keys, _, owner in taken:
        isShortcut = isinstance(owner, QShortcut)
        ours = owner in made if isShortcut else isInside(owner, panel)
        others = [name for other, name, thing in taken if other == keys and thing is not owner]
        if ours and others:
            found[keys] = others
    return found


def isInside(found: QObject, panel: QWidget) -> bool:
    """Whether an object hangs in the panel, at whatever depth."""
    while found is not None and found is not panel:
        found = found.parent()
    return found is panel
