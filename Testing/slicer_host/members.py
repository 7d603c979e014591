"""What hangs on a wrapper class: properties, methods and signals, with PythonQt's manners."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6 import QtCore

from .record import refuse
from .values import alive, slotCaller, unwrap, wrap


def asWholeNumber(value: Any) -> int:
    """As PythonQt: the floor of a float, else what counts as an index."""
    return math.floor(value) if type(value) is float else operator.index(value)


# PythonQt converts what a property of these types is set to, whatever it is.
CONVERSIONS: dict[str, Callable[[Any], Any]] = {"bool": bool, "int": asWholeNumber, "double": float, "QString": str}


class Property:
    """Read and written as an attribute; hides a method of the same name."""

    def __init__(self, name: str, writable: bool = True, static: Callable | None = None) -> None:
        self.name, self.writable, self.static = name, writable, static

    def __get__(self, wrapper: Any, owner: type) -> Any:
        if wrapper is None:  # As in `qt.QTimer.singleShot(0, function)`.
            return self.static or self
        target = self._target(wrapper)
        if not alive(target):
            raise ValueError(f"Trying to read property '{self.name}' from a destroyed {owner.__name__} object")
        try:
            value = target.property(self.name)
        except RuntimeError:  # PySide6 cannot convert some enumerations.
            value = getattr(target, self.name)()
        return wrap(value)

    def _target(self, wrapper: Any) -> Any:
        simulated = wrapper._simulation()
        return simulated if alive(simulated) and simulated.metaObject().indexOfProperty(self.name) >= 0 else wrapper._qt

    def __set__(self, wrapper: Any, value: Any) -> None:
        target, kind = self._target(wrapper), type(wrapper).__name__
        if not self.writable:
            refuse(f"Property '{self.name}' of {kind} object is not writable")
        index = target.metaObject().indexOfProperty(self.name)
        convert = CONVERSIONS.get(target.metaObject().property(index).typeName() if index >= 0 else "", unwrap)
        try:
            done = target.setProperty(self.name, convert(value)) or index < 0
        except (TypeError, ValueError):
            done = False
        if not done or (value is None and convert is unwrap and index >= 0):
            refuse(f"Property '{self.name}' of {kind} does not accept an object of type {type(value).__name__}")


class Method:
    """A slot, an invokable or a public C++ method; PythonQt passes no keyword arguments on."""

    def __init__(self, name: str, call: Callable) -> None:
        self.name, self.call = name, call

    def __get__(self, wrapper: Any, owner: type) -> Callable:
        def bound(*arguments: Any) -> Any:
            given = arguments if wrapper is None else (wrapper, *arguments)
            return wrap(self.call(*given))

        bound.__name__ = bound.__qualname__ = self.name
        return bound

    def __set__(self, wrapper: Any, value: Any) -> None:
        refuse(f"Slot '{self.name}' can not be overwritten on {type(wrapper).__name__} object")


# (pointer of the sender, signature) -> the module's functions and what Qt calls for them.
_connections: dict[tuple[int, str], list[tuple[Callable, Callable]]] = {}


class BoundSignal:
    """``button.clicked``: connect, disconnect, emit; calling it emits too."""

    def __init__(self, wrapper: Any, name: str) -> None:
        self._wrapper, self._name = wrapper, name

    def connect(self, function: Callable) -> bool:
        return connect(self._wrapper, defaultSignature(self._wrapper, self._name), function)

    def disconnect(self, function: Callable | None = None) -> bool:
        return disconnect(self._wrapper, defaultSignature(self._wrapper, self._name), function)

    def emit(self, *arguments: Any) -> None:
        source = signalSource(self._wrapper, self._name)
        if source is not None:
            getattr(source, self._name).emit(*map(unwrap, arguments))

    __call__ = emit


class SignalMember:
    """A signal of a wrapper class."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, wrapper: Any, owner: type) -> Any:
        return self if wrapper is None else BoundSignal(wrapper, self.name)

    def __set__(self, wrapper: Any, value: Any) -> None:
        refuse(f"Signal '{self.name}' can not be overwritten on {type(wrapper).__name__} object")


