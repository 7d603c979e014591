"""What a user does with the mouse in a view: clicks, lines and boxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import vtk

CLICK_PIXELS = 3  # of a screen of common density; a hand that moves less has clicked
Place = tuple[int, int]  # in the view, from its lower left

_PRESSES = {
    vtk.vtkCommand.LeftButtonPressEvent: "left",
    vtk.vtkCommand.RightButtonPressEvent: "right",
    vtk.vtkCommand.LeftButtonDoubleClickEvent: "left",
    vtk.vtkCommand.RightButtonDoubleClickEvent: "right",
}
_DOUBLE = (vtk.vtkCommand.LeftButtonDoubleClickEvent, vtk.vtkCommand.RightButtonDoubleClickEvent)
_RELEASES = {
    vtk.vtkCommand.LeftButtonReleaseEvent: "left",
    vtk.vtkCommand.RightButtonReleaseEvent: "right",
}


@dataclass
class Gesture:
    """A button that is held down, or was.

    Attributes:
        button: "left" or "right".
        isPositive: it says "this", not "not this".
        isBox: it draws a box, from the first place to the last.
        places: where the mouse was.
        density: pixels of the view for each one of a screen of common density.
    """

    button: str
    isPositive: bool
    isBox: bool
    places: list[Place] = field(default_factory=list)
    density: float = 1.0

    @property
    def isClick(self) -> bool:
        """Whether the mouse hardly moved."""
        across, down = zip(*self.places, strict=True)
        return max(max(across) - min(across), max(down) - min(down)) <= CLICK_PIXELS * self.density


class PromptGestures:
    """Makes gestures of the events of one view after the other.

    Args:
        isMeant: asked with the place of a press; False leaves it to others.
        isAllowed: asked then; False keeps it from others too, as after a question whose answer took the release away.
        onMoved: called while a button is held.
        onEnded: called with each whole gesture.
    """

    def __init__(
        self,
        isMeant: Callable[[Place], bool],
        isAllowed: Callable[[], bool],
        onMoved: Callable[[Gesture], None],
        onEnded: Callable[[Gesture], None],
    ) -> None:
        self._isMeant = isMeant
        self._isAllowed = isAllowed
        self._onMoved = onMoved
        self._onEnded = onEnded
        self._gesture: Gesture | None = None

    @property
    def isHeld(self) -> bool:
        """Whether a button that was meant is held down."""
        return self._gesture is not None

    def stop(self) -> None:
        """What was begun is not meant any more."""
        self._gesture = None

    def take(self, eventId: int, place: Place, isControl: bool, isShift: bool, density: float = 1.0) -> bool:
        """One event; True where nobody else is to hear of it.

        A double click is a press of its own, whether a press came before it or not. A second press without a release
        begins anew: the release went elsewhere.
        """
        if eventId in _PRESSES:
            taken = self._press(_PRESSES[eventId], eventId in _DOUBLE, place, isControl, isShift)
            if self._gesture is not None:
                self._gesture.density = density
            return taken
        gesture = self._gesture
        if gesture is None:
            return False
        if eventId == vtk.vtkCommand.MouseMoveEvent:
            gesture.places.append(place)
            self._onMoved(gesture)
            return True
        if _RELEASES.get(eventId) == gesture.button:
            gesture.places.append(place)
            self._gesture = None
            self._onEnded(gesture)
            return True
        return False

    def _press(self, button: str, isDouble: bool, place: Place, isControl: bool, isShift: bool) -> bool:
        held = self._gesture
        if held is not None and (isDouble or held.button != button):
            return True  # the double click of a press that came already, or both buttons
        self._gesture = None
        if not self._isMeant(place):
            return False
        if not self._isAllowed():
            return True
        isBox = isShift and button == "left"
        self._gesture = Gesture(button, isBox or (button == "left" and not isControl), isBox, [place])
        return True
