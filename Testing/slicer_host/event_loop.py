"""Qt's event loop as Slicer runs it: no other thread of Python gets a turn while it waits.

PySide6 lets threads run while Qt works; Slicer's main thread keeps Python to itself (README.md).
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

import PySide6
import shiboken6
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

_EXEC = "_ZN10QEventLoop4execE6QFlagsINS_17ProcessEventsFlagEE"
_PROCESS = "_ZN16QCoreApplication13processEventsE6QFlagsIN10QEventLoop17ProcessEventsFlagEE"


def workFor(milliseconds: int) -> None:
    """Let Qt work for a time."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    run = _function(_EXEC, ctypes.c_void_p, ctypes.c_int)
    if run is None:
        loop.exec()
    else:
        run(shiboken6.getCppPointer(loop)[0], 0)


def workOff() -> None:
    """Let Qt do what is waiting."""
    run = _function(_PROCESS, ctypes.c_int)
    if run is None:
        QCoreApplication.processEvents()
    else:
        run(0)


@cache
def _function(name: str, *arguments: Any) -> Any:
    """A function of Qt that is called without letting other threads run; None where the library names it otherwise."""
    for path in Path(PySide6.__file__).parent.glob("Qt/lib/libQt6Core.so*"):
        found = getattr(ctypes.PyDLL(str(path)), name, None)
        if found is not None:
            found.argtypes, found.restype = arguments, None
            return found
    return None
