"""What leaves as anything but DICOM says nothing of the patient, the date or the instance that the cine came from."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from helpers.dicom_cines import LEGEND, labels, write_cine
from helpers.dicom_files import item, write_dicom
from helpers.privacy import traces_in
from rabengine.cine import Cine
from rabengine.cli.segment import hidden_text
from rabengine.exchange.format import UNKNOWN, ExchangeItem
from rabengine.exchange.formats import FORMATS
from rabengine.exchange.write import write_set
from rabengine.io.labels.write import write_labels
from rabengine.io.labels.writers import WRITERS
from rabengine.io.read import load_frames, read_cine
from rabengine.io.report import write_report
from rabengine.io.table import write_table
from rabengine.pictures import write_overlay
from rabengine.segmentation import Segmentation

DICOM_LABELS = ("dicom-seg", "dicom-labelmap")
PLAIN_LABELS = [name for name in WRITERS.own if name not in DICOM_LABELS]
PLAIN_SETS = [name for name in FORMATS.own if FORMATS.get(name).is_anonymous]


@pytest.fixture(scope="module")
def cine(tmp_path_factory: pytest.TempPathFactory) -> Cine:
    return read_cine(write_cine("ultrasound", tmp_path_factory.mktemp("cine")))


def no_traces(path: Path, cine: Cine) -> bool:
    return traces_in(path, cine.dicom_frames[0].instance) == set()


def test_dicom_does_say_whose_it_is(cine, tmp_path):
    write_labels(tmp_path / "seg.dcm", labels(), cine, list(LEGEND), LEGEND)
    assert {"zzyzx", "pid-8842-qx", cine.dicom_frames[0].instance} <= traces_in(
        tmp_path / "seg.dcm", cine.dicom_frames[0].instance
    )


@pytest.mark.parametrize("name", PLAIN_LABELS)
def test_label_files_say_nothing(cine, tmp_path, name):
    suffixes = WRITERS.get(name).suffixes
    path = tmp_path / f"labels{suffixes[0] if suffixes else ''}"
    write_labels(path, labels(), cine, list(LEGEND), LEGEND)
    assert path.exists()
    assert no_traces(path, cine)


@pytest.mark.parametrize("name", PLAIN_SETS)
def test_training_sets_say_nothing(cine, tmp_path, name):
    one = FORMATS.get(name)
    if any(find_spec(module) is None for module in one.needs):
        pytest.skip(f"{' '.join(one.needs)} is not installed")
    drawn = dict(enumerate(labels()))
    item = ExchangeItem("cine_0001", cine, drawn, dict.fromkeys(drawn, UNKNOWN), LEGEND, patient="patient_001")
    path = tmp_path / f"set{one.suffixes[0] if one.suffixes else ''}"
    write_set(path, name, [item], {"cine_0001": [1]})
    assert path.exists()
    assert no_traces(path, cine)


def test_tables_reports_and_overlays_say_nothing(cine, tmp_path):
    drawn = labels()
    result = Segmentation(drawn, np.ones((len(drawn), 2), np.float32), (1, 4), (0,), "fast", "cpu", 0)
    names = {value: entry.name for value, entry in LEGEND.items()}
    write_table(tmp_path / "table.csv", result, cine)
    write_report(tmp_path / "report.json", result, cine, 1, names)
    write_overlay(tmp_path / "overlay.gif", cine, drawn, names=list(names.values()))
    assert len(list(tmp_path.iterdir())) == 3
    assert no_traces(tmp_path, cine)


def test_an_overlay_shows_nothing_outside_of_the_regions_of_ultrasound_unless_asked(tmp_path, capsys):
    pixels = np.full((2, 40, 60), 200, np.uint8)
    region = item(RegionLocationMinX0=10, RegionLocationMinY0=8, RegionLocationMaxX1=49, RegionLocationMaxY1=35)
    named = read_cine(write_dicom(tmp_path / "us.dcm", noisy(pixels), SequenceOfUltrasoundRegions=[region]))
    hidden = hidden_text(named, keeps_text=False)
    assert hidden is not None and not hidden[8:36, 10:50].any() and hidden.sum() == 40 * 60 - 28 * 40
    assert hidden_text(named, keeps_text=True) is None
    write_overlay(tmp_path / "overlay.gif", named, np.zeros((2, 40, 60), np.uint8), scale=1, hidden=hidden)
    shown = load_frames(tmp_path / "overlay.gif").frames
    assert not shown[:, :8].any() and not shown[:, :, 50:].any()
    assert shown[:, 9:35, 11:49].min() > 100
    assert capsys.readouterr().err == ""
    assert hidden_text(read_cine(write_dicom(tmp_path / "plain.dcm", noisy(pixels))), keeps_text=False) is None
    assert "burned into the pixels" in capsys.readouterr().err


def noisy(pixels: np.ndarray) -> np.ndarray:
    """Frames that differ, as those of a cine do."""
    return pixels + np.random.default_rng(0).integers(0, 50, pixels.shape).astype(np.uint8)
