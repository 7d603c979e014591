"""The effect *Mark by clicks*: what is done in the views goes to the engine, and its masks into the segment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import qt
import slicer
import vtk
from slicer.util import VTKObservationMixin

from rabengine.errors import InputError
from rabengine.events import Failed
from RABSegmentLib.Engine.Installation import hasTorch
from RABSegmentLib.FrontEnd import Texts
from RABSegmentLib.Scene.CineGeometry import pixelOf, worldOf
from RABSegmentLib.Scene.FrameRecords import Means
from RABSegmentLib.Scene.SegmentationSequence import browserOfProxy
from RABSegmentLib.Scene.SegmentMasks import labelmapOn, setMasks
from RABSegmentLib.Session.PromptMarking import FoundMask
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Threads import letThreadsRun

from .PromptActors import PromptActors, PromptShape
from .PromptGestures import Gesture, Place, PromptGestures
from .PromptOptions import PromptOptions

TAKES = "TakesOthers"  # parameter: 1 where masks may take what other segments have
CLOCK_NAME = "effect"  # of this viewer of a cine
INTERVAL = 20  # milliseconds between two looks at what the engine says
BACK_KEY = "BackSpace"
WITHOUT_DIALOG = 1  # qSlicerSegmentEditorAbstractEffect::ConfirmedWithoutDialog


class PromptTool(VTKObservationMixin):
    """What one segment editor's effect does while it is active.

    Args:
        effect: the SegmentEditorEffect, which knows the views and the editor's parameter node.
    """

    def __init__(self, effect: Any) -> None:
        VTKObservationMixin.__init__(self)
        self._effect = effect
        self._options: PromptOptions | None = None
        self._session: SegmentVideoSession | None = None
        # Whose masks are put in; of a cine that was left until it has the last one.
        self._heard: dict[SegmentVideoSession, Callable[[FoundMask], None]] = {}
        self._edited: Any = None  # the segmentation that was followed last
        self._problem, self._failure = "", ""
        self._quality: float | None = None
        self._frame, self._segment = -1, ""
        self._isActive = False
        self._actors: dict[Any, PromptActors] = {}
        self._view: Any = None  # where the mouse is
        self._gestures = PromptGestures(self._isMeant, self._isAllowed, self._onMoved, self._onEnded)
        self._timer: Any = None

    # What the editor calls

    def setDefaults(self) -> None:
        """Parameters that are not there yet."""
        self._effect.scriptedEffect.setParameterDefault(TAKES, 0)

    def setUpOptions(self) -> None:
        """Make the widgets."""
        self._options = PromptOptions(
            self._effect.scriptedEffect, self.undo, self.startOver, self._effect.updateMRMLFromGUI
        )

    def showParameters(self) -> None:
        """Show the parameter node's choices; a scene that was read may have taken the defaults away."""
        self.setDefaults()
        if self._options is not None:
            self._options.showTakes(bool(self._effect.scriptedEffect.integerParameter(TAKES)))

    def keepParameters(self) -> None:
        """Keep what the user chose."""
        if self._options is not None:
            self._effect.scriptedEffect.setParameter(TAKES, int(self._options.takesOthers))

    def activate(self) -> None:
        """Follow the cine, and have its shown frame ready."""
        self._isActive = True
        self._failure = ""
        self._follow()
        node = self._effect.scriptedEffect.parameterSetNode()
        self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._onEditor)

    def deactivate(self) -> None:
        """Leave everything as it is; masks stay, and what was said last is answered."""
        self._isActive = False
        self.removeObservers()
        self._gestures.stop()
        self._setSession(None)
        for actors in self._actors.values():
            actors.remove()
        self._actors.clear()

    def close(self) -> None:
        """The editor is deleted."""
        if self._isActive:
            self.deactivate()
        if self._timer is not None:
            self._timer.stop()
            self._timer.disconnect("timeout()", self._onTimer)  # it would keep this object, see Slicer's issue 7392
            self._timer = None
        for session in list(self._heard):
            self._hearNoMore(session)
        self._options = None

    def interact(self, interactor: Any, eventId: int, viewWidget: Any) -> bool:
        """One event of a view; True where nobody else is to hear of it."""
        if viewWidget.className() != "qMRMLSliceWidget":
            return False
        self._view = viewWidget
        if eventId == vtk.vtkCommand.KeyPressEvent:
            return interactor.GetKeySym() == BACK_KEY and self.undo()
        if interactor.GetAltKey() and not self._gestures.isHeld:
            return False
        isControl, isShift = bool(interactor.GetControlKey()), bool(interactor.GetShiftKey())
        return self._gestures.take(eventId, interactor.GetEventPosition(), isControl, isShift, _density(viewWidget))

    def drawIn(self, viewWidget: Any) -> None:
        """A view was moved or zoomed."""
        if viewWidget in self._actors:
            self._draw(viewWidget)

    # What the options call

    def undo(self) -> bool:
        """Take the last step back; False where there is none."""
        return self._session is not None and self._session.prompting.undo()

    def startOver(self) -> None:
        """Take all steps back."""
        if self._session is not None:
            self._session.prompting.startOver()

    # The cine

    def _follow(self) -> None:
        """The session of what the editor edits: the module's own, so that a cine has one engine process alone."""
        self._problem = ""
        node = self._edited = self._effect.scriptedEffect.parameterSetNode().GetSegmentationNode()
        browser = browserOfProxy(node)
        session = None
        if browser is None:
            self._problem = Texts.noPromptsText()
        elif (image := browser.GetProxyNode(browser.GetMasterSequenceNode())) is None or image.GetImageData() is None:
            self._problem = Texts.noImageForPromptsText()
        elif not hasTorch():
            self._problem = Texts.noTorchForPromptsText()
        else:
            try:
                logic = slicer.util.getModuleLogic("RABSegment")
                session = logic.sessions.sessionOf(browser)
                session.prompting.device = logic.getParameterNode().device
            except (InputError, RuntimeError) as error:  # RuntimeError: there is no module's panel
                self._problem = str(error)
        if session is not self._session:
            self._setSession(session)
        if session is not None:
            session.clock.show(CLOCK_NAME)
        self._show()

    def _setSession(self, session: SegmentVideoSession | None) -> None:
        before, self._session = self._session, session
        modified = vtk.vtkCommand.ModifiedEvent
        if before is not None:
            before.clock.leave(CLOCK_NAME)
            before.prompting.leave()
            before.prompting.failed.disconnect(self._onFailed)
            before.prompting.changed.disconnect(self._onChanged)
            if self.hasObserver(before.browserNode, modified, self._onBrowser):
                self.removeObserver(before.browserNode, modified, self._onBrowser)
        self._frame, self._quality = -1, None
        if session is not None:
            self._hear(session)
            session.prompting.failed.connect(self._onFailed)
            session.prompting.changed.connect(self._onChanged)
            self.addObserver(session.browserNode, modified, self._onBrowser)
            self._onBrowser()

    def _onBrowser(self, _caller: Any = None, _event: Any = None) -> None:
        """Another frame is shown: its prompts start afresh. One of a cine that plays is not prepared."""
        session = self._session
        if session is None or session.browserNode.GetPlaybackActive():
            return
        frame, segment = session.segmentation.selectedFrame, self._selected()
        if (frame, segment) == (self._frame, self._segment) or frame < 0:
            return
        self._frame, self._segment = frame, segment
        self._follow()  # the module may have been reloaded, and have other sessions
        if session is not self._session:
            return
        self._gestures.stop()
        session.prompting.leave()
        self._quality, self._failure = None, ""
        session.prompting.prepare(frame, segment or None)
        self._wake()
        self._show()

    def _onEditor(self, _caller: Any = None, _event: Any = None) -> None:
        """The editor's choices changed, such as the segment, or what is edited at all."""
        if self._effect.scriptedEffect.parameterSetNode().GetSegmentationNode() is not self._edited:
            self._follow()
        self._onBrowser()

    def _selected(self) -> str:
        return self._effect.scriptedEffect.parameterSetNode().GetSelectedSegmentID() or ""

    # What the user does

    def _isMeant(self, place: Place) -> bool:
        """A press on the frame, of a segment."""
        self._follow()
        if self._session is None or not self._selected() or self._pixel(place) is None:
            return False
        self._draw(self._view)
        return True

    def _isAllowed(self) -> bool:
        """Of a hidden segment Slicer asks; the release of the button is lost then, so the user clicks again."""
        return bool(self._effect.scriptedEffect.confirmCurrentSegmentVisible() == WITHOUT_DIALOG)

    def _onMoved(self, gesture: Gesture) -> None:
        self._draw(self._view, self._shape(gesture))

    def _onEnded(self, gesture: Gesture) -> None:
        session = self._session
        if session is None:
            return
        frame, segment = session.segmentation.selectedFrame, self._selected()
        self._onBrowser()  # a frame that was shown this very moment
        session.prompting.takesOthers = bool(self._effect.scriptedEffect.integerParameter(TAKES))
        self._failure = ""
        places = [gesture.places[0]] if gesture.isClick else gesture.places
        pixels = [pixel for pixel in map(self._pixel, places) if pixel is not None]
        if gesture.isBox and not gesture.isClick:
            # It may end outside the frame, and is cut at its edge.
            session.prompting.box(frame, segment, self._anyPixel(places[0]), self._anyPixel(places[-1]))
        elif pixels and not gesture.isBox:
            session.prompting.scribble(frame, segment, pixels, gesture.isPositive)
        self._wake()

    def _pixel(self, place: Place) -> tuple[float, float] | None:
        """Column and row of a place in the view; None where the frame is not."""
        x, y, z = self._anyPlace(place)
        rows, columns = self._session.segmentation.cine.frameSize  # type: ignore[union-attr]
        isInside = -0.5 <= x < columns - 0.5 and -0.5 <= y < rows - 0.5 and abs(z) <= 0.5
        return (min(max(x, 0.0), columns - 1.0), min(max(y, 0.0), rows - 1.0)) if isInside else None

    def _anyPixel(self, place: Place) -> tuple[float, float]:
        return self._anyPlace(place)[:2]

    def _anyPlace(self, place: Place) -> tuple[float, float, float]:
        ras = self._effect.xyToRas(place, self._view)
        return pixelOf(self._session.segmentation.cineProxyNode, ras)  # type: ignore[union-attr]

    # What the engine says

    def _hear(self, session: SegmentVideoSession) -> None:
        if session not in self._heard:
            self._heard[session] = partial(self._onFound, session)
            session.prompting.found.connect(self._heard[session])

    def _hearNoMore(self, session: SegmentVideoSession) -> None:
        session.prompting.found.disconnect(self._heard.pop(session))

    def _onFound(self, session: SegmentVideoSession, found: FoundMask) -> None:
        here = session.segmentation.selectedFrame, self._selected()
        if session is not self._session or (found.frame, found.segmentId) != here:
            session.putFound(found)  # the editor knows only what it shows
            return
        self._quality, self._failure = found.quality, ""
        if found.changesOf(session.segmentation.masks(found.frame), session.prompting.takesOthers):
            self._write(session, found)

    def _onFailed(self, failed: Failed) -> None:
        self._failure = failed.text
        self._show()

    def _onChanged(self) -> None:
        self._wake()
        self._show()

    def _write(self, session: SegmentVideoSession, found: FoundMask) -> None:
        """Put the mask into the segment as any effect does, so that the editor's masking and its undo hold."""
        effect = self._effect.scriptedEffect
        modifier = effect.defaultModifierLabelmap()
        if modifier is None:
            logging.error("The segment editor has no modifier labelmap.")  # as Slicer's own effects do
            session.prompting.forget()
            self._failure = Texts.notWrittenText()
            self._show()
            return
        mask = slicer.vtkOrientedImageData()
        slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
            labelmapOn(session.segmentation.cineProxyNode, found.mask), modifier, mask, False, False
        )
        effect.saveStateForUndo()
        # Slicer sets a segment in two steps, and an empty segment in between would be taken for an absent one.
        with session.segmentation.writing(), self._overwriting(session.prompting.takesOthers):
            effect.modifySelectedSegmentByLabelmap(mask, slicer.qSlicerSegmentEditorAbstractEffect.ModificationModeSet)
            setMasks(session.segmentation.proxyNode, found.returned, session.segmentation.cineProxyNode)
        with session.keeping.by(Means.PROMPTED):
            session.keeping.noticeEdit(found.frame, found.isUndo)

    @contextmanager
    def _overwriting(self, takesOthers: bool) -> Iterator[None]:
        """The mask takes from others what it may, whatever the editor's other effects are told to overwrite."""
        node = self._effect.scriptedEffect.parameterSetNode()
        before, disabled = node.GetOverwriteMode(), node.GetDisableModifiedEvent()
        node.SetDisableModifiedEvent(1)
        node.SetOverwriteMode(node.OverwriteAllSegments if takesOthers else node.OverwriteNone)
        try:
            yield
        finally:
            node.SetOverwriteMode(before)
            node.SetDisableModifiedEvent(disabled)

    def _wake(self) -> None:
        """Look at what the engine says until it has answered."""
        if self._timer is None:
            self._timer = qt.QTimer()
            self._timer.interval = INTERVAL
            self._timer.connect("timeout()", self._onTimer)
        if any(session.isPrompting for session in self._heard):
            self._timer.start()

    def _onTimer(self) -> None:
        letThreadsRun()  # such as the one that writes the cine for the engine
        # Also after the effect was left: a cine that is half opened is to be open.
        for session in list(self._heard):
            if session.isPrompting:
                session.poll()
            elif session is not self._session:
                self._hearNoMore(session)
        if not any(session.isPrompting for session in self._heard):
            self._timer.stop()

    # What is seen

    def _show(self) -> None:
        prompting = None if self._session is None else self._session.prompting
        if self._options is not None:
            steps = 0 if prompting is None else len(prompting.steps)
            isWaiting = prompting is not None and prompting.isWaiting
            text = self._problem or self._failure or Texts.promptText(steps, isWaiting, self._quality)
            self._options.show(text, prompting is not None and prompting.canUndo)
        for view in self._actors:
            self._draw(view)

    def _draw(self, viewWidget: Any, more: PromptShape | None = None) -> None:
        """All steps of the shown frame, and what the mouse draws."""
        session = self._session
        if session is None:
            return
        if viewWidget not in self._actors:
            self._actors[viewWidget] = PromptActors(self._effect.scriptedEffect, viewWidget)
        node = session.segmentation.cineProxyNode
        shapes = [] if more is None else [more]
        for step in session.prompting.steps:
            points = _corners(step.points[0], step.points[1]) if step.isBox else step.points
            places = [self._effect.rasToXy(worldOf(node, x, y), viewWidget) for x, y in points]
            shapes.append(PromptShape([(x, y) for x, y in places], step.isPositive))
        self._actors[viewWidget].draw(shapes, _density(viewWidget))

    def _shape(self, gesture: Gesture) -> PromptShape:
        places = [(float(x), float(y)) for x, y in gesture.places]
        return PromptShape(_corners(places[0], places[-1]) if gesture.isBox else places, gesture.isPositive)


def _density(viewWidget: Any) -> float:
    """Pixels of a slice view for each of Qt's: a view's places count those of the screen itself, which may be finer."""
    return max(1.0, viewWidget.mrmlSliceNode().GetDimensions()[0] / max(viewWidget.sliceView().width, 1))


def _corners(one: tuple[float, float], other: tuple[float, float]) -> list[tuple[float, float]]:
    """A closed line round a box."""
    (left, top), (right, bottom) = one, other
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
