"""Stand-in for slicer.parameterNodeWrapper: typed parameters in a node, connected to widgets."""

from __future__ import annotations

import enum
import pathlib
import types
import typing
from collections.abc import Callable
from typing import Any

import slicer

from . import parameter_storage as storage
from .parameter_storage import Default, Validator, splitAnnotations, storageFor

WIDGET_PROPERTY = "SlicerParameterName"


class Parameter:
    """One typed attribute of a wrapper class."""

    def __init__(self, name: str, kind: Any, default: Any) -> None:
        self.name, self.unalteredType = name, kind
        self.storage = storageFor(kind)
        self.type, annotations = splitAnnotations(kind)
        self.annotations = annotations
        self.validators = [entry for entry in annotations if isinstance(entry, Validator)]
        declared = next((entry for entry in annotations if isinstance(entry, Default)), None)
        self.default = default or declared or Default(self.storage.default)

    def annotation(self, kind: type) -> Any:
        return next((entry for entry in self.annotations if isinstance(entry, kind)), None)

    def __get__(self, wrapper: Any, owner: type) -> Any:
        if wrapper is None:
            return self
        if not self.storage.isIn(wrapper.parameterNode, self.name):  # As after closing the scene.
            self.storage.write(wrapper.parameterNode, self.name, self.default.value)
        return self.storage.read(wrapper.parameterNode, self.name)

    def __set__(self, wrapper: Any, value: Any) -> None:
        self.storage.check(value)
        for validator in self.validators:
            validator.validate(value)
        with slicer.util.NodeModify(wrapper.parameterNode):
            self.storage.write(wrapper.parameterNode, self.name, value)


class Connector:
    """Moves one value between a widget and its parameter."""

    def __init__(self, widget: Any, signal: str, read: Callable, write: Callable) -> None:
        self.read, self.write = read, write
        self._signal = getattr(widget, signal) if signal else None
        self._changed: Callable | None = None

    def changed(self) -> None:
        if self._changed is not None:
            self._changed()

    def onChanged(self, function: Callable | None) -> None:
        if function is not None and self._signal is not None:
            self._signal.connect(self.changed)
        elif self._signal is not None:
            self._signal.disconnect(self.changed)
        self._changed = function


def attributeConnector(widget: Any, signal: str, name: str, convert: Callable = lambda value: value) -> Connector:
    """For a widget whose value is one property."""
    write = lambda value: setattr(widget, name, str(value) if isinstance(value, pathlib.PurePath) else value)  # noqa: E731
    return Connector(widget, signal, lambda: convert(getattr(widget, name)), write)


def limit(widget: Any, parameter: Parameter) -> None:
    """Give the range of the annotation to a widget for numbers; a slider needs one."""
    span = parameter.annotation(storage.WithinRange)
    if span is None and type(widget).__name__ in ("QSlider", "ctkSliderWidget"):
        raise RuntimeError(f"Cannot connect {type(widget).__name__} to an unbounded number")
    widget.minimum = span.minimum if span else -(2**31)
    widget.maximum = span.maximum if span else 2**31 - 1


def comboConnector(widget: Any, parameter: Parameter) -> Connector:
    """Fills a combo box with the enumerators, or with the values of a Choice annotation."""
    if isinstance(parameter.type, type) and issubclass(parameter.type, enum.Enum):
        label = getattr(parameter.type, "label", lambda member: member.name)
        choices = [(label(member), member) for member in parameter.type]
    else:
        allowed = parameter.annotation(storage.Choice)
        if allowed is None:
            raise RuntimeError(f"The parameter {parameter.name} needs the annotation Choice for a combo box")
        choices = [(str(value), value) for value in allowed.choices]
    widget.clear()
    for text, _ in choices:
        widget.addItem(text)

    def write(value: Any) -> None:
        widget.currentIndex = [choice for _, choice in choices].index(value)

    return Connector(widget, "currentIndexChanged", lambda: choices[widget.currentIndex][1], write)


def nodeTypes(kind: Any) -> tuple[str, ...]:
    """Class names of a node type or of a union of node types and None."""
    kinds = typing.get_args(kind) or (kind,)
    return tuple(item.__name__ for item in kinds if isinstance(item, type) and issubclass(item, slicer.vtkMRMLNode))


def createConnector(widget: Any, parameter: Parameter) -> Connector:
    """The connector for exactly this widget class and type; RuntimeError where Slicer has none."""
    className, kind = type(widget).__name__, parameter.type
    path = isinstance(kind, type) and issubclass(kind, pathlib.PurePath)
    if className in ("QCheckBox", "ctkCheckBox") and kind is bool:
        return attributeConnector(widget, "stateChanged", "checked")
    if className in ("QPushButton", "ctkCheckablePushButton") and kind is bool:
        widget.checkable = True
        return attributeConnector(widget, "toggled", "checked")
    if className in ("QSlider", "QSpinBox") and kind is int:
        limit(widget, parameter)
        return attributeConnector(widget, "valueChanged", "value")
    numbers = ("QDoubleSpinBox", "ctkSliderWidget", "ctkDoubleSlider", "ctkDoubleSpinBox", "qMRMLSliderWidget")
    if className in numbers and kind in (int, float):
        limit(widget, parameter)
        return attributeConnector(widget, "valueChanged", "value", kind)
    if className in ("QComboBox", "ctkComboBox"):
        return comboConnector(widget, parameter)
    if className == "QLineEdit" and kind is str:
        return attributeConnector(widget, "textChanged", "text")
    if className == "QLabel" and kind is str:
        return attributeConnector(widget, "", "text")
    if className == "QTextEdit" and kind is str:
        return Connector(widget, "textChanged", widget.toPlainText, widget.setPlainText)
    if className == "ctkPathLineEdit" and path:
        return attributeConnector(widget, "currentPathChanged", "currentPath", kind)
    if className == "ctkDirectoryButton" and path:
        return attributeConnector(widget, "directoryChanged", "directory", kind)
    if className == "qMRMLNodeComboBox" and nodeTypes(kind):
        widget.nodeTypes = nodeTypes(kind)
        return Connector(widget, "currentNodeChanged", widget.currentNode, widget.setCurrentNode)
    raise RuntimeError(f"Unable to create GUI connector from datatype '{kind}' to widget type '{className}'.")


