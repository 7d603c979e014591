"""What gets installed, in Slicer and by pip, and the facts that stand in more than one file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import cmake_file_lists
import rabengine

REPOSITORY = Path(__file__).resolve().parents[1]
TEXT_SUFFIXES = {".py", ".md", ".txt", ".toml", ".json", ".s4ext", ".csv", ""}
# Top-level folders that are no part of the repository: what tools leave and what the commands write.
OTHERS = {
    ".git",
    ".venv",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "build",
    "dist",
    "runs",
    "demo",
    "benchmark",
    "package",
}
CATALOGUE_KEYS = {
    "$schema",
    "build_dependencies",
    "build_subdirectory",
    "category",
    "enabled",
    "scm_revision",
    "scm_type",
    "scm_url",
    "tier",
}


def cmake_variable(name: str) -> str:
    text = (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(rf'^set\({name} "([^"]*)"\)', text, flags=re.MULTILINE)
    assert found is not None, f"CMakeLists.txt does not set {name}"
    return found.group(1)


def s4ext() -> dict[str, str]:
    lines = (REPOSITORY / "RABSegment.s4ext").read_text(encoding="utf-8").splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#"))


@pytest.mark.parametrize("name", [cmake_file_lists.SCRIPTS, cmake_file_lists.RESOURCES])
def test_slicer_installs_every_file(name):
    expected = cmake_file_lists.files_in_tree()[name]
    assert cmake_file_lists.files_listed(name) == expected, "run: python Testing/cmake_file_lists.py"


def test_catalogue_entries_and_cmake_agree():
    old = s4ext()
    new = json.loads((REPOSITORY / "RABSegment.json").read_text(encoding="utf-8"))
    assert set(new) <= CATALOGUE_KEYS
    assert {"$schema", "category", "scm_url"} <= set(new)
    assert (old["scmurl"], old["scmrevision"]) == (new["scm_url"], new["scm_revision"])
    assert old["category"] == new["category"] == cmake_variable("EXTENSION_CATEGORY")
    assert old["build_subdirectory"] == new["build_subdirectory"]
    assert [name for name in old["depends"].split() if name != "NA"] == new["build_dependencies"]
    for key in ("homepage", "contributors", "iconurl", "description", "screenshoturls"):
        assert old[key] == cmake_variable(f"EXTENSION_{key.upper()}"), key
    project = re.search(r"^project\((\w+)\)", (REPOSITORY / "CMakeLists.txt").read_text(), flags=re.MULTILINE)
    assert project is not None
    assert project.group(1) == "RABSegment"


def test_one_version():
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{rabengine.__version__}"' in text


def test_licence_is_apache():
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text


def test_icon_is_128_pixels_square():
    header = (REPOSITORY / "Resources" / "RABSegment.png").read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert [int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")] == [128, 128]


def test_text_files_have_unix_line_ends():
    offenders = [
        path
        for path in REPOSITORY.rglob("*")
        if path.is_file()
        and path.suffix in TEXT_SUFFIXES
        and path.relative_to(REPOSITORY).parts[0] not in OTHERS
        and b"\r" in path.read_bytes()
    ]
    assert offenders == []
