"""What gets installed, in Slicer and by pip; what Slicer's index asks is in test_extensions_index.py."""

from __future__ import annotations

from pathlib import Path

import pytest

import rabengine
from tools import cmake_file_lists, package_extension

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", [cmake_file_lists.SCRIPTS, cmake_file_lists.RESOURCES])
def test_slicer_installs_every_file(name):
    expected = cmake_file_lists.files_in_tree()[name]
    assert cmake_file_lists.files_listed(name) == expected, "run: PYTHONPATH=Testing python -m tools.cmake_file_lists"


def test_one_version():
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{rabengine.__version__}"' in text


def test_icon_is_128_pixels_square():
    header = (REPOSITORY / "Resources" / "RABSegment.png").read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert [int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")] == [128, 128]


def test_the_package_for_slicer_holds_what_cmake_lists_and_nothing_else(tmp_path):
    modules = package_extension.package(tmp_path, "5.12")
    lists = (cmake_file_lists.SCRIPTS, cmake_file_lists.RESOURCES)
    expected = {file for name in lists for file in cmake_file_lists.files_listed(name)}
    assert {path.relative_to(modules).as_posix() for path in modules.rglob("*") if path.is_file()} == expected
    share = tmp_path / "RABSegment" / "share" / "Slicer-5.12"
    found = {path.relative_to(share).as_posix() for path in share.rglob("*") if path.is_file()}
    assert found == {"RABSegment.s4ext", "RABSegment/LICENSE", "RABSegment/NOTICE"}