def signalSource(wrapper: Any, name: str) -> Any:
    """The Qt object that really emits; None for a signal that the host never emits."""
    return next((q for q in (wrapper._simulation(), wrapper._qt) if hasattr(q, name)), None)


def simulatedSignatures(wrapper: Any, name: str) -> tuple[str, ...]:
    """C++ argument lists of a signal that a stand-in emits itself; empty when Qt declares the signal."""
    return getattr(wrapper._simulation(), "signatures", {}).get(name, ())


def defaultSignature(wrapper: Any, name: str) -> str:
    """The signal with all its arguments."""
    declared = simulatedSignatures(wrapper, name)
    if declared:
        return f"{name}({declared[0]})"
    meta = wrapper._qt.metaObject()
    for index in range(meta.methodCount()):
        method = meta.method(index)
        if method.methodType() == QtCore.QMetaMethod.MethodType.Signal and bytes(method.name()).decode() == name:
            return bytes(method.methodSignature()).decode()
    return f"{name}()"


def checkedSignature(wrapper: Any, signal: str) -> str:
    """The normalized signature; refuses a signal that the class does not have."""
    signature = bytes(QtCore.QMetaObject.normalizedSignature(signal.lstrip("2"))).decode()
    name, _, arguments = signature.rstrip(")").partition("(")
    if not isinstance(getattr(type(wrapper), name, None), SignalMember):
        refuse(f"QObject::connect() signal '{signal}' does not exist on {type(wrapper).__name__}")
    declared = simulatedSignatures(wrapper, name)
    if declared:
        known = arguments in declared
    elif signalSource(wrapper, name) is None:
        known = "(" in signature  # Only the name is known.
    else:
        known = wrapper._qt.metaObject().indexOfSignal(signature) >= 0
    if not known:
        refuse(f"QObject::connect() signal '{signal}' does not exist on {type(wrapper).__name__}")
    return signature


def connect(sender: Any, signal: str, *receiver: Any) -> bool:
    """``connect("signal(args)", function)`` or ``connect("signal(args)", receiver, "slot(args)")``."""
    signature = checkedSignature(sender, signal)
    name, _, arguments = signature.rstrip(")").partition("(")
    function = receiver[0] if len(receiver) == 1 else getattr(receiver[0], receiver[1].lstrip("1").partition("(")[0])
    if not callable(function):
        raise TypeError(f"connect() to {signal}: {function!r} is not callable")
    source = signalSource(sender, name)
    call = slotCaller(function, bool if arguments == "bool" and simulatedSignatures(sender, name) else wrap)
    if source is not None:
        if simulatedSignatures(sender, name):
            getattr(source, name).connect(call)
        else:
            QtCore.QObject.connect(source, QtCore.SIGNAL(signature), call)
    pointer = shiboken6.getCppPointer(sender._qt)[0]
    _connections.setdefault((pointer, signature), []).append((function, call))
    sender._qt.destroyed.connect(lambda *_: _connections.pop((pointer, signature), None))
    return True


def disconnect(sender: Any, signal: str, function: Callable | None = None) -> bool:
    """Whether something was disconnected; without a function, all of the module's are."""
    signature = checkedSignature(sender, signal)
    name = signature.partition("(")[0]
    source = signalSource(sender, name)
    made = _connections.get((shiboken6.getCppPointer(sender._qt)[0], signature), [])
    found = [pair for pair in made if function is None or pair[0] == function]
    for pair in found:
        made.remove(pair)
        if source is not None and simulatedSignatures(sender, name):
            getattr(source, name).disconnect(pair[1])
        elif source is not None:
            QtCore.QObject.disconnect(source, QtCore.SIGNAL(signature), pair[1])
    return bool(found)
