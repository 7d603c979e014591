"""Values on their way between the module (PythonQt's manners) and PySide6."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import shiboken6
from PySide6.QtCore import QObject

from .record import callNoting


class EnumValue(int):
    """A Qt enumerator as PythonQt gives it: a whole number; remembers PySide6's own for the way back."""

    member: enum.Enum

    def __new__(cls, member: enum.Enum) -> EnumValue:
        value = super().__new__(cls, int(member.value))
        value.member = member
        return value

    def _combined(self, number: int) -> int:
        if isinstance(self.member, enum.Flag):
            return EnumValue(type(self.member)(number))
        return number

    def __or__(self, other: int) -> int:
        return self._combined(int(self) | int(other))

    def __and__(self, other: int) -> int:
        return self._combined(int(self) & int(other))

    def __xor__(self, other: int) -> int:
        return self._combined(int(self) ^ int(other))

    __ror__, __rand__, __rxor__ = __or__, __and__, __xor__


# One wrapper for one Qt object as long as somebody holds it, so that `is` and `==` work.
_wrappers: WeakValueDictionary[int, Any] = WeakValueDictionary()
# Set by the modules that define wrapper classes: PySide6 object -> wrapper class.
classFinder: list[Callable[[Any], type]] = []


def remember(wrapper: Any) -> None:
    """Make this wrapper the one that its Qt object is given to Python in."""
    _wrappers[id(wrapper._qt)] = wrapper


def wrap(value: Any) -> Any:
    """What Python sees of a value from Qt: enumerators as numbers, lists as tuples, objects in wrappers."""
    if isinstance(value, enum.Enum):
        return EnumValue(value)
    if isinstance(value, (list, tuple)):
        return tuple(wrap(item) for item in value)
    if isinstance(value, dict):
        return {key: wrap(item) for key, item in value.items()}
    if not isinstance(value, shiboken6.Object):
        return value
    own = getattr(value, "_wrapper", None) or _wrappers.get(id(value))
    if own is not None and own._qt is value:
        return own
    wrapper = object.__new__(classFinder[0](value))
    object.__setattr__(wrapper, "_qt", value)
    remember(wrapper)
    return wrapper


def unwrap(value: Any) -> Any:
    """What PySide6 gets for a value from the module."""
    if isinstance(value, EnumValue):
        return value.member
    if isinstance(value, (list, tuple)):
        return [unwrap(item) for item in value]
    if isinstance(value, dict):
        return {key: unwrap(item) for key, item in value.items()}
    return getattr(value, "_qt", value) if isinstance(getattr(value, "_qt", None), shiboken6.Object) else value


def argumentLimit(function: Callable) -> int | None:
    """How many of a signal's arguments PythonQt passes on: those a Python function declares, else all."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None or code.co_flags & 0x04:
        return None
    return code.co_argcount - hasattr(function, "__func__")


def slotCaller(function: Callable, convert: Callable[[Any], Any] = wrap) -> Callable:
    """A callable for PySide6 that calls the module's function as PythonQt does: prints what it raises."""

    def call(*values: Any) -> None:
        callNoting(function, *[convert(value) for value in values][: argumentLimit(function)])

    return call


def alive(qtObject: Any) -> bool:
    """Whether the C++ object behind still exists."""
    return not isinstance(qtObject, QObject) or shiboken6.isValid(qtObject)