class ParameterNodeWrapper:
    """What the decorator adds to the module's class."""

    allParameters: dict[str, Parameter]

    def __init__(self, parameterNode: Any) -> None:
        self.parameterNode = parameterNode
        self._connected: dict[int, tuple[dict[str, Connector], int]] = {}
        self._nextTag = 0
        self._updatingGui = False
        for parameter in self.allParameters.values():
            if not parameter.storage.isIn(parameterNode, parameter.name):
                parameter.__set__(self, parameter.default.value)

    def default(self, name: str) -> Default:
        return self.allParameters[name].default

    def dataType(self, name: str) -> Any:
        return self.allParameters[name].unalteredType

    def getValue(self, name: str) -> Any:
        return getattr(self, self._checked(name))

    def setValue(self, name: str, value: Any) -> None:
        setattr(self, self._checked(name), value)

    def _checked(self, name: str) -> str:
        if name not in self.allParameters:
            raise ValueError(f"Cannot find a param with the given name: {name}")
        return name

    def connectGui(self, gui: Any) -> int:
        """Connect the widgets whose dynamic property SlicerParameterName names a parameter; returns a tag."""
        import qt

        isWidget = getattr(gui, "isWidgetType", lambda: False)()
        widgets = gui.findChildren(qt.QWidget) if isWidget else list(vars(gui).values())
        named = {widget.property(WIDGET_PROPERTY): widget for widget in widgets if widget.property(WIDGET_PROPERTY)}
        return self.connectParametersToGui(named)

    def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
        """Connect widgets by parameter name; returns a tag for ``disconnectGui``."""
        for name in mapping:
            self._checked(name)
        connectors = {name: createConnector(widget, self.allParameters[name]) for name, widget in mapping.items()}
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.onChanged(self._guiToParameter(name, connector))
        self._nextTag += 1
        observer = self.AddObserver("ModifiedEvent", lambda *_: self._updateGui())
        self._connected[self._nextTag] = (connectors, observer)
        return self._nextTag

    def _guiToParameter(self, name: str, connector: Connector) -> Callable[[], None]:
        def write() -> None:
            if not self._updatingGui:
                self.setValue(name, connector.read())

        return write

    def _updateGui(self) -> None:
        if self._updatingGui:
            return
        self._updatingGui = True
        try:
            for connectors, _ in list(self._connected.values()):
                for name, connector in connectors.items():
                    connector.write(self.getValue(name))
        finally:
            self._updatingGui = False

    def disconnectGui(self, tag: int) -> None:
        connectors, observer = self._connected.pop(tag, ({}, None))
        for connector in connectors.values():
            connector.onChanged(None)
        if observer is not None:
            self.RemoveObserver(observer)

    def StartModify(self) -> int:
        return self.parameterNode.StartModify()

    def EndModify(self, wasModified: int) -> None:
        self.parameterNode.EndModify(wasModified)

    def AddObserver(self, event: Any, function: Callable, priority: float = 0.0) -> int:
        return self.parameterNode.AddObserver(event, function, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()


def parameterNodeWrapper(cls: type | None = None) -> Any:
    """Class decorator: annotated attributes become parameters of a vtkMRMLScriptedModuleNode."""
    if cls is None:
        return parameterNodeWrapper
    parameters = {}
    for name, kind in typing.get_type_hints(cls, include_extras=True).items():
        default = Default(vars(cls)[name]) if name in vars(cls) else None
        parameters[name] = Parameter(name, kind, default)
        setattr(cls, name, parameters[name])
    for name in (*vars(ParameterNodeWrapper), "allParameters"):
        if name in vars(cls) and not name.startswith("__"):
            raise ValueError(f"Cannot use reserved name '{name}' in a parameterNodeWrapper")
        if not name.startswith("__") or name == "__init__":
            setattr(cls, name, vars(ParameterNodeWrapper).get(name, parameters))
    cls.allParameters = parameters
    return cls


def parameterLayer() -> types.ModuleType:
    """The module slicer.parameterNodeWrapper."""
    layer = types.ModuleType("slicer.parameterNodeWrapper")
    offered = (
        Default,
        Validator,
        storage.WithinRange,
        storage.Minimum,
        storage.Maximum,
        storage.Choice,
        parameterNodeWrapper,
    )
    vars(layer).update({entry.__name__: entry for entry in offered}, __all__=[entry.__name__ for entry in offered])
    layer.isParameterNodeWrapper = lambda thing: hasattr(thing, "allParameters")
    layer.SlicerParameterNamePropertyName = WIDGET_PROPERTY
    return layer
