"""What GitHub and pre-commit read: it parses, and what it runs is there."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.extension_description import REPOSITORY

yaml = pytest.importorskip("yaml", reason="PyYAML, which reads the workflow, is not installed")

GITHUB = REPOSITORY / ".github"
PRE_COMMIT = REPOSITORY / ".pre-commit-config.yaml"
FILES = [*sorted(GITHUB.rglob("*.yml")), PRE_COMMIT]
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
PROJECT = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def workflow() -> dict[Any, Any]:
    return read(GITHUB / "workflows" / "tests.yml")


def commands(job: str) -> list[str]:
    return [step["run"] for step in workflow()["jobs"][job]["steps"] if "run" in step]


def extras() -> set[str]:
    table = PROJECT.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    return set(re.findall(r"^([\w-]+) = \[", table, flags=re.MULTILINE))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_yaml_that_says_something(path: Path) -> None:
    assert isinstance(read(path), dict)


def test_linux_runs_the_whole_and_three_systems_the_engine() -> None:
    jobs = workflow()["jobs"]
    assert jobs["whole"]["runs-on"].startswith("ubuntu")
    assert "make test" in commands("whole")
    assert re.search(r"^test: style \$\(OTHER_CORE_DIR\)$", MAKEFILE, flags=re.MULTILINE)
    matrix = jobs["engine"]["strategy"]["matrix"]
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["3.10", "3.11", "3.12"]
    oldest = re.search(r'^requires-python = ">=([\d.]+)"', PROJECT, flags=re.MULTILINE)
    assert oldest is not None and oldest.group(1) == matrix["python"][0]


def test_what_the_engine_job_installs_and_runs_is_there() -> None:
    install, run = commands("engine")
    assert re.findall(r"\.\[([\w-]+)\]", install) == ["test-engine"]
    assert "test-engine" in extras()
    assert f'"{torch_of_make()}"' in install
    folders = [word for word in run.split() if word.startswith("Testing/")]
    assert len(folders) == 2 and all(list((REPOSITORY / folder).glob("test_*.py")) for folder in folders)


def torch_of_make() -> str:
    found = re.search(r"^TORCH \?= (.+)$", MAKEFILE, flags=re.MULTILINE)
    assert found is not None
    return found.group(1)


def test_the_workflow_may_read_and_nothing_else_and_gives_way_to_a_newer_one() -> None:
    assert workflow()["permissions"] == {"contents": "read"}
    assert workflow()["concurrency"]["cancel-in-progress"] is True
    for job in workflow()["jobs"].values():
        assert job["timeout-minutes"] > 0
        assert "permissions" not in job
        checkout = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
        assert checkout["with"]["persist-credentials"] is False


def test_pre_commit_runs_the_linters_of_make() -> None:
    recipe = MAKEFILE.partition("\nstyle: ")[2].partition("\n\n")[0]
    lines = re.findall(r"^\t@\$\(BIN\)/(.+)$", recipe, flags=re.MULTILINE)
    lines += re.findall(r"^CHECK_TYPES := \$\(BIN\)/(.+)$", MAKEFILE, flags=re.MULTILINE)
    linters = [line.partition("||")[0].strip() for line in lines]
    hooks = [hook for source in read(PRE_COMMIT)["repos"] for hook in source["hooks"]]
    assert len(linters) == 3
    assert [hook["entry"] for hook in hooks] == [f".venv/bin/{linter}" for linter in linters]


@pytest.mark.parametrize("name", ["bug.yml", "idea.yml"])
def test_every_form_asks_something_that_must_be_answered(name: str) -> None:
    form = read(GITHUB / "ISSUE_TEMPLATE" / name)
    assert form["name"] and form["description"]
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in asked}) == len(asked)
    assert any(field.get("validations", {}).get("required") for field in asked)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib")
def test_the_tests_of_the_engine_need_nothing_of_slicer() -> None:
    import tomllib

    extra = tomllib.loads(PROJECT)["project"]["optional-dependencies"]
    assert "rabsegment[test-engine]" in extra["test"]
    names = [re.split(r"[\[<>=]", requirement)[0] for requirement in extra["test-engine"]]
    assert "pytest" in names and not {name for name in names if "slicer" in name or "PySide" in name}
