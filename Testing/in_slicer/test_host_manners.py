"""The test host has the manners of PythonQt and of Slicer's module loading that let a dead panel look alive."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from helpers.host_module import MODULE, UI, addVolume, writeModule  # noqa: E402
from slicer_host import SlicerHost  # noqa: E402


@pytest.mark.parametrize(
    ("empty", "full"),
    [
        ("qt.QVBoxLayout()", None),
        ("qt.QFormLayout()", None),
        ("qt.QMenu()", None),
        ("qt.QColor()", "qt.QColor(0, 0, 0)"),
        ("qt.QIcon()", None),
        ("qt.QKeySequence('')", "qt.QKeySequence('Alt+N')"),
        ("qt.QPoint(0, 0)", "qt.QPoint(0, 1)"),
        ("qt.QSize(0, 5)", "qt.QSize(5, 5)"),
        ("qt.QUrl()", "qt.QUrl('file:///x')"),
        ("qt.QTextDocument()", "qt.QTextDocument('x')"),
        (None, "qt.QListWidget()"),
        (None, "qt.QComboBox()"),
        (None, "qt.QTableWidget(0, 0)"),
        (None, "qt.QButtonGroup()"),
        (None, "ctk.ctkFlowLayout()"),
        (None, "slicer.qMRMLNodeComboBox()"),
    ],
)
def test_pythonqt_calls_empty_and_invalid_objects_false(host: SlicerHost, empty: str | None, full: str | None) -> None:
    import ctk
    import qt

    names = {"qt": qt, "ctk": ctk, "slicer": slicer}
    assert empty is None or not eval(empty, names)
    assert full is None or eval(full, names)


def test_an_object_that_was_deleted_is_false(host: SlicerHost) -> None:
    import qt

    button = qt.QPushButton()
    assert button
    button.deleteLater()
    host.processEvents()
    assert not button


def test_an_empty_layout_never_reaches_the_variables_of_a_panel(host: SlicerHost) -> None:
    import qt

    panel = qt.QWidget()
    outer = qt.QVBoxLayout(panel)
    outer.setObjectName("outer")
    inner, menu = qt.QHBoxLayout(), qt.QMenu(panel)
    inner.setObjectName("inner")
    menu.setObjectName("menu")
    outer.addLayout(inner)
    assert not vars(slicer.util.childWidgetVariables(panel)), "a layout of empty layouts is empty too"
    label = qt.QLabel("x")
    inner.addWidget(label)
    menu.addAction("y")
    assert {"outer", "inner", "menu"} <= set(vars(slicer.util.childWidgetVariables(panel)))
    label.hide()
    assert set(vars(slicer.util.childWidgetVariables(panel))) == {"menu"}, "so is one whose widgets are hidden"


@pytest.mark.parametrize("method", ["setup", "enter", "exit", "cleanup"])
def test_slicer_goes_on_after_an_exception_and_the_test_fails(tmp_path: Path, method: str) -> None:
    module = writeModule(tmp_path)
    broken = MODULE.replace(f"    def {method}(self):\n", f"    def {method}(self):\n        self.no_such_thing\n")
    assert broken != MODULE
    module.write_text(broken)
    with pytest.raises(AssertionError, match="no_such_thing"), SlicerHost() as host:
        host.loadModule(module)
        host.enter()
        host.exit()


def test_an_expected_exception_is_none_to_fail_for_and_must_come(tmp_path: Path) -> None:
    with SlicerHost() as host:
        host.expectError("ZeroDivisionError")
        node = addVolume("observed")
        node.AddObserver("ModifiedEvent", lambda *_: 1 / 0)
        node.Modified()
        assert "ZeroDivisionError" in host.printedErrors[0]
    with pytest.raises(AssertionError, match="not printed: KeyError"), SlicerHost() as host:
        host.expectError("KeyError")


def test_reload_makes_the_panel_again_and_does_not_enter_it(host: SlicerHost, tiny: Any, tmp_path: Path) -> None:
    helper = tmp_path / "TinyHelper.py"
    helper.write_text("ANSWER = 1")
    sys.path.insert(0, str(tmp_path))
    try:
        import TinyHelper

        host.enter()
        helper.write_text("ANSWER = 22")
        before = tiny.ui.button
        again = host.reload()
        assert tiny.log == ["enter", "cleanup"] and again.log == [] and again is not tiny
        assert sys.modules["TinyHelper"] is TinyHelper and TinyHelper.ANSWER == 1, "a library stays as it was loaded"
        assert before and not before.visible, "the old widgets are hidden, not deleted"
        assert again.ui.button.visible and host.widget.property("isEntered")
        host.click("button")
        assert again.log == ["clicked"], "the host finds the new one"
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("TinyHelper", None)


def test_a_panel_that_cannot_be_made_again_leaves_the_one_before(host: SlicerHost, tiny: Any, tmp_path: Path) -> None:
    (tmp_path / "Tiny.py").write_text(
        MODULE.replace("        ScriptedLoadableModuleWidget.__init__", "        missing")
    )
    host.expectError("NameError: name 'missing'")
    assert host.reload() is tiny and slicer.modules.TinyWidget is tiny


def test_the_panel_gets_its_scene_after_setup(host: SlicerHost, tmp_path: Path) -> None:
    module = writeModule(tmp_path)
    watch = "        self.parent.connect('mrmlSceneChanged(vtkMRMLScene*)', lambda scene: self.log.append(scene))\n"
    setup = "        ScriptedLoadableModuleWidget.setup(self)\n"
    module.write_text(MODULE.replace(setup, setup + watch))
    widget = host.loadModule(module)
    assert widget.log == [slicer.mrmlScene]
    assert widget.parent.name == "TinyModuleWidget"


def test_a_panel_of_another_module_is_out_of_the_window(host: SlicerHost, tiny: Any) -> None:
    host.enter()
    assert tiny.ui.button.visible and tiny.parent.window().name == "qSlicerMainWindow"
    host.exit()
    assert not tiny.ui.button.visible and tiny.parent.parent() is None
    host.enter()
    assert tiny.ui.button.visible
    assert UI.count("qMRMLSegmentEditorWidget") == 1 and host.find("editor").isVisible()
