"""Registries: what is ours, what packages add, and what happens when they are wrong."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from rabengine.errors import InputError
from rabengine.io.labels.writers import WRITERS, all_writers
from rabengine.registry import Registry

MODULE = """
WORD = "from a package"
NUMBER = 7
def make():
    return "made"
class Fails(str):
    def __init__(self):
        raise KeyError("no")
"""


def write_package(folder: Path, name: str, group: str, lines: tuple[str, ...], module: str) -> None:
    """An installed package, not yet on Python's path."""
    facts = folder / f"{name}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("\n".join((f"[{group}]", *lines)))
    (folder / f"{name}_of.py").write_text(module)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a package with words."""
    lines = ("theirs = words_of:WORD", "made = words_of:make", "mine = words_of:WORD", "number = words_of:NUMBER")
    lines += ("fails = words_of:Fails", "gone = no_module:WORD")
    write_package(tmp_path, "words", "rabsegment.words", lines, MODULE)
    monkeypatch.delitem(sys.modules, "words_of", raising=False)
    return tmp_path


@pytest.fixture
def words() -> Registry[str]:
    own = {"mine": "string:digits", "other": "string:punctuation"}
    return Registry("word", "rabsegment.words", own, lambda found: isinstance(found, str))


def test_ours_come_first_and_keep_their_names(words, package, monkeypatch):
    assert words.names() == ("mine", "other")
    monkeypatch.syspath_prepend(str(package))
    assert words.names() == ("mine", "other", "fails", "gone", "made", "number", "theirs")
    assert words.get("mine") == "0123456789" and "theirs" in words
    assert (words.module_of("mine"), words.module_of("theirs"), words.module_of("none")) == ("string", "words_of", "")
    monkeypatch.undo()
    assert words.names() == ("mine", "other") and "theirs" not in words


def test_objects_and_what_makes_them(words, package, monkeypatch):
    monkeypatch.syspath_prepend(str(package))
    assert words.get("theirs") == "from a package" and words.get("made") == "made"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none", "There is no word 'none'. Take one of mine, other"),
        ("number", "adds as word number is none"),
        ("fails", "KeyError"),
        ("gone", "No module named 'no_module'"),
    ],
)
def test_what_is_wrong_is_said(words, package, monkeypatch, name, said):
    monkeypatch.syspath_prepend(str(package))
    with pytest.raises(InputError, match=said):
        words.get(name)


def test_all_leaves_out_what_does_not_load_and_warns_once(words, package, monkeypatch, caplog):
    monkeypatch.syspath_prepend(str(package))
    with caplog.at_level(logging.WARNING):
        for _again in range(2):
            assert [name for name, _word in words.all()] == ["mine", "other", "made", "theirs"]
    assert len(caplog.records) == 3


def test_a_writer_that_no_name_can_ask_for_is_refused(tmp_path, monkeypatch):
    module = "from rabengine.io.labels.writer import FileWriter\nclass Silent(FileWriter):\n    write = print\n"
    write_package(tmp_path, "silent", "rabsegment.writers", ("silent = silent_of:Silent",), module)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InputError, match=r"The writer silent cannot be loaded .*It has no suffixes"):
        WRITERS.get("silent")
    assert "silent" not in all_writers()
