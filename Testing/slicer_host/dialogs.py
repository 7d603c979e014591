"""Dialogs never wait: each is noted, and answered with the answer that the test prepared."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDialog, QMessageBox

from .pythonqt import overrides
from .record import answerDialog

Standard = QMessageBox.StandardButton
# What the Escape key gives, in this order; a box that only informs has nothing but Ok.
ESCAPES = (Standard.Cancel, Standard.No, Standard.Close, Standard.Abort, Standard.Ok)


def askForPath(kind: str, title: str = "") -> str:
    """The prepared path, or an empty string as if cancelled."""
    return str(answerDialog(kind, "", title))


def execMessageBox(box: QMessageBox) -> Any:
    """Answer a message box with one of its buttons."""
    offered = box.standardButtons()
    default = next((button for button in ESCAPES if button in offered), Standard.Ok)
    detail = "\n".join(filter(None, (box.informativeText(), box.detailedText())))
    answer = answerDialog("message", default, box.windowTitle(), box.text(), detail)
    return Standard(int(answer)) if isinstance(answer, int) else answer


def execDialog(dialog: QDialog) -> Any:
    """Answer any other dialog: 1 accepted, 0 rejected."""
    if isinstance(dialog, QMessageBox):
        return execMessageBox(dialog)
    answer = int(answerDialog(type(dialog).__name__, 0, dialog.windowTitle()))
    dialog.done(answer)
    return answer


def staticMessage(*arguments: Any) -> Any:
    """``QMessageBox.question(parent, title, text, buttons)`` and its like."""
    offered = arguments[3] if len(arguments) > 3 else Standard.Ok
    default = next((button for button in ESCAPES if button in offered), Standard.Ok)
    return answerDialog("message", default, arguments[1], arguments[2])


def noWait(kind: str, default: Any) -> Any:
    """A static function that would open a window: its title and what it says or offers are noted, the answer is
    prepared."""
    return lambda *arguments: answerDialog(kind, default, *map(str, arguments[1:3]))


overrides[("QDesktopServices", "openUrl")] = lambda url: answerDialog("openUrl", True, text=url.toString())
overrides[("QDialog", "exec")] = execDialog
overrides[("QMenu", "exec")] = lambda menu, *_: answerDialog("menu", None, menu.title())
for message in ("information", "question", "warning", "critical"):
    overrides[("QMessageBox", message)] = staticMessage
for function in ("getOpenFileName", "getSaveFileName", "getExistingDirectory"):
    overrides[("QFileDialog", function)] = noWait(function, "")
overrides[("QFileDialog", "getOpenFileNames")] = noWait("getOpenFileNames", [])
for function in ("getText", "getItem", "getMultiLineText"):
    overrides[("QInputDialog", function)] = noWait(function, "")
