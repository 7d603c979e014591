"""What Slicer's Extensions Index checks of an extension, as far as it can be checked without a network.

The rules are those of its check_description_files.py, its pull-request template and its questions to a reviewer (2026).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from helpers import extension_description as extension

SCHEMA = (
    "https://raw.githubusercontent.com/Slicer/Slicer/main/Schemas/slicer-extension-catalog-entry-schema-v1.0.2.json#"
)
REQUIRED_KEYS = {"$schema", "category", "scm_url"}
KEYS = {
    "$schema": str,
    "build_dependencies": list,
    "build_subdirectory": str,
    "category": str,
    "dicom_support_rule": str,
    "enabled": bool,
    "scm_revision": str,
    "scm_type": str,
    "scm_url": str,
    "tier": int,
}
LARGEST_CLONE = 100 * 2**20
LARGEST_PICTURE = 200_000

needs_git = pytest.mark.skipif(
    shutil.which("git") is None or not (extension.REPOSITORY / ".git").exists(), reason="this is no Git repository"
)


def test_the_entry_keeps_to_the_schema():
    entry = extension.catalogue_entry()
    assert entry["$schema"] == SCHEMA
    assert set(entry) >= REQUIRED_KEYS
    assert {key: type(value) for key, value in entry.items()} == {key: KEYS.get(key) for key in entry}
    assert 1 <= entry["tier"] <= 5
    assert all(isinstance(name, str) for name in entry["build_dependencies"])


def test_the_entry_is_formatted_as_the_index_formats_it():
    text = (extension.REPOSITORY / "RABSegment.json").read_bytes()
    assert text.decode() == json.dumps(extension.catalogue_entry(), indent=2, sort_keys=True) + "\n"


def test_the_repository_is_named_after_slicer_and_the_extension_is_not():
    address = urlsplit(extension.catalogue_entry()["scm_url"])
    assert (address.scheme, address.netloc) == ("https", "github.com")
    assert Path(address.path).stem == f"Slicer{extension.NAME}"
    assert extension.cmake_project() == extension.NAME
    assert not extension.NAME.lower().startswith("slicer")


def test_catalogue_entries_and_cmake_agree():
    old, new = extension.s4ext(), extension.catalogue_entry()
    assert (old["scmurl"], old["scmrevision"]) == (new["scm_url"], new["scm_revision"])
    assert old["category"] == new["category"] == extension.cmake_variable("EXTENSION_CATEGORY")
    assert old["build_subdirectory"] == new["build_subdirectory"]
    assert old["depends"].split() == new["build_dependencies"] == extension.cmake_variable("EXTENSION_DEPENDS").split()
    assert (old["tier"], old["enabled"]) == (str(new["tier"]), "1")
    assert new["scm_url"] == extension.HOMEPAGE + ".git"
    for key in ("homepage", "contributors", "iconurl", "description", "screenshoturls"):
        assert old[key] == extension.cmake_variable(f"EXTENSION_{key.upper()}"), key


def test_the_icon_and_three_screenshots_are_in_the_repository_where_their_addresses_say():
    icon, *screenshots = extension.picture_addresses()
    assert len(screenshots) >= 3
    for address in (icon, *screenshots):
        assert address.startswith(extension.RAW_ADDRESS)
        picture = extension.REPOSITORY / address.removeprefix(extension.RAW_ADDRESS)
        assert picture.read_bytes().startswith(b"\x89PNG"), address
        assert picture.stat().st_size < LARGEST_PICTURE, address


@needs_git
def test_every_address_of_ours_names_the_repository_and_what_is_in_it():
    text = {path: path.read_bytes() for path in extension.repository_files()}
    found = {
        (path.name, address.decode())
        for path, content in text.items()
        if b"\0" not in content
        for address in re.findall(rb"https://(?:raw\.githubusercontent|github)\.com/RABSegment/[\w./#-]+", content)
    }
    assert len(found) > 5
    for name, address in found:
        assert address.startswith((extension.HOMEPAGE, extension.RAW_ADDRESS)), f"{name}: {address}"
        rest = address.removeprefix(extension.RAW_ADDRESS)
        assert rest == address or rest == "" or (extension.REPOSITORY / rest).exists(), f"{name}: {address}"


def configured(folder: Path, slicer: str) -> subprocess.CompletedProcess:
    """Configure the extension's CMake with a Slicer of that version of which only the files it includes are there."""
    files = {
        "SlicerConfig.cmake": 'set(Slicer_USE_FILE "${CMAKE_CURRENT_LIST_DIR}/use.cmake")\n'
        'set(Slicer_EXTENSION_GENERATE_CONFIG "${CMAKE_CURRENT_LIST_DIR}/nothing.cmake")\n'
        'set(Slicer_EXTENSION_CPACK "${CMAKE_CURRENT_LIST_DIR}/tell.cmake")\n'
        f'set(Slicer_INSTALL_ROOT "./")\nset(Slicer_SHARE_DIR "share/Slicer-{slicer}")\n',
        # As Slicer's own file has it.
        "SlicerConfigVersion.cmake": f'set(PACKAGE_VERSION "{slicer}")\n'
        "if(PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)\n  set(PACKAGE_VERSION_COMPATIBLE FALSE)\n"
        "else()\n  set(PACKAGE_VERSION_COMPATIBLE TRUE)\nendif()\n",
        "use.cmake": "macro(slicerMacroBuildScriptedModule)\n  add_custom_target(scripts ALL)\nendmacro()\n",
        "nothing.cmake": "",
        "tell.cmake": "foreach(name DESCRIPTION KEYWORDS LICENSE_FILE README_FILE)\n"
        '  message("${name}=${EXTENSION_${name}}")\nendforeach()\n',
    }
    stand_in = folder / "slicer"
    stand_in.mkdir(parents=True)
    for name, text in files.items():
        (stand_in / name).write_text(text, encoding="utf-8")
    command = ["cmake", "-S", extension.REPOSITORY, "-B", folder / "build", f"-DSlicer_DIR={stand_in}"]
    command += ["-DCMAKE_C_COMPILER_WORKS=1", "-DCMAKE_CXX_COMPILER_WORKS=1"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("cmake") is None or shutil.which("cc") is None, reason="needs CMake and a compiler")
