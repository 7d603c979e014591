"""The modules `qt` and `ctk`."""

from __future__ import annotations

import types
from typing import Any

from . import facts
from .pythonqt import MODULES, nativeClass, standinClass
from .record import refuse


class QtModule(types.ModuleType):
    """Qt's classes in one name space."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        for module in MODULES:
            found = getattr(module, name, None)
            if isinstance(found, type):
                return nativeClass(found)
        refuse(f"module 'qt' has no attribute '{name}'")


class StandinModule(types.ModuleType):
    """Stand-ins whose class names begin with a prefix."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name.startswith("ctk") and name in facts.guiApi():
            return standinClass(name)
        refuse(f"module '{self.__name__}' has no attribute '{name}' in the committed list of Slicer's classes")


def slicerAttribute(name: str) -> Any:
    """For ``slicer.__getattr__``: the Qt classes in Slicer's own package."""
    if name in facts.guiApi() and not name.startswith("ctk"):
        return standinClass(name)
    if name.startswith(("qMRML", "qSlicer")):
        refuse(f"module 'slicer' has no attribute '{name}' in the committed list of Slicer's classes")
    raise AttributeError(f"module 'slicer' has no attribute '{name}'")
