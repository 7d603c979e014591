"""The pages for people name files, functions, modules and commands that there are; a failure says what to mend."""

from __future__ import annotations

import re

import pytest

from helpers import documents
from helpers.extension_description import REPOSITORY
from rabengine.cli.main import build_parser

PAGES = documents.pages()
LONGEST_README = 120  # lines: two screens and what the Extensions Index asks for


def by_page(page) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def test_the_pages_that_people_look_for_are_there() -> None:
    names = {by_page(page) for page in PAGES}
    docs = ("administrators", "architecture", "command-line", "evaluation", "extending", "installation", "protocol")
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{name}.md" for name in docs)} <= names


@pytest.mark.parametrize("page", PAGES, ids=by_page)
def test_every_link_leads_somewhere(page) -> None:
    assert [problem for link in documents.links(page) if (problem := documents.link_problem(link))] == []


@pytest.mark.parametrize("page", PAGES, ids=by_page)
def test_every_file_and_name_is_there(page) -> None:
    assert [problem for span in documents.spans(page) if (problem := documents.path_problem(span))] == []


@pytest.mark.parametrize("page", PAGES, ids=by_page)
def test_every_module_is_there(page) -> None:
    assert [problem for text in documents.commands(page) if (problem := documents.module_problem(text))] == []


@pytest.mark.parametrize("page", PAGES, ids=by_page)
def test_every_target_of_make_is_there(page) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, flags=re.MULTILINE))
    used = [
        (text, name) for text in documents.commands(page) for name in re.findall(r"\bmake ([a-z][\w-]*)", text.text)
    ]
    assert [f"{text}: the Makefile has no {name}" for text, name in used if name not in targets] == []


@pytest.mark.parametrize("page", PAGES, ids=by_page)
def test_every_command_takes_the_options_that_are_shown(page, capsys: pytest.CaptureFixture[str]) -> None:
    problems = []
    for text in documents.commands(page):
        for command, rest in re.findall(r"\brabsegment ([a-z]+)\b([^|;&#]*)", text.text):
            offered = help_of(command, capsys)
            options = re.findall(r"(?<![\w-])(--?[a-zA-Z][\w-]*)", rest)
            problems += [f"{text}: it has no {option}" for option in options if option not in offered]
    assert problems == []


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The options that a command's help names."""
    with pytest.raises(SystemExit):
        build_parser().parse_args([command, "--help"])
    return set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", capsys.readouterr().out))


def test_the_page_of_the_command_line_names_every_command_and_option_of_segment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = (REPOSITORY / "docs" / "command-line.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--help"])
    commands = re.search(r"\{([a-z,]+)\}", capsys.readouterr().out)
    assert commands is not None
    assert [name for name in commands.group(1).split(",") if f"`rabsegment {name}`" not in text] == []
    assert [option for option in sorted(help_of("segment", capsys)) if f"`{option}" not in text] == []


def test_the_architecture_names_every_folder_of_the_product() -> None:
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = documents.product_folders()
    assert len(folders) > 20
    assert [folder for folder in folders if f"`{folder}`" not in text] == []


def test_every_question_of_the_architecture_is_answered_by_a_place() -> None:
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## Where is it decided")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 12
    assert [row for row in rows if not re.search(r"`[\w/.]+(\.py: [\w.]+|Makefile)`", row)] == []


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_README
    pages = [*(by_page(page) for page in PAGES if by_page(page).startswith("docs/")), "CONTRIBUTING.md", "CHANGELOG.md"]
    assert [name for name in pages if f"]({name}" not in text] == []


def test_a_reference_that_leads_nowhere_is_found(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n\nSee `rabengine/next_frame.py: next_frame`, `rabengine/next_page.py`, [x](nowhere.md),\n"
        "[y](#another-page), [z](#a-page), `rabengine/next_frame.py: next_frame_to_check`,\n"
        "`rabengine.presets.PRESET`.\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(documents, "REPOSITORY", tmp_path)
    monkeypatch.setattr(documents, "_sources", list)
    links = [documents.link_problem(link) for link in documents.links(page)]
    paths = [documents.path_problem(span) for span in documents.spans(page)]
    modules = [documents.module_problem(span) for span in documents.spans(page)]
    assert [bool(problem) for problem in links] == [True, True, False]
    assert [bool(problem) for problem in paths] == [True, True, False, False]
    assert [bool(problem) for problem in modules] == [False, False, False, True]
