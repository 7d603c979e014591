"""Keep the file lists of RABSegment/CMakeLists.txt: Slicer installs only what they name.

Run `PYTHONPATH=Testing python -m tools.cmake_file_lists` after adding, renaming or removing a file of the engine.
"""

from __future__ import annotations

import re
from pathlib import Path

MODULE_FOLDER = Path(__file__).resolve().parents[2] / "RABSegment"
CMAKE_FILE = MODULE_FOLDER / "CMakeLists.txt"
MODULE_SCRIPT = "RABSegment.py"
SCRIPTS = "MODULE_PYTHON_SCRIPTS"
RESOURCES = "MODULE_PYTHON_RESOURCES"
FOLDERS = ("RABSegmentEffect", "RABSegmentLib", "RABSegmentPanel", "rabengine", "Resources")
# What tools and editors leave behind, and what is being written.
IGNORED_SUFFIXES = {".pyc", ".tmp", ".part", ".orig", ".swp"}


def files_in_tree() -> dict[str, list[str]]:
    """Paths relative to RABSegment/ of the files that Slicer needs, by the name of their list."""
    paths = [
        path.relative_to(MODULE_FOLDER).as_posix()
        for folder in FOLDERS
        for path in (MODULE_FOLDER / folder).rglob("*")
        if path.is_file() and path.suffix not in IGNORED_SUFFIXES and not path.name.startswith(".")
    ]
    paths.append(MODULE_SCRIPT)
    return {
        SCRIPTS: sorted(path for path in paths if path.endswith(".py")),
        RESOURCES: sorted(path for path in paths if not path.endswith(".py")),
    }


def files_listed(name: str, text: str | None = None) -> list[str]:
    """The entries of list `name` in the CMake file."""
    text = CMAKE_FILE.read_text(encoding="utf-8") if text is None else text
    found = re.search(rf"set\({name}\n(.*?)\s*\)", text, flags=re.DOTALL)
    assert found is not None, f"{CMAKE_FILE} has no list {name}"
    return found.group(1).split()


def update() -> None:
    """Write both lists anew from the files that are there."""
    text = CMAKE_FILE.read_text(encoding="utf-8")
    for name, paths in files_in_tree().items():
        entries = "".join(f"  {path}\n" for path in paths)
        text = re.sub(rf"set\({name}\n.*?\n?  \)", f"set({name}\n{entries}  )", text, count=1, flags=re.DOTALL)
    CMAKE_FILE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    update()
