"""The package of `docs/extending.md` in the page: opens its file, runs its preset, downloads its format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers.third_party import installed, write_npz
from helpers.view_app import AppDriver
from rabengine.synthetic.phantom import beating_ellipse
from rabview.page.app_bar import downloads
from rabview.runs import ListEntry
from rabview.server.downloads import Downloads

FRAMES, TRUTH = beating_ellipse(6, 64, 64, seed=1)


@pytest.fixture(scope="module")
def started_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppDriver]:
    """The application, started where the package is installed."""
    with installed(tmp_path_factory.mktemp("third_party")):
        driver = AppDriver(tmp_path_factory.mktemp("cines"))
        yield driver
        driver.close()


def test_its_cine_preset_and_format(app: AppDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert ListEntry(title="smooth: as fast, smooth in time", value="smooth") in app.state.run.presets
    app.open(write_npz(tmp_path / "heart.npz", FRAMES))
    assert app.segmentation.frameCount == 6 and app.segmentation.cine.spacing == (0.5, 0.4)
    app.set(tool="paint", brush_size=16)
    app.stroke((32.0, 32.0), (33.0, 33.0))
    drawn = app.mask(0)
    app.set(preset="smooth", device="cpu")
    app.ask("segment_video")
    app.wait(lambda: app.state.run.is_running)
    app.wait(lambda: not app.state.run.is_running)
    assert all(app.areas()) and np.array_equal(app.mask(0), drawn)

    titles = {kind: (title, note) for kind, title, note, _icon in downloads()}
    assert titles["npz"] == ("NumPy archive", ".npz") and titles["labels"] == (
        "Label sequence",
        ".seq.nrrd, opens in Slicer",
    )
    made = Downloads(app.application.desk)
    assert "npz" in made.kinds
    with made.folder() as folder:
        file = app.loop.run_until_complete(made.write("npz", folder))
        assert file.name == "heart labels.npz"
        with np.load(file) as archive:
            assert archive["frames"].shape == FRAMES.shape and np.array_equal(archive["frames"][0] > 0, drawn)
    made.close()
