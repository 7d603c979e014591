"""Which names of Slicer's and CTK's Qt classes Python can reach (gui_api.json, beside this file)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

KINDS = ("properties", "slots", "signals", "invokables", "enums")

# Reachable, but not as a declaration of the class itself: qSlicerBaseQTCore- and
# qSlicerBaseQTGUIPythonQtDecorators add these, or the class declares them as Q_INVOKABLE behind a pointer type.
DECORATED = {
    "qSlicerAbstractCoreModule": ("logic", "mrmlScene"),
    "qSlicerAbstractModule": ("widgetRepresentation", "createNewWidgetRepresentation"),
    "qSlicerAbstractModuleWidget": ("module",),
    "qSlicerCoreApplication": ("testingEnabled",),
}


@cache
def guiApi() -> dict[str, dict]:
    """Class name -> base and names by kind."""
    return json.loads((Path(__file__).parent / "gui_api.json").read_text())


def chain(className: str) -> list[str]:
    """The class and its Slicer or CTK bases, the class itself first."""
    classes = []
    while className in guiApi():
        classes.append(className)
        className = guiApi()[className]["base"]
    return classes


def qtBase(className: str) -> str:
    """The Qt class under the last Slicer or CTK base."""
    return guiApi()[chain(className)[-1]]["base"]


def names(className: str, kind: str) -> set[str]:
    """All names of one kind that the class or a Slicer or CTK base declares."""
    found = {name for link in chain(className) for name in guiApi()[link][kind]}
    if kind == "invokables":
        found.update(name for link in chain(className) for name in DECORATED.get(link, ()))
    return found
