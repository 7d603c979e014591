"""The extension's folder, laid out as Slicer installs it, works alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import package_extension

pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

# What a user does in the console of a Slicer that has the extension.
SCRIPT = """
import sys
from pathlib import Path
from slicer_host import SlicerHost

modules = Path(sys.argv[1])
with SlicerHost() as host:
    host.loadModule(modules / "RABSegment.py")
    import rabengine, RABSegmentLib, slicer
    from rabengine.synthetic.phantom import beating_ellipse
    from RABSegmentLib.Scene.CineLoading import cineFromArray
    from RABSegmentLib.Scene.SegmentationSequence import segmentationOfBrowser
    for package in (rabengine, RABSegmentLib):
        assert modules in Path(package.__file__).parents, package.__file__
    frames, truth = beating_ellipse(6, 64, 64, seed=1)
    logic = slicer.util.getModuleLogic("RABSegment")
    browser = cineFromArray(slicer.mrmlScene, frames)
    logic.segmentVideo(browser, {0: truth[0]}, preset="image", device="cpu")
    found = segmentationOfBrowser(browser)
    assert all(next(iter(found.masks(frame).values())).any() for frame in range(6))
    assert host.violations == [] and host.errors == []
print("segmented")
"""


def test_the_installed_folder_segments_a_cine(tmp_path: Path) -> None:
    modules = package_extension.package(tmp_path, "5.12")
    assert (tmp_path / "RABSegment" / "share" / "Slicer-5.12" / "RABSegment.s4ext").is_file()
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(modules), str(Path(__file__).parents[1])])}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py"), str(modules)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "segmented"
