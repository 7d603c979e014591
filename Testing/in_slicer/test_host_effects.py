"""The host does with effects of a module what Slicer's sources say: see Testing/slicer_host/README.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from helpers.host_module import addVolume  # noqa: E402
from slicer_host.view_events import ViewMouse  # noqa: E402

EFFECT = """
import qt
import slicer
from SegmentEditorEffects import AbstractScriptedSegmentEditorEffect


class SegmentEditorEffect(AbstractScriptedSegmentEditorEffect):
    def __init__(self, scriptedEffect):
        scriptedEffect.name = "Stamp"
        AbstractScriptedSegmentEditorEffect.__init__(self, scriptedEffect)
        self.told = []

    def clone(self):
        import qSlicerSegmentationsEditorEffectsPythonQt as effects

        made = effects.qSlicerSegmentEditorScriptedEffect(None)
        made.setPythonSource(__file__)
        return made

    def setMRMLDefaults(self):
        self.told.append("defaults")
        self.scriptedEffect.setParameterDefault("Size", 3)

    def setupOptionsFrame(self):
        self.told.append("options")
        self.label = qt.QLabel("Stamps")
        self.scriptedEffect.addOptionsWidget(self.label)

    def updateGUIFromMRML(self):
        self.told.append(f"size {self.scriptedEffect.integerParameter('Size')}")

    def activate(self):
        self.told.append("activate")

    def deactivate(self):
        self.told.append("deactivate")

    def processInteractionEvents(self, interactor, eventId, viewWidget):
        self.told.append(viewWidget.className())
        if interactor.GetShiftKey():
            raise ValueError("no stamps with Shift")
        return 1 if interactor.GetControlKey() else True
"""


@pytest.fixture
def editor(host, tiny, tmp_path: Path) -> Any:
    """An editor that knows the effect; what tests register is gone with the host."""
    folder = tmp_path / "StampLib"
    folder.mkdir()
    (folder / "SegmentEditorEffect.py").write_text(EFFECT, encoding="utf-8")
    (folder / "__init__.py").write_text("", encoding="utf-8")
    import qSlicerSegmentationsEditorEffectsPythonQt as effects

    effect = effects.qSlicerSegmentEditorScriptedEffect(None)
    assert effect.setPythonSource(str(folder / "SegmentEditorEffect.py"))
    effect.self().register()
    made = slicer.qMRMLSegmentEditorWidget()
    made.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    made.setMRMLScene(slicer.mrmlScene)
    volume = addVolume("Volume")
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    node.GetSegmentation().AddEmptySegment("a", "a")
    made.setSegmentationNode(node)
    made.setSourceVolumeNode(volume)
    made.setCurrentSegmentID("a")
    yield made
    made.setActiveEffect(None)
    sys.modules.pop("StampLib", None)


def told(editor: Any) -> list[str]:
    return editor.effectByName("Stamp").self().told


def test_the_file_takes_the_place_of_the_package_whose_folder_it_is_in(editor):
    assert not hasattr(sys.modules["StampLib"], "__path__")
    assert slicer.StampLib is not None


def test_each_editor_has_a_clone_and_one_name_is_registered_once(editor):
    [registered] = [
        effect
        for effect in slicer.qSlicerSegmentEditorEffectFactory.instance().registeredEffects()
        if effect.name == "Stamp"
    ]
    assert registered.self() is not editor.effectByName("Stamp").self()
    assert not slicer.qSlicerSegmentEditorEffectFactory.instance().registerEffect(registered)


def test_the_object_hears_in_slicers_order(editor, host):
    assert told(editor) == ["options", "defaults"], "it was made before the editor had a parameter node"
    editor.setActiveEffectByName("Stamp")
    host.processEvents()
    assert told(editor)[2:] == ["size 3", "activate"]
    editor.effectByName("Stamp").setParameter("Size", 5)
    assert told(editor)[4:] == ["size 5"]
    editor.setSegmentationNode(None)
    assert told(editor)[5:] == ["deactivate"]


def test_views_tell_the_active_effect_alone_and_hear_whether_it_took_the_event(editor, host):
    mouse = ViewMouse(editor)
    assert mouse.press((1, 1)) is False
    editor.setActiveEffectByName("Stamp")
    host.processEvents()
    assert mouse.press((1, 1)) is True and told(editor)[-1] == "qMRMLSliceWidget"
    editor.removeViewObservations()
    assert mouse.press((1, 1)) is False


def test_what_is_no_bool_and_what_is_raised_is_printed(editor, host):
    editor.setActiveEffectByName("Stamp")
    mouse = ViewMouse(editor)
    host.expectError("expected to return a boolean")
    host.expectError("no stamps with Shift")
    assert mouse.press((1, 1), control=True) is False
    assert mouse.press((1, 1), shift=True) is False


def test_a_parameter_that_is_not_there_is_printed(editor, host):
    host.expectError("Parameter named Colour cannot be found")
    assert editor.effectByName("Stamp").parameter("Colour") == ""
