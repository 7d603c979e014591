"""How typed values are kept in a vtkMRMLScriptedModuleNode, as Slicer's parameterNodeWrapper keeps them."""

from __future__ import annotations

import enum
import pathlib
import types
import typing
from collections.abc import Callable, Iterable, MutableSequence
from typing import Any

import slicer


class Default:
    """Annotation: the value of a parameter that was never set."""

    def __init__(self, value: Any = None, *, generator: Callable[[], Any] | None = None) -> None:
        self._value, self._generator = value, generator

    @property
    def value(self) -> Any:
        return self._generator() if self._generator else self._value


class Validator:
    """Annotation: refuses values."""

    def validate(self, value: Any) -> None:
        raise NotImplementedError


class WithinRange(Validator):
    """A number from minimum to maximum, both included."""

    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum

    def validate(self, value: Any) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"Value must be within range [{self.minimum}, {self.maximum}], is {value}")


class Minimum(WithinRange):
    """A number not below a minimum."""

    def __init__(self, minimum: float) -> None:
        super().__init__(minimum, float("inf"))


class Maximum(WithinRange):
    """A number not above a maximum."""

    def __init__(self, maximum: float) -> None:
        super().__init__(float("-inf"), maximum)


class Choice(Validator):
    """One of some values."""

    def __init__(self, choices: Iterable[Any]) -> None:
        self.choices = choices

    def validate(self, value: Any) -> None:
        if value not in self.choices:
            raise ValueError(f"Value is {value}, but must be one of {self.choices}")


class Storage:
    """Text under a name; ``kinds`` are the Python types that it takes."""

    def __init__(self, kind: type, kinds: tuple[type, ...], default: Any, toText: Callable, fromText: Callable) -> None:
        self.kind, self.kinds, self.default, self.toText, self.fromText = kind, kinds, default, toText, fromText

    def check(self, value: Any) -> None:
        if not isinstance(value, self.kinds) or (isinstance(value, bool) and self.kind is not bool):
            raise TypeError(f"Value must be of type '{self.kind}', is type '{type(value)}' value '{value}'")

    def isIn(self, node: Any, name: str) -> bool:
        return bool(node.HasParameter(name))

    def write(self, node: Any, name: str, value: Any) -> None:
        self.check(value)
        node.SetParameter(name, self.toText(value))

    def read(self, node: Any, name: str) -> Any:
        return self.fromText(node.GetParameter(name))

    def remove(self, node: Any, name: str) -> None:
        node.UnsetParameter(name)


class NodeStorage(Storage):
    """A reference to another node, so that it survives saving under another ID."""

    def __init__(self, kind: type) -> None:
        super().__init__(kind, (kind, type(None)), None, str, str)

    def write(self, node: Any, name: str, value: Any) -> None:
        self.check(value)
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node: Any, name: str) -> Any:
        return node.GetNodeReference(name)

    def remove(self, node: Any, name: str) -> None:
        super().remove(node, name)
        node.RemoveNodeReferenceIDs(name)


class ObservedList(MutableSequence):
    """A list whose changes go to the parameter node."""

    def __init__(self, save: Callable[[list], None], values: list) -> None:
        self._save, self._values = save, values

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: Any) -> Any:
        return self._values[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._values[index] = value
        self._save(self._values)

    def __delitem__(self, index: Any) -> None:
        del self._values[index]
        self._save(self._values)

    def insert(self, index: int, value: Any) -> None:
        self._values.insert(index, value)
        self._save(self._values)

    def __eq__(self, other: object) -> bool:
        return list(self) == (list(other) if isinstance(other, ObservedList) else other)

    __hash__ = None


class ListStorage(Storage):
    """name.len and name.0, name.1 ..."""

    def __init__(self, element: Storage) -> None:
        super().__init__(list, (list, tuple, ObservedList), (), str, str)
        self._element = element

    def isIn(self, node: Any, name: str) -> bool:
        return bool(node.HasParameter(f"{name}.len"))

    def _length(self, node: Any, name: str) -> int:
        return int(node.GetParameter(f"{name}.len") or 0)

    def write(self, node: Any, name: str, value: Any) -> None:
        self.check(value)
        for item in value:
            self._element.check(item)
        for index in range(len(value), self._length(node, name)):
            self._element.remove(node, f"{name}.{index}")
        for index, item in enumerate(value):
            self._element.write(node, f"{name}.{index}", item)
        node.SetParameter(f"{name}.len", str(len(value)))

    def read(self, node: Any, name: str) -> ObservedList:
        values = [self._element.read(node, f"{name}.{index}") for index in range(self._length(node, name))]
        return ObservedList(lambda changed: self.write(node, name, changed), values)


class UnionStorage(Storage):
    """name.0 or name.1 ..., by the place of the type in the union."""

    def __init__(self, members: list[Storage]) -> None:
        optional = len(members) == 2 and members[1].kind is type(None)
        kinds = tuple(kind for member in members for kind in member.kinds)
        super().__init__(object, kinds, None if optional else members[0].default, str, str)
        self._members = members

    def check(self, value: Any) -> None:
        if not isinstance(value, self.kinds):
            raise TypeError(f"Unable to write value '{value}' of type '{type(value)}'")

    def _place(self, node: Any, name: str) -> int | None:
        found = [index for index, member in enumerate(self._members) if member.isIn(node, f"{name}.{index}")]
        return found[0] if found else None

    def isIn(self, node: Any, name: str) -> bool:
        return self._place(node, name) is not None

    def write(self, node: Any, name: str, value: Any) -> None:
        self.check(value)
        exact = [index for index, member in enumerate(self._members) if isinstance(value, member.kind)]
        index = (
            exact[0] if exact else next(i for i, member in enumerate(self._members) if isinstance(value, member.kinds))
        )
        self.remove(node, name)
        self._members[index].write(node, f"{name}.{index}", value)

    def read(self, node: Any, name: str) -> Any:
        index = self._place(node, name)
        return None if index is None else self._members[index].read(node, f"{name}.{index}")

    def remove(self, node: Any, name: str) -> None:
        for index, member in enumerate(self._members):
            member.remove(node, f"{name}.{index}")


def storageFor(kind: Any) -> Storage:
    """The storage of a type; TypeError for one that the stand-in does not know."""
    kind, _ = splitAnnotations(kind)
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return UnionStorage([storageFor(member) for member in typing.get_args(kind)])
    if origin is list:
        return ListStorage(storageFor(typing.get_args(kind)[0]))
    if kind is bool:
        return Storage(bool, (bool,), False, str, lambda text: text == "True")
    if kind in (int, float):
        return Storage(kind, (int, float) if kind is float else (int,), 0, str, kind)
    if kind is type(None):
        return Storage(kind, (kind,), None, lambda _: "True", lambda _: None)
    if kind is str or (isinstance(kind, type) and issubclass(kind, pathlib.PurePath)):
        return Storage(kind, (kind,), kind(), str, kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return Storage(kind, (kind,), next(iter(kind)), lambda value: value.name, lambda text: kind[text])
    if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
        return NodeStorage(kind)
    raise TypeError(f"Unable to create serializer for type: {kind}")


def splitAnnotations(kind: Any) -> tuple[Any, tuple]:
    """A type and its annotations."""
    if typing.get_origin(kind) is typing.Annotated:
        return typing.get_args(kind)[0], typing.get_args(kind)[1:]
    return kind, ()
