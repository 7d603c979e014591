"""What happens with the mouse in slice views, from a user's hand to the active effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import vtk

from .effects import placeOf
from .values import unwrap

Pixel = tuple[float, float]  # column and row of the source volume


def interactorAt(
    place: tuple[int, int], control: bool = False, shift: bool = False, key: str = "", alt: bool = False
) -> Any:
    """An interactor that tells of an event at a place of its view."""
    interactor = vtk.vtkGenericRenderWindowInteractor()
    interactor.SetEventInformation(*place, int(control), int(shift), "\0", 0, key or None)
    interactor.SetAltKey(int(alt))
    return interactor


class ViewMouse:
    """A mouse, and the keys beside it, in a slice view that an editor observes.

    Args:
        editor: the stand-in of a segment editor.
        view: of the slice widget.
    """

    def __init__(self, editor: Any, view: str = "Red") -> None:
        self._editor = unwrap(editor)
        self._view = unwrap(slicer.app.layoutManager().sliceWidget(view))
        self._held = ("Left", False, False)

    def place(self, pixel: Pixel) -> tuple[int, int]:
        """Where a pixel of the source volume is in the view."""
        matrix, toWorld = vtk.vtkMatrix4x4(), vtk.vtkGeneralTransform()
        volume = self._editor.sourceVolumeNode()
        volume.GetIJKToRASMatrix(matrix)
        slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(volume.GetParentTransformNode(), None, toWorld)
        place = toWorld.TransformPoint(*matrix.MultiplyPoint((*pixel, 0.0, 1.0))[:3])
        return placeOf(self._view.mrmlSliceNode(), place)

    def press(self, pixel: Pixel, button: str = "Left", control: bool = False, shift: bool = False) -> bool:
        """True where the effect took it, so that nobody else hears of it; as all others return."""
        self._held = (button, control, shift)
        return self._send(f"{button}ButtonPressEvent", pixel)

    def doubleClick(self, pixel: Pixel, button: str = "Left") -> bool:
        return self._send(f"{button}ButtonDoubleClickEvent", pixel)

    def move(self, pixel: Pixel) -> bool:
        return self._send("MouseMoveEvent", pixel)

    def release(self, pixel: Pixel, alt: bool = False) -> bool:
        return self._send(f"{self._held[0]}ButtonReleaseEvent", pixel, alt)

    def click(self, pixel: Pixel, button: str = "Left", control: bool = False, shift: bool = False) -> bool:
        taken = self.press(pixel, button, control, shift)
        return self.release(pixel) and taken

    def drag(self, pixels: Sequence[Pixel], button: str = "Left", control: bool = False, shift: bool = False) -> bool:
        taken = self.press(pixels[0], button, control, shift)
        for pixel in pixels[1:]:
            taken = self.move(pixel) and taken
        return self.release(pixels[-1]) and taken

    def pressKey(self, name: str) -> bool:
        """A key by its name in VTK, such as BackSpace."""
        interactor = interactorAt((0, 0), key=name)
        return bool(self._editor.processEvents(interactor, vtk.vtkCommand.KeyPressEvent, self._view))

    def _send(self, event: str, pixel: Pixel, alt: bool = False) -> bool:
        _button, control, shift = self._held
        interactor = interactorAt(self.place(pixel), control, shift, alt=alt)
        return bool(self._editor.processEvents(interactor, getattr(vtk.vtkCommand, event), self._view))
