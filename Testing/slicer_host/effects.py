"""Effects of the segment editor: Slicer's own by name, and those that a scripted module registers."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import slicer
from PySide6.QtCore import Property, QObject, QPoint, Signal
from PySide6.QtGui import QCursor, QIcon, QVector3D
from PySide6.QtWidgets import QFormLayout, QFrame, QLayout, QSizePolicy, QWidget

from .pythonqt import simulates, simulation
from .record import RECORD, answerDialog, callNoting
from .values import unwrap, wrap

LOGIC = slicer.vtkSlicerSegmentEditorLogic
# Of qSlicerSegmentEditorScriptedEffectPrivate: looked up once, when the object is made.
METHODS = (
    *("icon", "helpText", "clone", "activate", "deactivate", "setupOptionsFrame", "createCursor"),
    *("processInteractionEvents", "processViewNodeEvents", "setMRMLDefaults", "referenceGeometryChanged"),
    *("sourceVolumeNodeChanged", "layoutChanged", "interactionNodeModified", "updateGUIFromMRML"),
    *("updateMRMLFromGUI", "cleanup"),
)
# Modules that setPythonSource made, which are attributes of `slicer` too.
loadedNames: set[str] = set()


def _set(attribute: str) -> Any:
    return lambda self, value: setattr(self, attribute, value)


@simulates("qSlicerSegmentEditorAbstractEffect")
class Effect(QObject):
    """An effect by name, with its parameters in the editor's parameter node; those of Slicer do nothing in views."""

    def __init__(self, name: str, parent: Any = None) -> None:
        super().__init__(parent)
        self._name, self._editor = name, parent

    def parameterSetNode(self) -> Any:
        return self._editor.mrmlSegmentEditorNode()

    def setParameter(self, name: str, value: Any) -> None:
        self.setCommonParameter(f"{self._name}.{name}", value)

    def setCommonParameter(self, name: str, value: Any) -> None:
        """Without a ModifiedEvent of the node, as in Slicer: an event of its own tells the effects."""
        node = self.parameterSetNode()
        if node.GetAttribute(name) == str(value):
            return
        disabled = node.GetDisableModifiedEvent()
        node.SetDisableModifiedEvent(1)
        node.SetAttribute(name, str(value))
        node.SetDisableModifiedEvent(disabled)
        node.InvokeCustomModifiedEvent(node.EffectParameterModified)

    def parameterDefined(self, name: str) -> bool:
        return bool(self.parameterSetNode().GetAttribute(f"{self._name}.{name}"))

    def setParameterDefault(self, name: str, value: Any) -> None:
        if not self.parameterDefined(name):
            self.setParameter(name, value)

    def parameter(self, name: str) -> str:
        node = self.parameterSetNode()
        found = node.GetAttribute(f"{self._name}.{name}") or node.GetAttribute(name)
        if not found and isinstance(self, ScriptedEffect):
            RECORD.errors.append(f"Parameter named {name} cannot be found for effect {self._name}")
        return found or ""

    def integerParameter(self, name: str) -> int:
        return int(float(self.parameter(name) or 0))

    def doubleParameter(self, name: str) -> float:
        return float(self.parameter(name) or 0)

    def saveStateForUndo(self) -> None:
        self._editor.logic.SaveStateForUndo()

    def modifySelectedSegmentByLabelmap(self, image: Any, mode: int) -> None:
        self._editor.modifySegment(image, mode, isSaved=True)

    def title_(self) -> str:
        return self._name

    def icon_(self) -> QIcon:
        return QIcon()

    def activate(self) -> None:
        """Slicer's own effects do nothing here."""

    deactivate = activate

    def processInteractionEvents(self, _interactor: Any, _event: int, _view: QWidget) -> bool:
        return False

    def processViewNodeEvents(self, _node: Any, _event: int, _view: QWidget) -> None:
        """Slicer's own effects do nothing here."""

    name = Property(str, lambda self: self._name, _set("_name"))
    ModificationModeSet = LOGIC.ModificationModeSet
    ModificationModeAdd = LOGIC.ModificationModeAdd
    ModificationModeRemove = LOGIC.ModificationModeRemove
    ModificationModeRemoveAll = LOGIC.ModificationModeRemoveAll