def test_cmake_configures_the_extension_for_each_release_as_that_takes_it(tmp_path):
    old, new, newer = (configured(tmp_path / version, version) for version in ("5.8", "5.10", "5.12"))
    assert old.returncode != 0, "Slicer 5.8 has Python 3.9, on which the module cannot run"
    assert 'requested version "5.10"' in " ".join(old.stderr.split())
    assert new.returncode == 0, new.stderr
    assert newer.returncode == 0, newer.stderr
    before, after = (dict(line.split("=", 1) for line in run.stderr.splitlines()) for run in (new, newer))
    assert before["KEYWORDS"] == ""
    assert after["KEYWORDS"].split(";") == extension.s4ext()["keywords"].split()
    assert after["DESCRIPTION"] == extension.s4ext()["description"], "a semicolon would make it a list"
    for name, file in (("LICENSE_FILE", "LICENSE"), ("README_FILE", "README.md")):
        assert Path(after[name]) == extension.REPOSITORY / file
    folder = tmp_path / "installed"
    subprocess.run(
        ["cmake", "--install", tmp_path / "5.12" / "build", "--prefix", folder], check=True, capture_output=True
    )
    installed = {path.name for path in (folder / "share" / "Slicer-5.12" / "RABSegment").iterdir()}
    assert installed == {"LICENSE", "NOTICE"}


@needs_git
def test_a_clone_with_its_history_is_small_enough(tmp_path):
    subprocess.run(
        ["git", "clone", "--quiet", extension.REPOSITORY.as_uri(), tmp_path / "clone"], check=True, capture_output=True
    )
    size = sum(path.lstat().st_size for path in (tmp_path / "clone").rglob("*") if path.is_file())
    assert 2**20 < size < LARGEST_CLONE


@needs_git
def test_every_text_file_has_unix_line_ends_and_ends_with_one():
    files = extension.repository_files()
    texts = {path: content for path in files if b"\0" not in (content := path.read_bytes())}
    assert len(texts) > 400
    assert [path for path, content in texts.items() if b"\r" in content] == []
    assert [path for path, content in texts.items() if content and not content.endswith(b"\n")] == []


def test_the_page_for_browsers_is_not_installed():
    assert "rabview" not in (extension.REPOSITORY / "RABSegment" / "CMakeLists.txt").read_text(encoding="utf-8")


def test_the_licence_and_the_notice_are_in_the_root():
    text = (extension.REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text and "Version 2.0, January 2004" in text
    notice = (extension.REPOSITORY / "NOTICE").read_text(encoding="utf-8")
    card = (extension.REPOSITORY / "RABSegment" / "Resources" / "Models" / "MODEL_CARD.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| ([A-Z0-9]+), .* \| (CC [^|]+?) \|$", card, flags=re.MULTILINE)
    assert len(table) >= 3
    assert all(re.search(rf"- {name}, [^-]*{re.escape(terms)}", notice) for name, terms in table), "attribution is due"
