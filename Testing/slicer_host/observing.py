"""VTK observations that a Qt object makes; they end with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakSet

import shiboken6
import vtk
from PySide6.QtCore import QObject

_everybody: WeakSet[Observations] = WeakSet()


class Observations:
    """Observers of one Qt object, by what they are for, so that each can be moved to another VTK object."""

    def __init__(self, owner: QObject) -> None:
        _everybody.add(self)
        self._owner = owner
        self._tags: dict[str, tuple[Any, list[int]]] = {}

    def move(
        self, purpose: str, observed: Any, events: tuple, function: Callable, node: bool = False, priority: float = 0.0
    ) -> None:
        """Observe this object instead of the one before; None ends the observation.

        With ``node``, the function gets the event's MRML node: only for events of the scene that bring one. Of one
        priority, who came first is called first.
        """
        self.end(purpose)
        if observed is None:
            return

        def guarded(_caller: Any, _event: str, *data: Any) -> None:
            if shiboken6.isValid(self._owner):
                function(*data)
            else:
                self.end(purpose)

        if node:
            guarded.CallDataType = vtk.VTK_OBJECT
        self._tags[purpose] = (observed, [observed.AddObserver(event, guarded, priority) for event in events])

    def end(self, purpose: str) -> None:
        observed, tags = self._tags.pop(purpose, (None, []))
        for tag in tags:
            observed.RemoveObserver(tag)


def endAll(scene: Any) -> None:
    """End all observations of stand-ins, then every observation of the scene and its nodes.

    What is still observed when it is collected as garbage calls functions that are half collected.
    """
    for observations in list(_everybody):
        for purpose in list(observations._tags):
            observations.end(purpose)
    for observed in (*map(scene.GetNthNode, range(scene.GetNumberOfNodes())), scene):
        observed.RemoveAllObservers()
