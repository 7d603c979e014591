"""What CMakeLists.txt, RABSegment.json and RABSegment.s4ext say of the extension, read as Slicer's index reads them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "RABSegment"
HOMEPAGE = "https://github.com/RABSegment/SlicerRABSegment"
RAW_ADDRESS = "https://raw.githubusercontent.com/RABSegment/SlicerRABSegment/main/"


def cmake_text() -> str:
    """The top CMakeLists.txt."""
    return (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")


def cmake_variable(name: str) -> str:
    """The value of `set(name "value")`, quoted and on one line: the index's script finds no other form."""
    found = re.search(rf'^set\({name} "([^"]+)"\)', cmake_text(), flags=re.MULTILINE)
    assert found is not None, f"CMakeLists.txt does not set {name}"
    return found.group(1)


def cmake_project() -> str:
    """The name in `project(...)`."""
    found = re.search(r"project\s*\(\s*([^\s)]+)", cmake_text(), flags=re.IGNORECASE)
    assert found is not None
    return found.group(1)


def catalogue_entry() -> dict[str, Any]:
    """RABSegment.json, the entry in the index."""
    return json.loads((REPOSITORY / f"{NAME}.json").read_text(encoding="utf-8"))


def s4ext() -> dict[str, str]:
    """RABSegment.s4ext, the older form of the entry."""
    lines = (REPOSITORY / f"{NAME}.s4ext").read_text(encoding="utf-8").splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#"))


def picture_addresses() -> list[str]:
    """Addresses of the icon and the screenshots."""
    return [cmake_variable("EXTENSION_ICONURL"), *cmake_variable("EXTENSION_SCREENSHOTURLS").split()]


def repository_files() -> list[Path]:
    """Every file that is or can be committed.

    Raises:
        OSError, subprocess.CalledProcessError: this is no Git repository, or there is no Git.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True).stdout.decode().split("\0")
    return [REPOSITORY / name for name in sorted(set(listed)) if name and (REPOSITORY / name).is_file()]
