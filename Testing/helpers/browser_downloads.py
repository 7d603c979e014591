"""Looks into the files that the page of the browser front end downloads."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from helpers.browser import ViewPage
from rabengine.demo.sample import sample_cine_path
from rabengine.io.marks.read import read_mark
from rabengine.io.read import read_cine

av = pytest.importorskip("av", reason="av, which reads videos, is not installed")
pytest.importorskip("pydicom", reason="pydicom, which ships the cine of the demo, is not installed")


def check_downloads(view: ViewPage, folder: Path, frame: int, drawn: np.ndarray, absent: int) -> None:
    """All kinds of the demo's cine; each has all frames of what was segmented.

    Args:
        view: the page; something is segmented in it.
        folder: for the files.
        frame: that was drawn on.
        drawn: (H, W) bool, what was drawn there.
        absent: a frame that has no segment.
    """
    cine = read_cine(sample_cine_path())
    files = {}
    for kind in ("labels", "pictures", "table", "overlay", "scene"):
        view.click("download")
        with view.page.expect_download() as waiting:
            view.click(f"download-{kind}")
        name = waiting.value.suggested_filename
        assert name.startswith("Echocardiogram"), name
        files[kind] = folder / name
        waiting.value.save_as(files[kind])
        view.until("!document.querySelector('[data-testid=download] .v-progress-circular')")

    labels = read_cine(files["labels"])
    assert files["labels"].name.endswith(".seq.nrrd")
    assert labels.frames.shape == cine.frames.shape[:3] and set(np.unique(labels.frames)) == {0, 1}
    assert labels.spacing == pytest.approx(cine.spacing) and labels.index_values == pytest.approx(cine.index_values)
    found = labels.frames > 0
    assert [number for number in range(30) if not found[number].any()] == [absent]
    assert 2 * (found[frame] & drawn).sum() / (found[frame].sum() + drawn.sum()) > 0.95

    with zipfile.ZipFile(files["pictures"]) as archive:
        pictures = sorted(name for name in archive.namelist() if name.endswith(".png"))
        assert len(pictures) == 30
        archive.extract(pictures[frame], folder)
    picture = read_mark(folder / pictures[frame], drawn.shape).labels
    assert np.array_equal(picture > 0, found[frame])

    table = files["table"].read_text(encoding="utf-8").splitlines()
    assert len(table) == 31 and "Segment 1" in table[0] + table[1]
    with av.open(str(files["overlay"])) as video:
        shown = [picture.to_ndarray(format="rgb24") for picture in video.decode(video=0)]
    assert len(shown) == 30 and shown[0].shape[2] == 3
    with zipfile.ZipFile(files["scene"]) as archive:
        names = archive.namelist()
        assert sum(name.endswith(".mrml") for name in names) == 1
        assert sum("/Data/" in name for name in names) >= 2
