"""What the README prints for the Python console works as printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")
pytest.importorskip("pydicom", reason="the sample cine comes with pydicom")

from slicer_host import SlicerHost  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[1]


def test_the_console_lines_segment_the_sample_cine() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    section = text[text.index("### Python console") :]
    found = re.search(r"```python\n(.*?)```", section, flags=re.DOTALL)
    assert found is not None
    assert len(found.group(1).strip().splitlines()) == 5
    with SlicerHost() as host:
        host.loadModule(REPOSITORY / "RABSegment" / "RABSegment.py")
        names = {"slicer": slicer}
        exec(found.group(1), names)  # as the console does
        from RABSegmentLib.SegmentationSequence import segmentationOfBrowser

        segmentation = segmentationOfBrowser(names["browser"])
        assert segmentation.node is names["sequence"]
        assert all(next(iter(segmentation.masks(frame).values())).any() for frame in range(30))
        assert host.violations == [] and host.errors == []


def test_pictures_that_the_readme_shows_are_there() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert pictures
    assert [name for name in pictures if not (REPOSITORY / name).is_file()] == []
