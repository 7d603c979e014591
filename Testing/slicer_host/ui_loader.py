"""qt.QUiLoader: loads a .ui file with stand-ins, after checking every Slicer and CTK name in it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QObject
from PySide6.QtUiTools import QUiLoader

from . import facts, members
from .pythonqt import MODULES, overrides, simulation, standinClass
from .record import refuse
from .values import wrap


def checkClasses(root: ElementTree.Element) -> set[str]:
    """The Slicer and CTK classes of the file; refuses one that is not in the list, or a property it has not."""
    used = set()
    for element in [*root.iter("widget"), *root.iter("layout")]:
        name = element.get("class", "")
        if any(hasattr(module, name) for module in MODULES):
            continue
        if name not in facts.guiApi():
            refuse(f"The .ui file uses {name}, which is not in the committed list of Slicer's classes")
        used.add(name)
        for entry in element.findall("property"):
            known = isinstance(vars(standinClass(name)).get(entry.get("name")), members.Property)
            if not known and entry.get("stdset") != "0":
                refuse(f"The .ui file sets {entry.get('name')}, which {name} has not")
    return used


def takeConnections(root: ElementTree.Element) -> list[list[str]]:
    """Sender, signal, receiver, slot of each connection; PySide6 could not make those of stand-ins."""
    section = root.find("connections")
    if section is None:
        return []
    root.remove(section)
    wanted = ("sender", "signal", "receiver", "slot")
    return [[entry.findtext(name, "") for name in wanted] for entry in section.findall("connection")]


def load(loader: QUiLoader, device: Any, parent: QObject | None = None) -> Any:
    """Replaces ``QUiLoader.load``."""
    root = ElementTree.fromstring(bytes(device.readAll()))
    for name in checkClasses(root):
        loader.registerCustomWidget(simulation(name))
    connections = takeConnections(root)
    buffer = QBuffer()
    buffer.setData(QByteArray(ElementTree.tostring(root)))
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    widget = loader.load(buffer, parent)
    for sender, signal, receiver, slot in connections:
        ends = [
            wrap(widget if widget.objectName() == end else widget.findChild(QObject, end)) for end in (sender, receiver)
        ]
        members.connect(ends[0], signal, ends[1], slot)
    return widget


overrides[("QUiLoader", "load")] = load
