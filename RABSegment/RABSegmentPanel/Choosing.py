"""Asks the user which of several is meant."""

from __future__ import annotations

from collections.abc import Sequence

import qt
import slicer

from RABSegmentLib.FrontEnd import Texts


def chosenOf(title: str, text: str, choices: Sequence[str]) -> str:
    """One of the choices, empty for none of them."""
    items = [Texts.noneText(), *choices]  # what Escape gives is the first entry
    chosen = str(qt.QInputDialog.getItem(slicer.util.mainWindow(), title, text, items, 0, False))
    return chosen if chosen in choices else ""
