"""Things of one kind by name: our own, and those that other packages add by an entry point.

A package adds one by naming an object, or a class or function without arguments that makes one:

    [project.entry-points."rabsegment.presets"]
    quick = "ourpackage.presets:QUICK"

Nothing is imported before it is asked for, so that names can be listed where PyTorch is missing.
"""

from __future__ import annotations

import functools
import importlib
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar, cast

from .errors import InputError

OURS = "rabsegment."  # every group begins so
Thing = TypeVar("Thing")
_LOG = logging.getLogger(__name__)


class Registry(Generic[Thing]):
    """Things of one kind by name.

    Args:
        what: the kind, as a sentence calls one: "preset".
        group: of the entry points by which other packages add theirs.
        own: {name: the thing, or "module:attribute" where it is to be imported at its first use}.
        is_one: whether an object is such a thing; what is none is refused.
    """

    def __init__(self, what: str, group: str, own: Mapping[str, Thing | str], is_one: Callable[[object], bool]) -> None:
        self.what, self.group = what, group
        self._own = dict(own)
        self._is_one = is_one
        self._loaded: dict[str, Thing] = {}
        self._path: tuple[str, ...] = ()
        self._points: dict[str, EntryPoint] = {}
        self._warned: set[str] = set()

    def names(self) -> tuple[str, ...]:
        """Our own in their order, then those of other packages; a name of ours cannot be taken by another package."""
        return (*self._own, *sorted(set(self._entry_points()) - set(self._own)))

    @property
    def own(self) -> tuple[str, ...]:
        """Our own alone."""
        return tuple(self._own)

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def get(self, name: str) -> Thing:
        """The thing of this name, imported when it is asked for the first time.

        Raises:
            InputError: there is none, or it cannot be loaded.
        """
        points = self._entry_points()
        if name not in self._loaded:
            self._loaded[name] = self._load(name, points)
        return self._loaded[name]

    def all(self) -> Iterator[tuple[str, Thing]]:
        """Every name with its thing; one of another package that cannot be loaded is left out, with a warning."""
        for name in self.names():
            try:
                yield name, self.get(name)
            except InputError as error:
                if name in self._own:
                    raise
                if name not in self._warned:
                    _LOG.warning(str(error))
                self._warned.add(name)

    def module_of(self, name: str) -> str:
        """The module that brings a thing of this name; "" where it is here, or there is none."""
        own = self._own.get(name)
        if own is not None:
            return own.partition(":")[0] if isinstance(own, str) else ""
        points = self._entry_points()
        return points[name].module if name in points else ""

    def _load(self, name: str, points: Mapping[str, EntryPoint]) -> Thing:
        if name in self._own:
            own = self._own[name]
            return cast(Thing, self._made(_imported(own) if isinstance(own, str) else own))
        if name not in points:
            raise InputError(f"There is no {self.what} {name!r}.", f"Take one of {', '.join(self.names())}.")
        try:
            made = self._made(points[name].load())
            is_one = self._is_one(made)
        except Exception as error:  # whatever another package raises when it is imported
            reason = f"{type(error).__name__}: {error}"
            raise InputError(f"The {self.what} {name} cannot be loaded ({reason}).", self._remedy(name)) from error
        if not is_one:
            raise InputError(f"What a package adds as {self.what} {name} is none.", self._remedy(name))
        return cast(Thing, made)

    def _made(self, found: object) -> object:
        return found() if not self._is_one(found) and callable(found) else found

    def _remedy(self, name: str) -> str:
        return f"Update or remove the package that adds {name} as {self.group}."

    def _entry_points(self) -> dict[str, EntryPoint]:
        """Those of now; looking for them takes long, and they change only where Python looks for packages elsewhere."""
        path = tuple(sys.path)
        if self._path != path:
            self._loaded = {name: thing for name, thing in self._loaded.items() if name in self._own}
            self._points = {point.name: point for point in entry_points_of(self.group)}
            self._warned.clear()
            self._path = path  # last, for another thread may look at it meanwhile
        return self._points


def entry_points_of(group: str) -> tuple[EntryPoint, ...]:
    """Those that the installed packages have for a group of ours."""
    return tuple(point for point in _installed(tuple(sys.path)) if point.group == group)


@functools.lru_cache(maxsize=1)
def _installed(_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """All of ours on Python's path; to read them takes as long for one group as for all."""
    groups = entry_points()
    return tuple(point for name in groups.groups if name.startswith(OURS) for point in groups.select(group=name))


def _imported(source: str) -> object:
    module, _, attribute = source.partition(":")
    return getattr(importlib.import_module(module), attribute)
