"""What the host notes while a module runs in it: forbidden names, exceptions nobody caught, dialogs."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit


@dataclass
class Dialog:
    """One modal dialog that would have waited for the user, under an hourglass where a cursor overrode all others."""

    kind: str
    title: str = ""
    text: str = ""
    detail: str = ""
    answer: Any = None
    isUnderCursor: bool = False


@dataclass
class Record:
    """Lists that a test reads; it fills ``answers``, a queue, and ``expected``, patterns of what will be printed."""

    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[Dialog] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    shortcuts: list[Any] = field(default_factory=list)  # QShortcut objects that the module's Python made.

    def clear(self) -> None:
        for entries in (self.violations, self.errors, self.dialogs, self.answers, self.expected, self.shortcuts):
            entries.clear()

    def surprises(self) -> list[str]:
        """Printed exceptions that nobody expected, and expected ones that did not come."""
        unexpected = [text for text in self.errors if not any(re.search(entry, text) for entry in self.expected)]
        missing = [entry for entry in self.expected if not any(re.search(entry, text) for text in self.errors)]
        return unexpected + [f"Expected, but not printed: {entry}" for entry in missing]


RECORD = Record()


def refuse(message: str) -> NoReturn:
    """Raise AttributeError, and note it unless Slicer's own Python code was just asking (`hasattr`)."""
    asking = sys._getframe(1)
    while asking.f_back and asking.f_globals.get("__name__", "").split(".")[0] == __package__:
        asking = asking.f_back
    if asking.f_globals.get("__name__", "").split(".")[0] not in ("slicer", "inspect", "copy", "unittest", "pydoc"):
        RECORD.violations.append(f"{message} ({asking.f_code.co_filename}:{asking.f_lineno})")
    raise AttributeError(message)


def noteException() -> None:
    """PythonQt prints what a slot raises and goes on; so does the host, and a test can see it in ``errors``."""
    text = traceback.format_exc()
    RECORD.errors.append(text)
    sys.stderr.write(text)


def callNoting(function: Callable, *arguments: Any) -> Any:
    """Call Python as Slicer's C++ does: what it raises is printed, and the result is None then."""
    try:
        return function(*arguments)
    except Exception:
        noteException()
        return None


def noteUnraised(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """For sys.excepthook: VTK observers and Qt's virtual methods report there."""
    text = "".join(traceback.format_exception(kind, error, trace))
    RECORD.errors.append(text)
    sys.stderr.write(text)


def answerDialog(kind: str, default: Any, title: str = "", text: str = "", detail: str = "") -> Any:
    """Note a dialog and answer it with the next prepared answer, else as the Escape key would.

    It takes the focus: a line edit that has it says that editing is finished, as Qt 5 does, whether it said so already.
    """
    focused = QApplication.focusWidget()
    answer = RECORD.answers.pop(0) if RECORD.answers else default
    isUnderCursor = QGuiApplication.overrideCursor() is not None
    RECORD.dialogs.append(Dialog(kind, title.strip(), text, detail, answer, isUnderCursor))
    if isinstance(focused, QLineEdit):
        focused.clearFocus()
        focused.editingFinished.emit()
        focused.setFocus()
    return answer
