"""How the engine process is started, in Slicer and elsewhere."""

from __future__ import annotations

import os
import sys
import types

import pytest

from helpers.engine_processes import qt_module
from RABSegmentLib.Engine.Failures import crashError
from RABSegmentLib.Engine.QProcessTransport import QProcessTransport
from RABSegmentLib.Engine.Start import PACKAGE_FOLDER, createTransport, defaultPythonCommand, engineEnvironment
from RABSegmentLib.Engine.SubprocessTransport import SubprocessTransport

NAME = "PythonSlicer.exe" if os.name == "nt" else "PythonSlicer"


@pytest.fixture
def slicer_home(tmp_path, monkeypatch):
    """This program is a Slicer that is installed in the returned folder."""
    home = tmp_path / "Slicer 5"
    (home / "bin").mkdir(parents=True)
    monkeypatch.setitem(sys.modules, "slicer", types.SimpleNamespace(app=types.SimpleNamespace(slicerHome=str(home))))
    monkeypatch.setenv("PATH", str(tmp_path))
    return home


def test_elsewhere_it_is_this_python_through_subprocess(monkeypatch):
    monkeypatch.setitem(sys.modules, "slicer", types.SimpleNamespace())  # Slicer's libraries without Slicer
    assert isinstance(createTransport(), SubprocessTransport)
    assert defaultPythonCommand() == [sys.executable]


def test_in_slicer_it_goes_through_qprocess(slicer_home, monkeypatch):
    pytest.importorskip("PySide6")
    monkeypatch.setitem(sys.modules, "qt", qt_module())
    assert isinstance(createTransport(), QProcessTransport)


def test_in_slicer_it_is_the_python_of_slicer(slicer_home, tmp_path, monkeypatch):
    assert defaultPythonCommand() == [sys.executable]  # which Slicer sets to PythonSlicer
    beside = slicer_home / "bin" / NAME
    beside.touch(mode=0o755)
    assert defaultPythonCommand() == [str(beside)]
    on_path = tmp_path / NAME
    on_path.touch(mode=0o755)
    assert defaultPythonCommand() == [str(on_path)]


def test_the_engine_is_found_before_what_is_on_the_path_already(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["a b", "c"]))
    assert engineEnvironment()["PYTHONPATH"].split(os.pathsep) == [str(PACKAGE_FOLDER), "a b", "c"]
    monkeypatch.delenv("PYTHONPATH")
    assert engineEnvironment()["PYTHONPATH"] == str(PACKAGE_FOLDER)
    assert (PACKAGE_FOLDER / "rabengine" / "worker").is_dir()


@pytest.mark.parametrize(
    ("code", "tail", "said"),
    [
        (-9, ["noise"], "memory"),
        (1, ["error: [/opt/Slicer 5/bin/python-real] exit abnormally - Report the problem."], "memory"),
        (-11, [], "SIGSEGV"),
        (-200, [], "signal 200"),
        (3, ["first", "no such  thing."], "(exit code 3); its last words: no such thing."),
        (0xC0000005, [], "0xc0000005"),
        (None, [], "no exit code"),
    ],
)
def test_a_crash_is_one_sentence(code, tail, said):
    error = crashError(code, tail)
    assert said in error.message
    assert error.message.count(". ") == 0
    assert error.message.endswith(".")
    assert error.hint
