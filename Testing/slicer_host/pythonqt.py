"""Wrapper classes that behave as PythonQt's: one for each Qt class, and one for each Slicer or CTK class."""

from __future__ import annotations

import enum
import types
from collections.abc import Callable
from functools import cache
from typing import Any

import shiboken6
from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

from . import facts, members
from .members import Method, Property, SignalMember
from .record import RECORD, refuse
from .truth import truthOf
from .values import alive, classFinder, remember, slotCaller, unwrap, wrap

MODULES = (QtCore, QtGui, QtWidgets, QtUiTools)
# PySide6 has these, PythonQt has not.
NOT_IN_PYTHONQT = {"staticMetaObject", "receivers", "sender", "emit"}
# (class, method) -> what is called instead, with the unwrapped arguments.
overrides: dict[tuple[str, str], Callable] = {}
# Slicer or CTK class -> the PySide6 class that behaves like it.
simulations: dict[str, type] = {}


def simulates(*classNames: str) -> Callable[[type], type]:
    """Class decorator: the PySide6 class behaves like these Slicer or CTK classes."""

    def register(cls: type) -> type:
        for name in classNames:
            simulations[name] = type(cls)(name, (cls,), {"slicerClass": name})
        return cls

    return register


class PythonQtInstance:
    """Base of all wrappers. As in PythonQt, a wrapper class is never a subclass of another C++ class's wrapper."""

    _qt: Any
    _pyside: type
    _shell: type | None = None
    _truth: Callable | None = None

    def __init__(self, *arguments: Any) -> None:
        cls = type(self)
        made = (cls._shell or cls._pyside)(*[unwrap(value) for value in arguments])
        object.__setattr__(self, "_qt", made)
        if isinstance(made, QtGui.QShortcut):
            RECORD.shortcuts.append(made)
        if cls._shell:
            made._wrapper = self  # Lives as long as the Qt object, for Qt calls its methods.
        remember(self)

    def __init_subclass__(cls, native: bool = False) -> None:
        if not native:
            cls._shell = shellClass(cls)

    def _simulation(self) -> Any:
        """What simulates Slicer's part: the Qt object itself, but for the application."""
        return self.__dict__.get("_simulated", self._qt)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        qtObject = self.__dict__.get("_qt")
        if isinstance(qtObject, QtCore.QObject) and name.encode() in qtObject.dynamicPropertyNames():
            return wrap(qtObject.property(name))
        refuse(f"{type(self).__name__} has no attribute named '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        declared = next((vars(base)[name] for base in type(self).__mro__ if name in vars(base)), None)
        if hasattr(declared, "__set__") or type(self)._shell or name.startswith("__"):
            object.__setattr__(self, name, value)
        else:
            kind = type(self).__name__
            refuse(f"'{name}' does not exist on {kind} and creating new attributes on C++ objects is not allowed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PythonQtInstance) and bool(self._qt == other._qt)

    def __hash__(self) -> int:
        return hash(self._qt)

    def __bool__(self) -> bool:
        return alive(self._qt) and (self._truth is None or self._truth())

    def __repr__(self) -> str:
        return f"{type(self).__name__} ({type(self).__name__} at: {id(self._qt):#x})"


def shellClass(cls: type) -> type:
    """A PySide6 class whose virtual methods are those that a module's subclass of a Qt class defines."""
    pyside = cls._pyside
    own = [base for base in cls.__mro__ if base.__dict__.get("_pyside") is None and base is not object]
    names = {name for base in own for name, value in vars(base).items() if callable(value) and name[0] != "_"}

    def forwarded(name: str) -> Callable:
        def call(self: Any, *arguments: Any) -> Any:
            wrapper = getattr(self, "_wrapper", None)
            if wrapper is None:  # Still being constructed.
                return getattr(pyside, name)(self, *arguments)
            return unwrap(getattr(wrapper, name)(*map(wrap, arguments)))

        return call

    return type(cls.__name__, (pyside,), {name: forwarded(name) for name in names if hasattr(pyside, name)})


def callQt(pyside: type, name: str) -> Callable:
    """Calls a PySide6 method; an unbound one of exactly this class, as ``super().paintEvent(event)`` needs it."""

    static = isinstance(getattr(pyside, name), types.BuiltinFunctionType)

    def call(*arguments: Any) -> Any:
        given = [unwrap(value) for value in arguments]
        if static and given and isinstance(given[0], pyside):  # May be overloaded for instances: QFile.exists.
            return getattr(given[0], name)(*given[1:])
        return getattr(pyside, name)(*given)

    for base in pyside.__mro__:
        replacement = overrides.get((base.__name__, name))
        if replacement:
            return lambda *arguments: replacement(*[unwrap(value) for value in arguments])
    return call


def singleShot(*arguments: Any) -> None:
    """``qt.QTimer.singleShot(milliseconds, function)``."""
    QtCore.QTimer.singleShot(int(arguments[0]), slotCaller(arguments[-1]))


overrides[("QTimer", "singleShot")] = singleShot


def findChildren(wrapper: Any, kind: Any, name: str = "") -> list[Any]:
    """Descendants of a class, given as wrapper class or as class name."""
    className = kind if isinstance(kind, str) else kind.__name__
    found = wrapper._qt.findChildren(QtCore.QObject, name or None)
    return [child for child in found if child.inherits(className)]


def objectMembers() -> dict[str, Any]:
    """What PythonQt adds to every QObject."""

    def findChild(wrapper: Any, kind: Any, name: str = "") -> Any:
        return next(iter(findChildren(wrapper, kind, name)), None)

    return {
        "name": Property("objectName"),
        "connect": Method("connect", members.connect),
        "disconnect": Method("disconnect", members.disconnect),
        "findChildren": Method("findChildren", findChildren),
        "findChild": Method("findChild", findChild),
        "className": Method("className", lambda wrapper: wrapper._qt.metaObject().className()),
    }


@cache
def nativeMembers(pyside: type) -> dict[str, Any]:
    """Enumerators, public methods, signals and properties of a Qt class; a property hides a method."""
    found: dict[str, Any] = {}
    for name in dir(pyside):
        value = getattr(pyside, name, None)
        if name.startswith("_") or name in NOT_IN_PYTHONQT:
            continue
        if isinstance(value, type) and issubclass(value, enum.Enum):
            found.update((key, wrap(member)) for key, member in value.__members__.items())
        elif type(value) is QtCore.Signal:
            found[name] = SignalMember(name)
        elif callable(value) and not isinstance(value, type):
            found[name] = Method(name, callQt(pyside, name))
    if "exec" in found:
        found["exec_"] = found["exec"]
    if issubclass(pyside, QtCore.QObject):
        meta = pyside.staticMetaObject
        for index in range(meta.propertyCount()):
            declared = meta.property(index)
            hidden = found.get(declared.name())
            static = hidden.__get__(None, pyside) if isinstance(hidden, Method) else None
            found[declared.name()] = Property(declared.name(), declared.isWritable(), static)
        found.update(objectMembers())
    return found


@cache
def nativeClass(pyside: type) -> type:
    """The wrapper class of a Qt class."""
    truth = truthOf(pyside.__name__)
    namespace: dict[str, Any] = {**nativeMembers(pyside), "_pyside": pyside}
    if truth is not None:
        namespace["_truth"] = lambda wrapper: truth(wrapper._qt)
    return type(PythonQtInstance)(pyside.__name__, (PythonQtInstance,), namespace, native=True)


def callStandin(className: str, name: str) -> Callable:
    """Calls a simulated slot or invokable; one that exists in Slicer but not here says so."""

    def call(wrapper: Any, *arguments: Any) -> Any:
        target = wrapper._simulation()
        if hasattr(target, name):
            return getattr(target, name)(*[unwrap(value) for value in arguments])
        key = name[3:4].lower() + name[4:]
        if name.startswith("set") and key in facts.names(className, "properties"):
            return target.setProperty(key, *[unwrap(value) for value in arguments])
        raise NotImplementedError(f"{className}.{name} exists in Slicer, but the test host does not simulate it")

    return call


@cache
def simulation(className: str) -> type:
    """The PySide6 class behind a stand-in; a bare Qt widget with the right class name when nothing is simulated."""
    if className not in simulations:
        base = facts.guiApi()[className]["base"]
        bare = simulation(base) if base in facts.guiApi() else getattr(QtWidgets, base, None)
        bare = bare or getattr(QtCore, base, QtWidgets.QWidget)
        simulations[className] = type(className, (bare,), {"slicerClass": className})
    return simulations[className]


@cache
def standinClass(className: str) -> type:
    """The wrapper class of a Slicer or CTK class: what its Qt base has, and the names that the facts list."""
    base = facts.qtBase(className)
    pyside = next((getattr(module, base) for module in MODULES if hasattr(module, base)), QtWidgets.QWidget)
    namespace: dict[str, Any] = {**nativeMembers(pyside), "_pyside": simulation(className)}
    for kind in ("slots", "invokables"):
        namespace.update((name, Method(name, callStandin(className, name))) for name in facts.names(className, kind))
    namespace.update((name, SignalMember(name)) for name in facts.names(className, "signals"))
    namespace.update((name, Property(name)) for name in facts.names(className, "properties"))
    for name in facts.names(className, "enums"):
        values = [getattr(simulation(className), name, None), getattr(pyside, name, None), namespace.get(name)]
        namespace[name] = wrap(next((value for value in values if value is not None), 0))
    return type(PythonQtInstance)(className, (PythonQtInstance,), namespace, native=True)


def wrapperClass(qtObject: Any) -> type:
    """The wrapper class for an object that comes from Qt."""
    for base in type(qtObject).__mro__:
        if "slicerClass" in vars(base):
            return standinClass(base.slicerClass)
        if base.__module__.startswith("PySide6") or base is shiboken6.Object:
            return nativeClass(base)
    raise TypeError(f"Not a Qt object: {qtObject!r}")


classFinder.append(wrapperClass)
