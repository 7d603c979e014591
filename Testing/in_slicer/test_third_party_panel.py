"""The package of `docs/extending.md` in the panel: opens its file, runs its preset, exports its format."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PySide6", reason="PySide6, in which the host is built, is not installed")
pytest.importorskip("slicer", reason="slicer-core is not installed")

from helpers.panel_driver import FRAMES, TRUTH, Panel
from helpers.third_party import installed, write_npz
from RABSegmentLib.Scene.SegmentationSequence import segmentationOfBrowser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with installed(tmp_path_factory.mktemp("third_party")) as folder:
        yield folder


@pytest.fixture
def extended(site, warmPythonSlicer, panel) -> Panel:
    """The panel, loaded where the package is installed."""
    return panel


def test_its_cine_preset_and_format(extended, tmp_path):
    ui, host = extended.ui, extended.host
    offered = {
        ui.presetSelector.itemData(index): ui.presetSelector.itemText(index) for index in range(ui.presetSelector.count)
    }
    assert offered["smooth"] == "smooth: as fast, smooth in time"
    assert list(offered)[:5] == ["balanced", "fast", "accurate", "paper", "image"]

    host.answers.append(str(write_npz(tmp_path / "heart.npz", FRAMES)))
    extended.widget.panel.cine.onOpenFile()
    extended.until(lambda: ui.cineSelector.currentNode() is not None)
    browser = ui.cineSelector.currentNode()
    host.processEvents(150)
    assert segmentationOfBrowser(browser).cine.spacing == (0.5, 0.4)
    extended.paint(TRUTH[0] > 0)
    extended.run("smooth")
    found = extended.masks(browser)
    assert np.array_equal(found[0], TRUTH[0] > 0)
    assert 2 * np.count_nonzero(found & (TRUTH > 0)) / (np.count_nonzero(found) + np.count_nonzero(TRUTH)) > 0.75

    titles = [ui.exportFormat.itemText(index) for index in range(ui.exportFormat.count)]
    assert {"Label sequence", "Label pictures", "Table", "Overlay video", "NumPy archive"} <= set(titles)
    ui.exportFormat.setCurrentIndex(titles.index("NumPy archive"))
    host.answers.append(str(tmp_path / "labels.npz"))
    host.click("exportButton")
    with np.load(tmp_path / "labels.npz") as archive:
        assert np.array_equal(archive["frames"] > 0, found)
