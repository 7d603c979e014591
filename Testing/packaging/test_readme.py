"""The README has what Slicer's index asks of an extension's home page; the pages beside it keep what they promise."""

from __future__ import annotations

import re

import pytest

from helpers import extension_description as extension
from RABSegmentLib.Engine.Installation import TORCH_REQUIREMENT

README = (extension.REPOSITORY / "README.md").read_text(encoding="utf-8")
MODULE_SCRIPT = extension.REPOSITORY / "RABSegment" / "RABSegment.py"


def section(title: str, page: str = "README.md") -> str:
    """Text of a page's section of that title, up to the next of the same level."""
    text = (extension.REPOSITORY / page).read_text(encoding="utf-8")
    found = re.search(rf"^(#+) {title}\n(.*?)(?=^\1 |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    assert found is not None, f"{page} has no section {title}"
    return found.group(2).strip()


def test_the_console_lines_segment_the_sample_cine() -> None:
    slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
    pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")
    pytest.importorskip("pydicom", reason="the sample cine comes with pydicom")
    from slicer_host import SlicerHost

    found = re.search(r"```python\n(.*?)```", section("Python console", "docs/tutorial.md"), flags=re.DOTALL)
    assert found is not None
    assert len(found.group(1).strip().splitlines()) == 5
    with SlicerHost() as host:
        host.loadModule(MODULE_SCRIPT)
        names = {"slicer": slicer}
        exec(found.group(1), names)  # as the console does
        from RABSegmentLib.Scene.SegmentationSequence import segmentationOfBrowser

        segmentation = segmentationOfBrowser(names["browser"])
        assert segmentation.node is names["sequence"]
        assert all(next(iter(segmentation.masks(frame).values())).any() for frame in range(30))
        assert host.violations == [] and host.errors == []


def test_pictures_that_the_readme_shows_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    assert [name for name in pictures if not (extension.REPOSITORY / name).is_file()] == []


def test_the_readme_opens_with_name_description_and_a_picture() -> None:
    title, _blank, rest = README.partition("\n\n")
    assert title == f"# {extension.NAME}"
    opening = rest[: rest.index("\n## ")]
    assert 1 <= opening.partition("\n\n")[0].count(". ") + 1 <= 3
    assert "](Resources/Screenshots/" in opening
    assert "Not for clinical use." in opening


def test_the_readme_has_a_sentence_for_every_module() -> None:
    script = MODULE_SCRIPT.read_text(encoding="utf-8")
    titles = re.findall(r'parent\.title = _\("([^"]+)"\)', script)
    folders = re.findall(r"^add_subdirectory\((\w+)\)", extension.cmake_text(), flags=re.MULTILINE)
    assert len(titles) == len(folders) == 1
    for title in titles:
        found = re.search(rf"^- \*\*{title}\*\*.*?\.$", section("Modules"), flags=re.MULTILINE | re.DOTALL)
        assert found is not None and len(found.group().split()) > 10


def test_the_readme_has_a_tutorial_with_pictures_the_publication_and_the_licence() -> None:
    steps = re.findall(r"^\d\. ", section("Tutorial"), flags=re.MULTILINE)
    assert len(steps) >= 5
    assert len(re.findall(r"\]\(Resources/Screenshots/\w+\.png\)", section("Tutorial"))) >= 3
    assert "Sample Data" in section("Tutorial")
    assert "https://arxiv.org/abs/2503.14958" in section("Method")
    assert "Apache License 2.0" in section("Licence")


def test_the_paper_is_cited_with_all_authors_where_a_user_looks() -> None:
    help_text = " ".join(MODULE_SCRIPT.read_text(encoding="utf-8").split())
    for given, family in (
        ("Zixuan", "Zheng"),
        ("Yilei", "Shi"),
        ("Chunlei", "Li"),
        ("Jingliang", "Hu"),
        ("Xiao Xiang", "Zhu"),
        ("Lichao", "Mou"),
    ):
        assert f"{given} {family}" in section("Method")
        assert f"{family}, {given}" in section("Method")
        assert f"{given} {family}" in help_text


@pytest.mark.parametrize("topic", ["installed", "sent", "patent", "limits", "weights", "imports", "removed", "rabview"])
def test_a_page_answers_what_a_reviewer_asks(topic: str) -> None:
    assert "](docs/administrators.md)" in README
    assert topic in section("For reviewers and administrators", "docs/administrators.md")


def test_the_pages_name_the_versions_that_the_extension_asks_for() -> None:
    slicer = re.search(r"^find_package\(Slicer ([\d.]+) REQUIRED\)", extension.cmake_text(), flags=re.MULTILINE)
    assert slicer is not None
    assert f"Slicer {slicer.group(1)} or newer" in section("Install")
    assert f"Slicer {slicer.group(1)} or newer" in section("In 3D Slicer", "docs/installation.md")
    assert f'slicer.util.pip_install("torch{TORCH_REQUIREMENT}")' in section("PyTorch", "docs/installation.md")
    administrators = section("For reviewers and administrators", "docs/administrators.md")
    assert f'PythonSlicer -m pip install "torch{TORCH_REQUIREMENT}"' in administrators
    assert f'"torch{TORCH_REQUIREMENT}"' in (extension.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
