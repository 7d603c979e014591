"""The menu of a button."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import qt


def fillMenu(button: Any, entries: Iterable[tuple[str, Callable[[], None]]]) -> None:
    """Give a QToolButton or QPushButton a menu.

    Args:
        button: that opens it.
        entries: title of each, and what is called when it is chosen.
    """
    menu = qt.QMenu(button)
    for title, call in entries:
        menu.addAction(title).connect("triggered()", call)
    button.setMenu(menu)
