"""The test host has Slicer's main window: keys that win over the module's, and a dock as wide as the panel needs."""

from __future__ import annotations

from typing import Any

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from slicer_host import SlicerHost  # noqa: E402


def shortcut(tiny: Any, keys: str, pressed: list[str], parent: Any = None) -> Any:
    import qt

    made = qt.QShortcut(qt.QKeySequence(keys), parent or tiny.parent)
    made.connect("activated()", lambda: pressed.append(keys))
    return made


@pytest.mark.parametrize(("letter", "menu"), [("F", "File"), ("E", "Edit"), ("V", "View"), ("H", "Help")])
def test_a_menus_mnemonic_takes_the_key_from_a_shortcut(host: SlicerHost, tiny: Any, letter: str, menu: str) -> None:
    import qt

    pressed: list[str] = []
    shortcut(tiny, f"Alt+{letter}", pressed)
    host.enter()
    assert host.shortcutCollisions() == {f"Alt+{letter}": [f"menu {menu}"]}
    host.pressKey(getattr(qt.Qt, f"Key_{letter}"), qt.Qt.AltModifier)
    assert pressed == []


def test_a_shortcut_that_is_free_fires(host: SlicerHost, tiny: Any) -> None:
    import qt

    pressed: list[str] = []
    shortcut(tiny, "Alt+N", pressed)
    host.enter()
    host.pressKey(qt.Qt.Key_N, qt.Qt.AltModifier)
    assert pressed == ["Alt+N"] and host.shortcutCollisions() == {} and host.openedMenus == []


def test_two_shortcuts_with_the_same_keys_fire_neither(host: SlicerHost, tiny: Any) -> None:
    import qt

    pressed: list[str] = []
    shortcut(tiny, "Ctrl+S", pressed)
    shortcut(tiny, "Alt+M", pressed)
    shortcut(tiny, "Alt+M", pressed, slicer.util.mainWindow())
    host.enter()
    host.pressKey(qt.Qt.Key_S, qt.Qt.ControlModifier)
    host.pressKey(qt.Qt.Key_M, qt.Qt.AltModifier)
    assert pressed == []
    assert set(host.shortcutCollisions()) == {"Ctrl+S", "Alt+M"}
    assert host.shortcutCollisions()["Ctrl+S"] == ["action Save Data"]


def test_alt_left_goes_back_to_the_module_before_once_there_is_one(host: SlicerHost, tiny: Any) -> None:
    import qt

    pressed: list[str] = []
    shortcut(tiny, "Alt+Left", pressed)
    host.enter()
    host.pressKey(qt.Qt.Key_Left, qt.Qt.AltModifier)
    assert pressed == ["Alt+Left"], "nothing to go back to yet"
    host.exit()
    host.enter()
    host.pressKey(qt.Qt.Key_Left, qt.Qt.AltModifier)
    assert pressed == ["Alt+Left"], "ambiguous now"
    assert host.shortcutCollisions() == {"Alt+Left": ["action Previous"]}


def test_a_buttons_mnemonic_is_a_key_of_the_module_too(host: SlicerHost, tiny: Any) -> None:
    tiny.ui.button.text = "&View all"
    assert host.shortcutCollisions() == {"Alt+V": ["menu View"]}
    tiny.ui.button.text = "View all"
    assert host.shortcutCollisions() == {}


def test_the_dock_is_as_wide_as_the_panel_needs(host: SlicerHost, tiny: Any) -> None:
    narrow = host.panelWidth()
    assert narrow - 30 < tiny.parent.width <= narrow, "but for the scroll bar and the frame"
    tiny.ui.button.setMinimumWidth(narrow + 200)
    assert host.panelWidth() >= narrow + 200
