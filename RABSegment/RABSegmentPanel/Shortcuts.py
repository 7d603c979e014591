"""The keys of the panel, alive while its module is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import qt

# No letters: with Alt they open the menus of the main window, which differ from language to language. Alt with Left
# and Right goes to the module before and after.
FORWARD, BACK, NEXT, VERIFY = "Alt+Down", "Alt+Up", "Alt+PgDown", "Alt+Return"
NEXT_CINE, CINE_RIGHT = "Alt+Shift+PgDown", "Alt+Shift+Return"
CINE_AFTER, CINE_BEFORE = "Alt+Shift+Down", "Alt+Shift+Up"


class Shortcuts:
    """Keys that the panel answers to.

    Args:
        parent: the module's widget.
        calls: {keys: what they do}.
    """

    def __init__(self, parent: Any, calls: Mapping[str, Callable[[], None]]) -> None:
        self._parent = parent
        self._calls = dict(calls)
        self._shortcuts: list[Any] = []

    def install(self) -> None:
        """Answer to the keys."""
        self.remove()
        for keys, call in self._calls.items():
            shortcut = qt.QShortcut(qt.QKeySequence(keys), self._parent)
            shortcut.connect("activated()", call)
            self._shortcuts.append(shortcut)

    def remove(self) -> None:
        """Leave the keys to others."""
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []
