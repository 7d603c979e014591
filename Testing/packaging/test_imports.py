"""Imports: relative inside a folder, absolute between folders; the rooms' arrows lead one way; nothing in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "RABSegment"
PACKAGES = ("rabengine", "RABSegmentLib", "RABSegmentPanel", "RABSegmentEffect", "rabview")

# What no file of a package may import, at its head or in a function. One file of the library asks for Qt where there
# is some: it runs the engine in a process of Qt.
FOREIGN = {
    "rabengine": {"slicer", "vtk", "qt", "ctk", "trame", "trame_slicer", "RABSegmentLib", "RABSegmentPanel", "rabview"},
    "RABSegmentLib": {"qt", "ctk", "trame", "trame_slicer", "RABSegment", "RABSegmentPanel", "rabview"},
    "RABSegmentPanel": {"torch", "trame", "trame_slicer", "RABSegment", "RABSegmentEffect", "rabview"},
    "RABSegmentEffect": {"torch", "trame", "trame_slicer", "RABSegment", "rabview"},
    "rabview": {"torch", "qt", "ctk", "RABSegment", "RABSegmentPanel"},
}
WITH_QT = {"RABSegmentLib.Engine.QProcessTransport"}

# The rooms of the engine from the ground up: each may import what stands above it in this list. "" are the files at
# the engine's root.
ROOMS = (
    "",
    "io",
    "measurement",
    "network",
    "propagation",
    "adaptation",
    "session",
    "pictures",
    "exchange",
    "study",
    "synthetic",
    "training",
    "worker",
    "evaluation",
    "benchmark",
    "demo",
    "cli",
)
# The presets are at the root, for users name them, but they are lists of the session's steps.
ROOM_OF = {"rabengine.presets": "session"}
# The rooms of the library in the same order; "" are the files at its root.
LIBRARY_ROOMS = ("", "Scene", "Engine", "Results", "Session", "Export", "FrontEnd")
# What needs PyTorch runs in a process of its own: no other package imports these rooms.
WITH_TORCH = ("network", "propagation", "adaptation", "session", "training")
# The engine's face and its command line's door: they open every room.
FACES = {"rabengine", "rabengine.__main__"}


def name_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for package in PACKAGES for path in sorted((SOURCE / package).rglob("*.py"))}


@cache
def imports(name: str) -> tuple[tuple[int, str, int], ...]:
    """(level, module or what is taken of a package, line) of each import that runs, in functions too."""
    return tuple(_imports(name, ast.parse(FILES[name].read_text(encoding="utf-8"))))


def _imports(name: str, node: ast.AST) -> Iterator[tuple[int, str, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((0, alias.name, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            module = absolute(name, child.level, child.module or "")
            for alias in child.names:
                part = f"{module}.{alias.name}"
                yield child.level, part if part in FILES else module, child.lineno
        yield from _imports(name, child)


def absolute(name: str, level: int, module: str) -> str:
    """The module that `from ..module import` means in the file of a name."""
    if level == 0:
        return module
    folder = folder_of(name).split(".")
    return ".".join([*folder[: len(folder) - level + 1], *filter(None, [module])])


def folder_of(name: str) -> str:
    """The package in whose folder a module's file lies."""
    return name if FILES[name].name == "__init__.py" else name.rpartition(".")[0]


def place(name: str, line: int) -> str:
    return f"{FILES[name].relative_to(SOURCE)}, line {line}"


def test_imports_are_relative_inside_a_folder_and_absolute_between_folders():
    offenders = []
    for name in FILES:
        for level, target, line in imports(name):
            if target not in FILES:
                continue
            is_neighbour = folder_of(target) == folder_of(name)
            if level > 1 or (level == 1) != is_neighbour:
                offenders.append(f"{place(name, line)}: {target}")
    # The engine's root is a folder whose name is on no file: what opens it names it.
    assert [one for one in offenders if not one.endswith(": rabengine")] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_imports_what_stands_above_it(package):
    offenders = [
        f"{place(name, line)}: {target}"
        for name in FILES
        if name.partition(".")[0] == package and name not in WITH_QT
        for _level, target, line in imports(name)
        if target.partition(".")[0] in FOREIGN[package]
    ]
    assert offenders == []


def room_of(name: str) -> str:
    if name in ROOM_OF:
        return ROOM_OF[name]
    package, _, rest = name.partition(".")
    room = rest.partition(".")[0]
    return room if (SOURCE / package / room).is_dir() else ""


def test_what_needs_torch_is_imported_by_the_engine_alone():
    offenders = [
        f"{place(name, line)}: {target}"
        for name in FILES
        if not name.startswith("rabengine")
        for _level, target, line in imports(name)
        if target.startswith(tuple(f"rabengine.{room}." for room in WITH_TORCH))
    ]
    assert offenders == []


@pytest.mark.parametrize(("package", "rooms"), [("rabengine", ROOMS), ("RABSegmentLib", LIBRARY_ROOMS)])
def test_rooms_import_those_below_them_alone(package, rooms):
    names = [name for name in FILES if name.partition(".")[0] == package and name not in FACES]
    assert {room_of(name) for name in names} == set(rooms)
    offenders = [
        f"{place(name, line)}: {target}"
        for name in names
        for _level, target, line in imports(name)
        if target in FILES and target.startswith(f"{package}.")
        if rooms.index(room_of(target)) > rooms.index(room_of(name))
    ]
    assert offenders == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_import_each_other_in_a_circle(package):
    names = [name for name in FILES if name.partition(".")[0] == package and name not in FACES]
    graph = {name: {target for _, target, _ in imports(name) if target in names} - {name} for name in names}
    while free := [name for name, targets in graph.items() if not targets]:
        graph = {name: targets.difference(free) for name, targets in graph.items() if name not in free}
    assert sorted(graph) == []
