"""The segment editor's effects: their buttons, the active one, and what it hears of the slice views."""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QGridLayout, QToolButton, QWidget

from .editor_keys import EditorKeys
from .effect_options import EffectOptions, MaskingOptions
from .effects import Effect, ScriptedEffect
from .values import unwrap

# In the order of Slicer's own Segment Editor.
EFFECTS = (
    *("Threshold", "Paint", "Draw", "Erase", "Level tracing", "Grow from seeds", "Fill between slices", "Margin"),
    *("Hollow", "Smoothing", "Scissors", "Islands", "Logical operators", "Mask volume"),
)
TOOL_WIDTH = 28  # pixels: Slicer's buttons show icons


class EditorEffects:
    """The part of a segment editor that has to do with effects."""

    observations: Any
    _node: Any
    _effectBox: QFrame
    _effectGrid: QGridLayout
    _options: EffectOptions
    _masking: MaskingOptions
    _keys: EditorKeys
    _effects: dict[str, Effect]
    _made: dict[str, QToolButton]
    _buttons: dict[str, QToolButton]
    _order: list[str]
    _active: Effect | None
    _last: Effect | None
    _others: bool
    _readOnly: bool
    _columns: int
    _observesViews: bool

    def availableEffectNames(self) -> list[str]:
        return list(self._effects)

    def effectByName(self, name: str) -> Effect | None:
        return self._effects.get(name)

    def effectByIndex(self, index: int) -> Effect | None:
        names = list(self._effects)
        return self._effects[names[index]] if 0 <= index < len(names) else None

    def effectCount(self) -> int:
        return len(self._effects)

    def effectNameOrder(self) -> list[str]:
        return self._order

    def setEffectNameOrder(self, names: list[str]) -> None:
        self._order = list(names)
        self.updateEffectList()

    def updateEffectList(self) -> None:
        """Those that were registered meanwhile too. Ordered effects first; the others only when they are wanted."""
        for effect in unwrap(slicer.qSlicerSegmentEditorEffectFactory.instance()).copies(self._effects):
            self._effects[effect.name] = effect
            effect.setEditor(self)
            if self._node is not None:
                self._giveNode(effect)
            effect.setupOptionsFrame()
            self._options.addFrame(effect.optionsFrame())
        ordered = [name for name in self._order if name in self._effects]
        shown = ordered + [name for name in self._effects if name not in ordered and self._others]
        # Buttons are made once, and only laid out anew.
        for button in self._made.values():
            button.hide()
            self._effectGrid.removeWidget(button)
        self._buttons = {name: self._made.get(name) or self._effectButton(name) for name in shown}
        for number, button in enumerate(self._buttons.values()):
            button.show()
            self._effectGrid.addWidget(button, *divmod(number, self._columns))
        self.updateWidgetFromMRML()

    def _effectButton(self, name: str) -> QToolButton:
        button = self._made[name] = QToolButton(self._effectBox)
        button.setText(name[:2])  # Slicer shows an icon
        button.setToolTip(self._effects[name].title_())
        button.setIcon(self._effects[name].icon_())
        button.setIconSize(QSize(TOOL_WIDTH - 8, TOOL_WIDTH - 8))
        button.setFixedWidth(TOOL_WIDTH)
        button.setObjectName(name)
        button.setCheckable(True)
        button.clicked.connect(lambda on, name=name: self.setActiveEffectByName(name if on else ""))
        return button

    def setEffectColumnCount(self, count: int) -> None:
        self._columns = count

    def activeEffect(self) -> Effect | None:
        return self._active

    def setActiveEffect(self, effect: Effect | None) -> None:
        if self._node is not None:
            self._node.SetActiveEffectName(effect.name if effect is not None else "")

    def setActiveEffectByName(self, name: str) -> None:
        self.setActiveEffect(self.effectByName(name))

    def _nothing(self, *_: Any) -> None:
        """What concerns views only."""

    def setupViewObservations(self) -> None:
        """Hear of what happens in the slice views, and of their being moved."""
        self._observesViews = True
        layout = unwrap(slicer.app.layoutManager())
        for name in layout.sliceViewNames():
            view = layout.sliceWidget(name)
            node, event = view.mrmlSliceNode(), vtk.vtkCommand.ModifiedEvent

            def tell(node: Any = node, event: int = event, view: Any = view) -> None:
                if self._active is not None:
                    self._active.processViewNodeEvents(node, event, view)

            self.observations.move(f"view {name}", node, (event,), tell)

    def removeViewObservations(self) -> None:
        self._observesViews = False
        for name in unwrap(slicer.app.layoutManager()).sliceViewNames():
            self.observations.end(f"view {name}")

    def processEvents(self, interactor: Any, event: int, view: Any) -> bool:
        """Whether the active effect took an event of a view."""
        if not self._observesViews or self._active is None or self._node is None:  # also where it is disabled
            return False
        return self._active.processInteractionEvents(interactor, event, view)

    rotateSliceViewsToSegmentation = jumpSlices = _nothing
    hideLabelLayer = turnOffLightboxes = _nothing
    showSourceVolumeInSliceViewers = setInteractionNode = setEffectCursor = _nothing

    def installKeyboardShortcuts(self, parent: QWidget | None = None) -> None:
        self._keys.install(parent)

    def uninstallKeyboardShortcuts(self) -> None:
        self._keys.uninstall()

    def toggleEffect(self, number: int | None) -> None:
        """The effect of a button, counted as they are shown; no effect for None, or when it is active already."""
        names = list(self._buttons)
        effect = self._effects[names[number]] if number is not None and number < len(names) else None
        if not self._readOnly:
            self.setActiveEffect(None if effect is self._active else effect)

    def toggleLastEffect(self) -> None:
        if not self._readOnly:
            self.setActiveEffect(self._last)

    def _scripted(self) -> list[ScriptedEffect]:
        return [effect for effect in self._effects.values() if isinstance(effect, ScriptedEffect)]

    def _giveNode(self, effect: ScriptedEffect) -> None:
        """Defaults of the effect's parameters, and what tells it of changes."""
        effect.setParameterSetNode(self._node)
        effect.setMRMLDefaults()
        events = (self._node.EffectParameterModified,)
        self.observations.move(effect.name, self._node, events, effect.updateGUIFromMRML)

    def _showEffect(self, usable: bool, selected: bool) -> None:
        self._effectBox.setEnabled(usable)
        active = self._effects.get(self._node.GetActiveEffectName() or "")
        for name, button in self._buttons.items():
            button.setEnabled(selected)
            button.setChecked(active is not None and name == active.name)
        if active is not self._active:
            self._change(active)

    def _change(self, active: Effect | None) -> None:
        """In the order of Slicer: the new effect is asked for its cursor last, and is the active one only then."""
        if self._active is not None:
            self._active.deactivate()
        if active is None:
            self.removeViewObservations()
        else:
            self.setupViewObservations()
            active.activate()
        isScripted = isinstance(active, ScriptedEffect)
        help_ = active.helpText() if isScripted else ""
        self._options.show_("" if active is None else active.title_(), "" if active is None else active.name, help_)
        self._masking.setVisible(active is not None)
        for name in unwrap(slicer.app.layoutManager()).sliceViewNames():
            view = unwrap(slicer.app.layoutManager()).sliceWidget(name)
            cursor = active.createCursor(view) if isScripted else None
            view.sliceView().setCursor(cursor) if cursor is not None else view.sliceView().unsetCursor()
        self._last, self._active = self._active, active