@simulates("qSlicerSegmentEditorScriptedEffect")
class ScriptedEffect(Effect):
    """Calls a Python object as Slicer does: what it raises is printed, and what it must return is checked."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__("UnnamedScriptedEffect", parent)
        self._title, self._source, self._instance, self._node = "", "", None, None
        self._perSegment = self._requireSegments = self._cursorInSlices = True
        self._cursorIn3D = self._active = False
        self._methods: dict[str, Any] = {}
        self._frame = QFrame()
        form = QFormLayout(self._frame)
        form.setContentsMargins(4, 4, 4, 4)
        form.setSpacing(4)

    # What makes it

    def setPythonSource(self, path: str) -> bool:
        """The class FILE (or FILEEffect) of the module FOLDER.

        A module of that name that has the class is taken as it is. Else the file is loaded under that name, in the
        place of what has it in sys.modules: a package would be gone, and the file has none to import from.
        """
        source = Path(path)
        if source.suffix not in (".py", ".pyc"):
            return False
        module, name = source.parent.name, source.stem
        name = name if name.endswith("Effect") else f"{name}Effect"
        if not hasattr(sys.modules.get(module), name) and callNoting(_load, module, path) is None:
            return False
        made = callNoting(getattr(sys.modules[module], name), wrap(self))
        if made is None:
            return False
        self._methods = {method: getattr(made, method) for method in METHODS if hasattr(made, method)}
        self._instance, self._source = made, path
        setattr(slicer, module, made)
        loadedNames.add(module)
        return True

    def pythonSource(self) -> str:
        return self._source

    def self(self) -> Any:
        return self._instance

    def setEditor(self, editor: Any) -> None:
        """As setCallbackSlots, setSegmentEditorLogic and setVolumes."""
        self._editor = editor

    def setParameterSetNode(self, node: Any) -> None:
        self._node = node

    def parameterSetNode(self) -> Any:
        return self._node

    def scene(self) -> Any:
        return self._node.GetScene() if self._node is not None else None

    # What the editor calls

    def _call(self, name: str, *arguments: Any) -> Any:
        return callNoting(self._methods[name], *arguments) if name in self._methods else None

    def clone(self) -> Any:
        """Mandatory."""
        return unwrap(self._call("clone"))

    def icon_(self) -> QIcon:
        return unwrap(self._call("icon")) or QIcon()

    def title_(self) -> str:
        return self._title or self._name

    def helpText(self) -> str:
        return self._call("helpText") or ""

    def setMRMLDefaults(self) -> None:
        self._call("setMRMLDefaults")

    def setupOptionsFrame(self) -> None:
        self._call("setupOptionsFrame")

    def activate(self) -> None:
        """The options first, then updateGUIFromMRML, then the object's own."""
        self._frame.setVisible(True)
        self._active = True
        self.updateGUIFromMRML()
        self._call("activate")

    def deactivate(self) -> None:
        self._frame.setVisible(False)
        self._active = False
        self._call("deactivate")

    def active(self) -> bool:
        return self._active

    def updateGUIFromMRML(self) -> None:
        if self._active:
            self._call("updateGUIFromMRML")

    def updateMRMLFromGUI(self) -> None:
        self._call("updateMRMLFromGUI")

    def createCursor(self, view: QWidget) -> QCursor | None:
        return unwrap(self._call("createCursor", wrap(view)))

    def processInteractionEvents(self, interactor: Any, event: int, view: QWidget) -> bool:
        """What is no bool counts as False, and Slicer complains."""
        found = self._call("processInteractionEvents", interactor, event, wrap(view))
        if found is not None and not isinstance(found, bool):
            RECORD.errors.append("function 'processInteractionEvents' is expected to return a boolean")
        return found is True

    def processViewNodeEvents(self, node: Any, event: int, view: QWidget) -> None:
        self._call("processViewNodeEvents", node, event, wrap(view))

    def cleanup(self) -> None:
        self._call("cleanup")

    # What the object calls

    def optionsFrame(self) -> QFrame:
        return self._frame

    def optionsLayout(self) -> QFormLayout:
        return self._frame.layout()

    def addOptionsWidget(self, added: QWidget | QLayout) -> None:
        if isinstance(added, QWidget):
            added.setParent(self._frame)
            added.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
        self.optionsLayout().addRow(added)

    def selectEffect(self, name: str) -> None:
        self._editor.setActiveEffectByName(name)

    def defaultModifierLabelmap(self) -> Any:
        """The editor's one modifier labelmap, empty, with the reference geometry."""
        logic = self._editor.logic
        return logic.GetModifierLabelmap() if logic.ResetModifierLabelmapToDefault() else None

    def modifySelectedSegmentByLabelmap(self, image: Any, mode: int, *more: Any) -> None:
        bypass = next((value for value in more if isinstance(value, bool)), False)
        node = self._node
        arguments = (node.GetSegmentationNode(), node.GetSelectedSegmentID() or "", image, mode)
        self._editor.logic.ModifySegmentByLabelmap(*arguments, self._perSegment, bypass)

    def confirmCurrentSegmentVisible(self) -> int:
        """1 (without a dialog) where it is seen; else Slicer asks, and Escape means 0 (no)."""
        segment = self._node.GetSelectedSegmentID() or ""
        display = self._node.GetSegmentationNode().GetDisplayNode()
        if display is None or (display.GetVisibility() and display.GetSegmentVisibility(segment)):
            return 1
        return 2 if answerDialog("question", False, "Operate on invisible segment?") else 0

    def xyToRas(self, xy: QPoint, view: Any) -> QVector3D:
        return self.xyzToRas(QVector3D(xy.x(), xy.y(), 0), view)

    def xyzToRas(self, xyz: QVector3D, view: Any) -> QVector3D:
        ras = [0.0, 0.0, 0.0]
        LOGIC.XyzToRas([xyz.x(), xyz.y(), xyz.z()], ras, view.mrmlSliceNode())
        return QVector3D(*ras)

    def rasToXy(self, ras: QVector3D, view: Any) -> QPoint:
        return QPoint(*map(int, exactPlaceOf(view.mrmlSliceNode(), (ras.x(), ras.y(), ras.z()))))

    def renderer(self, view: Any) -> Any:
        return view.sliceView().renderer

    def addActor2D(self, view: Any, actor: Any) -> None:
        self.renderer(view).AddViewProp(actor)

    def removeActor2D(self, view: Any, actor: Any) -> None:
        self.renderer(view).RemoveViewProp(actor)

    def scheduleRender(self, view: Any) -> None:
        """Nothing is drawn."""

    def viewNode(self, view: Any) -> Any:
        return view.mrmlSliceNode()

    title = Property(str, lambda self: self.title_(), _set("_title"))
    perSegment = Property(bool, lambda self: self._perSegment, _set("_perSegment"))
    requireSegments = Property(bool, lambda self: self._requireSegments, _set("_requireSegments"))
    showEffectCursorInSliceView = Property(bool, lambda self: self._cursorInSlices, _set("_cursorInSlices"))
    showEffectCursorInThreeDView = Property(bool, lambda self: self._cursorIn3D, _set("_cursorIn3D"))


