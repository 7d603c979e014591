"""The test host behaves as Slicer does: PythonQt's manners, strict names, real MRML behind the widgets."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from helpers.host_module import UI, addCine, addVolume, pixels, writeModule  # noqa: E402
from slicer_host import SlicerHost  # noqa: E402


def test_properties_are_attributes_and_methods_are_methods(host: SlicerHost) -> None:
    import qt

    button = qt.QPushButton("Go")
    button.enabled = False
    button.checkable = True
    assert (button.text, button.enabled, button.isEnabled(), button.name) == ("Go", False, False, "")
    with pytest.raises(TypeError, match="not callable"):
        button.text()
    table = qt.QTableWidget(2, 3)
    item = qt.QTableWidgetItem("a")
    item.setFlags(item.flags() & ~qt.Qt.ItemIsEditable)
    item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
    table.setItem(1, 2, item)
    table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.Stretch)
    assert (table.rowCount, table.columnCount, table.item(1, 2).text()) == (2, 3, "a")
    assert table.item(1, 2) is item and table.item(0, 0) is None and not item.flags() & qt.Qt.ItemIsEditable
    assert not isinstance(button, qt.QWidget), "PythonQt's classes are not subclasses of each other"
    button.text, button.enabled = 5, "yes"
    assert (button.text, button.enabled) == ("5", True), "PythonQt converts"
    assert host.violations == []


def test_slots_get_as_many_arguments_as_they_declare(host: SlicerHost) -> None:
    import qt

    seen: list[Any] = []
    box = qt.QCheckBox()

    def none() -> None:
        seen.append("none")

    box.connect("toggled(bool)", none)
    box.connect("toggled(bool)", lambda on: seen.append(on))
    box.toggled.connect(none)
    box.checked = True
    assert sorted(seen, key=str) == [True, "none", "none"]
    assert box.disconnect("toggled(bool)", none) and not box.disconnect("stateChanged(int)", none)
    seen.clear()
    box.toggled.disconnect(none)
    box.click()
    assert seen == [False]


def test_what_a_slot_raises_is_noted_and_the_program_goes_on(host: SlicerHost) -> None:
    import qt

    button = qt.QPushButton()
    button.connect("clicked()", lambda: 1 / 0)
    host.expectError("ZeroDivisionError")
    button.click()
    assert len(host.errors) == 1 and "ZeroDivisionError" in host.errors[0]


def test_what_an_observer_raises_is_noted(host: SlicerHost) -> None:
    def fail(caller: Any, event: str) -> None:
        raise ValueError("observer")

    host.expectError("ValueError: observer")
    node = addVolume("observed")
    node.AddObserver("ModifiedEvent", fail)
    node.Modified()
    assert len(host.errors) == 1 and "ValueError: observer" in host.errors[0]


def test_a_process_of_slicers_python_talks_to_slots(host: SlicerHost) -> None:
    import shutil

    import qt

    said: list[bytes] = []
    process = qt.QProcess()
    process.connect("readyReadStandardOutput()", lambda: said.append(process.readAllStandardOutput().data()))
    process.connect("finished(int,QProcess::ExitStatus)", lambda code, status: said.append(b"end %d" % code))
    process.start(shutil.which("PythonSlicer"), ["-c", "print(input()[::-1])"])
    process.write(b"abc\n")
    host.waitUntil(lambda: process.state() == qt.QProcess.NotRunning)
    assert b"".join(said).split() == [b"cba", b"end", b"0"] and process.exitCode() == 0 and host.errors == []


def test_a_key_triggers_a_shortcut(host: SlicerHost, tiny: Any) -> None:
    import qt

    pressed: list[str] = []
    shortcut = qt.QShortcut(qt.QKeySequence("Ctrl+Right"), tiny.parent)
    shortcut.connect("activated()", lambda: pressed.append("next"))
    host.pressKey(qt.Qt.Key_Right, qt.Qt.ControlModifier)
    assert pressed == ["next"] and host.violations == []


@pytest.mark.parametrize(
    "touch",
    [
        "ctk.ctkCollapsibleButton().collapse()",
        "setattr(ctk.ctkCollapsibleButton(), 'closed', True)",
        "ctk.ctkCollapsibleButton().connect('collapsedChanged(bool)', print)",
        "slicer.qMRMLNodeComboBox().connect('currentNodeChanged(int)', print)",
        "slicer.qMRMLNodeComboBox().nodes()",
        "slicer.qMRMLSegmentEditorWidget().logic",
        "slicer.qMRMLNoSuchWidget()",
        "ctk.ctkNoSuchWidget()",
        "qt.QPushButton().setColour('red')",
        "qt.QPushButton().connect('pushed()', print)",
        "setattr(qt.QSpinBox(), 'value', 'many')",
        "setattr(qt.QPushButton(), 'icon', None)",
        "slicer.app.noSuchThing()",
    ],
)
def test_a_name_that_slicer_does_not_have_is_refused_and_noted(host: SlicerHost, touch: str) -> None:
    import ctk
    import qt

    with pytest.raises(AttributeError):
        eval(touch, {"ctk": ctk, "qt": qt, "slicer": slicer})
    assert len(host.violations) == 1 and "test_slicer_host.py" not in host.violations[0]


def test_swallowed_refusals_are_still_noted(host: SlicerHost) -> None:
    import ctk

    assert not hasattr(ctk.ctkCollapsibleButton(), "collapse")
    assert len(host.violations) == 1


@pytest.mark.parametrize("change", [("ctkCollapsibleButton", "ctkNoSuchButton"), ('name="noneEnabled"', 'name="none"')])
def test_an_ui_file_with_unknown_names_is_refused(host: SlicerHost, tmp_path: Path, change: tuple[str, str]) -> None:
    (tmp_path / "bad.ui").write_text(UI.replace(*change))
    with pytest.raises(AttributeError):
        slicer.util.loadUI(str(tmp_path / "bad.ui"))


@pytest.mark.filterwarnings("ignore:.*QMouseEvent.pos:DeprecationWarning")  # It is what Qt 5 has.
def test_a_subclass_of_a_qt_class_paints_and_gets_events(host: SlicerHost, tmp_path: Path) -> None:
    import qt

    class Bar(qt.QWidget):
        def __init__(self, parent: Any = None) -> None:
            super().__init__(parent)
            self.clicked: list[int] = []

        def paintEvent(self, event: Any) -> None:
            painter = qt.QPainter(self)
            painter.fillRect(self.rect, qt.QColor(255, 0, 0))
            painter.end()

        def mousePressEvent(self, event: Any) -> None:
            assert event.button() == qt.Qt.LeftButton
            self.clicked.append(event.pos().x())

        def sizeHint(self) -> Any:
            return qt.QSize(60, 20)

    bar = Bar()
    picture = host.screenshot(bar, tmp_path / "bar.png", width=60)
    assert picture.pixelColor(5, 5).red() == 255 and picture.height() == 20
    host.click(bar, (7, 3))
    assert bar.clicked == [7] and host.errors == [] and host.violations == []


def test_a_collapsed_section_hides_its_contents(host: SlicerHost, tiny: Any) -> None:
    section = tiny.ui.section
    seen: list[bool] = []
    section.connect("contentsCollapsed(bool)", seen.append)
    host.click(section, (20, 5))
    assert section.collapsed and not tiny.ui.button.visible
    with pytest.raises(AssertionError, match="hidden"):
        host.click(tiny.ui.button)
    section.collapsed = False
    assert tiny.ui.button.visible and seen == [True, False]


def test_a_module_is_loaded_as_slicer_loads_it(host: SlicerHost, tiny: Any) -> None:
    assert slicer.modules.tiny.title == "Tiny" and slicer.modules.TinyWidget is tiny
    assert slicer.util.getModuleWidget("Tiny") is tiny and slicer.util.getModuleLogic("Tiny") is tiny.logic
    assert slicer.modules.TinyInstance.moduleName == "Tiny" and Path(slicer.util.modulePath("Tiny")).name == "Tiny.py"
    assert [source["sampleName"] for source in host.sampleData] == ["TinyCine"]
    host.enter()
    slicer.util.selectModule("Data")
    assert tiny.log == ["enter", "exit"]
    again = host.reload()
    assert tiny.log[-1] == "cleanup" and again is not tiny and again is slicer.modules.TinyWidget
    assert host.violations == [] and host.errors == []


def test_widgets_and_parameters_follow_each_other(host: SlicerHost, tiny: Any) -> None:
    volume = addVolume("volume")
    tiny.ui.volume.setCurrentNode(volume)
    tiny.ui.count.value = 7
    tiny.ui.speed.setCurrentIndex(0)
    host.click(tiny.ui.active)
    parameters = tiny.parameters
    assert parameters.volume is volume and parameters.count == 7
    assert parameters.speed.name == "SLOW" and parameters.active is False
    parameters.preset = "paper"
    assert tiny.ui.box.currentText == "paper"
    with pytest.raises(ValueError, match="range"):
        parameters.count = 10
    with pytest.raises(TypeError):
        parameters.active = 1
    assert parameters.browser is None and host.errors == []


def test_parameters_survive_save_close_and_open(host: SlicerHost, tiny: Any, tmp_path: Path) -> None:
    tiny.ui.volume.setCurrentNode(addVolume("kept"))
    tiny.ui.count.value = 5
    host.click(tiny.ui.button)
    tiny.parameters.browser = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "kept browser")
    host.saveScene(tmp_path / "scene.mrb")
    host.closeScene()
    assert tiny.log == ["clicked", "closing", "closed"]
    assert tiny.parameters.count == 3 and tiny.ui.count.value == 3 and list(tiny.parameters.names) == []
    host.openScene(tmp_path / "scene.mrb")
    assert tiny.ui.count.value == 5 and tiny.ui.volume.currentNode().GetName() == "kept"
    assert tiny.parameters.browser.GetName() == "kept browser"
    assert list(tiny.parameters.names) == ["balanced"] and tiny.parameters.speed.name == "FAST"
    assert host.violations == [] and host.errors == []


def test_dialogs_never_wait_and_are_answered(host: SlicerHost, tiny: Any) -> None:
    import qt

    tiny.ui.count.value = 9
    host.expectError("ValueError: nine")
    host.click(tiny.ui.button)
    assert [dialog.text for dialog in host.dialogs] == ["It failed.\n\nnine"] and "nine" in host.errors[0]
    assert slicer.util.confirmYesNoDisplay("Sure?") is False, "nobody answered"
    host.answers += [qt.QMessageBox.Yes, "/some/file"]
    assert slicer.util.confirmYesNoDisplay("Sure?") is True
    assert qt.QFileDialog.getSaveFileName(None, "Where to?") == "/some/file"
    assert host.dialogs[-1].title == "Where to?"


def test_seeking_moves_the_proxies(host: SlicerHost, tiny: Any) -> None:
    browser, cine, _ = addCine(4)
    tiny.ui.play.setMRMLSequenceBrowserNode(browser)
    tiny.ui.seek.setMRMLSequenceBrowserNode(browser)

    def shown() -> float:
        return browser.GetProxyNode(cine).GetImageData().GetScalarComponentAsDouble(0, 0, 0, 0)

    assert shown() == 0
    tiny.ui.seek.slider().value = 2
    host.processEvents(50)
    assert browser.GetSelectedItemNumber() == 2 and shown() == 2
    host.click("pushButton_VcrNext")
    host.processEvents(50)
    assert tiny.ui.seek.slider().value == 3 and shown() == 3


def test_painting_edits_the_current_frame(host: SlicerHost, tiny: Any) -> None:
    browser, cine, marks = addCine(3)
    proxy, editor = browser.GetProxyNode(marks), tiny.ui.editor
    editor.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    editor.setEffectNameOrder(["Paint", "Erase"])
    editor.unorderedEffectsVisible = False
    editor.setSegmentationNode(proxy)
    editor.setSourceVolumeNode(browser.GetProxyNode(cine))
    mask = np.zeros((12, 16), bool)
    mask[2:6, 3:8] = True
    with pytest.raises(RuntimeError, match="active effect"):
        host.paint(editor, mask)
    host.click("Paint")
    editor.activeEffect().setParameter("BrushRelativeDiameter", 5)
    assert editor.mrmlSegmentEditorNode().GetAttribute("Paint.BrushRelativeDiameter") == "5"
    assert editor.activeEffect().name == "Paint" and editor.currentSegmentID() == "one"
    browser.SetSelectedItemNumber(1)
    host.processEvents(50)
    host.paint(editor, mask)
    erased = np.zeros_like(mask)
    erased[2] = True
    host.erase(editor, erased)
    counts = [pixels(marks.GetNthDataNode(frame), "one") for frame in range(3)]
    assert counts == [0, 15, 0]
    host.click("UndoButton")
    assert pixels(marks.GetNthDataNode(1), "one") == 20
    host.click("AddSegmentButton")
    assert marks.GetNthDataNode(1).GetSegmentation().GetNumberOfSegments() == 2 and host.errors == []


def test_slice_views_show_a_volume(host: SlicerHost) -> None:
    volume = addVolume("shown")
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    red = slicer.app.layoutManager().sliceWidget("Red")
    assert red.sliceLogic().GetBackgroundLayer().GetVolumeNode() is volume
    assert red.mrmlSliceCompositeNode().GetBackgroundVolumeID() == volume.GetID()


def test_uninstall_leaves_slicer_as_it_was(tmp_path: Path) -> None:
    names = {name for name in sys.modules if name in ("qt", "ctk", "SampleData", "slicer.i18n", "slicer.modules")}
    before, path, utilities = dict(vars(slicer)), list(sys.path), dict(vars(slicer.util))
    hook, program = sys.excepthook, os.environ["PATH"]
    module = writeModule(tmp_path)
    for _ in range(2):
        with SlicerHost() as host:
            widget = host.loadModule(module)
            assert slicer.app.mrmlScene() is slicer.mrmlScene
        assert widget.log == ["cleanup"]
    assert dict(vars(slicer)) == before and dict(vars(slicer.util)) == utilities and sys.path == path
    assert not names & set(sys.modules) and "Tiny" not in sys.modules
    assert (sys.excepthook, os.environ["PATH"]) == (hook, program)
