"""Importing what Slicer installs starts, writes, sends and installs nothing, and loads PyTorch in the engine alone."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import installed_imports
from helpers.processes import environment, python_without_torch

sources = functools.cache(installed_imports.installed_sources)


def test_importing_any_file_only_defines():
    offenders = []
    for path, tree in sources().items():
        for statement in installed_imports.runs_at_import(tree):
            names = installed_imports.imported(statement)
            allowed = all(installed_imports.may_import_at_file_scope(path, name) for name in names)
            if not (allowed and installed_imports.only_defines(statement)):
                offenders.append(f"{path}, line {statement.lineno}: {ast.unparse(statement)}")
    assert offenders == []


def test_no_file_can_reach_another_computer_or_install_anything():
    calls = {"pip_install", "pip_ensure", "load_state_dict_from_url", "urlopen"}
    offenders = []
    for path, tree in sources().items():
        names = installed_imports.everything_imported(tree)
        found = names & (installed_imports.REACHING_OUT | {"rabview", "torch.hub", "torch.utils.model_zoo"})
        called = {ast.unparse(node.func).split(".")[-1] for node in ast.walk(tree) if isinstance(node, ast.Call)}
        # One file asks the user whether a package may be installed that his file needs.
        asked = calls if str(path).endswith("Installation.py") else set()
        offenders += [f"{path}: {name}" for name in sorted(found | called & (calls - asked))]
    assert offenders == []


# Imports every module given, then says what else they did: Python tells a hook of all that leaves the process.
WATCH = """
import importlib, sys
for known in sys.argv[1].split(","):
    library = importlib.import_module(known)
    if known == "slicer_host":
        library.SlicerHost().__enter__()
done = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        done.append(f"open {arguments[0]} {arguments[1]}")
    elif event.split(".")[0] in ("socket", "subprocess", "urllib", "http", "ftplib", "smtplib", "webbrowser", "shutil"):
        done.append(event)
    elif event in ("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.remove", "os.mkdir", "os.rename"):
        done.append(event)
sys.addaudithook(watch)
for name in sys.argv[2:]:
    importlib.import_module(name)
print("torch" in sys.modules, done, flush=True)
"""


def watched_imports(folder: Path, known: str, names: list[str], without_torch: bool) -> str:
    """What the imports of `names` did; `known` are the libraries whose own imports do not count."""
    paths = [python_without_torch(folder)] if without_torch else []
    variables = {**environment(*paths, Path(__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", WATCH, known, *names]
    done = subprocess.run(command, env=variables, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def module_names(package: str) -> list[str]:
    """Of all files of a package that Slicer installs."""
    names = (path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in sources())
    return [name for name in names if name.split(".")[0] == package and not name.endswith("__main__")]


def test_importing_the_library_starts_nothing_and_needs_no_torch(tmp_path):
    pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
    pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")
    known = "numpy,SimpleITK,slicer_host,slicer.util,slicer.ScriptedLoadableModule,slicer.parameterNodeWrapper"
    names = [*module_names("RABSegmentLib"), "RABSegment"]
    assert len(names) > 40
    assert watched_imports(tmp_path, known, names, without_torch=True) == "False []"


def test_importing_the_engine_starts_nothing(tmp_path):
    names = module_names("rabengine")
    assert len(names) > 100
    assert watched_imports(tmp_path, "numpy,SimpleITK,torch,torch.distributed", names, without_torch=False) == "True []"