def _load(name: str, path: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def placeOf(sliceNode: Any, ras: tuple[float, float, float]) -> tuple[int, int]:
    """The pixel of a slice view that is nearest to a place of the world."""
    x, y = exactPlaceOf(sliceNode, ras)
    return round(x), round(y)


def exactPlaceOf(sliceNode: Any, ras: tuple[float, float, float]) -> tuple[float, float]:
    """Where a place of the world is in a slice view."""
    import vtk

    toView = vtk.vtkMatrix4x4()
    toView.DeepCopy(sliceNode.GetXYToRAS())
    toView.Invert()
    x, y, _depth, _one = toView.MultiplyPoint((*ras, 1.0))
    return x, y


@simulates("qSlicerSegmentEditorEffectFactory")
class EffectFactory(QObject):
    """Effects that modules registered; each editor clones them."""

    effectRegistered = Signal(str)
    signatures = {"effectRegistered": ("QString",)}

    def __init__(self) -> None:
        super().__init__()
        self._effects: list[ScriptedEffect] = []

    def registerEffect(self, effect: ScriptedEffect) -> bool:
        """False where one of that name is registered already."""
        if not effect.name or effect.name in [known.name for known in self._effects]:
            return False
        self._effects.append(effect)
        self.effectRegistered.emit(effect.name)
        return True

    def registeredEffects(self) -> list[ScriptedEffect]:
        return list(self._effects)

    def copies(self, known: dict[str, Any]) -> list[ScriptedEffect]:
        """As copyEffects: clones of those whose names an editor does not know."""
        cloned = [effect.clone() for effect in self._effects if effect.name not in known]
        return [effect for effect in cloned if effect is not None]


def effectModules(factory: EffectFactory) -> dict[str, Any]:
    """The modules by which Python reaches effects, for sys.modules."""
    import types

    from .pythonqt import standinClass

    bindings = types.ModuleType("qSlicerSegmentationsEditorEffectsPythonQt")
    bindings.qSlicerSegmentEditorScriptedEffect = standinClass("qSlicerSegmentEditorScriptedEffect")
    scripted = types.ModuleType("SegmentEditorEffects")
    scripted.AbstractScriptedSegmentEditorEffect = type(
        "AbstractScriptedSegmentEditorEffect", (_AbstractScriptedEffect,), {"factory": wrap(factory)}
    )
    return {module.__name__: module for module in (bindings, scripted)}


class _AbstractScriptedEffect:
    """What a scripted effect inherits, after SegmentEditorEffects/AbstractScriptedSegmentEditorEffect.py."""

    factory: Any

    def __init__(self, scriptedEffect: Any) -> None:
        self.scriptedEffect = scriptedEffect

    def register(self) -> None:
        self.factory.registerEffect(self.scriptedEffect)

    def cleanup(self) -> None:
        """Overridden by the effect."""

    def rasToXy(self, ras: Any, view: Any) -> list[int]:
        import qt

        found = self.scriptedEffect.rasToXy(qt.QVector3D(*ras), view)
        return [found.x(), found.y()]

    def xyToRas(self, xy: Any, view: Any) -> list[float]:
        import qt

        found = self.scriptedEffect.xyToRas(qt.QPoint(xy[0], xy[1]), view)
        return [found.x(), found.y(), found.z()]


def makeFactory() -> Any:
    """Of one Slicer."""
    return simulation("qSlicerSegmentEditorEffectFactory")()
