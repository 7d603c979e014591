"""Keeps None, True and False alive under PySide6."""

from __future__ import annotations

import ctypes
import sys

# PySide6 6.12 is compiled as if these three were immortal, as they are from Python 3.12 on. On older Pythons every
# call of a void method takes a reference of None away that it never had, until the interpreter aborts.
SPARE_REFERENCES = 1 << 40


def keepSingletons() -> None:
    """Give the singletons more references than PySide6 can ever take; nothing to do from Python 3.12 on."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython" or sys.maxsize < 1 << 32:
        return
    for singleton in (None, True, False):
        count = ctypes.c_ssize_t.from_address(id(singleton))
        if count.value < SPARE_REFERENCES // 2:
            count.value += SPARE_REFERENCES
