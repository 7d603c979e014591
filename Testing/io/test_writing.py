"""Results are written whole or not at all, and other programs read them back."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from helpers.written import CINE, labels
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_file, atomic_folder, write_whole
from rabengine.io.labels.write import check_output, write_labels
from rabengine.io.read import load_frames
from rabengine.io.report import write_report
from rabengine.io.table import write_table
from rabengine.segmentation import Segmentation

ALL_NAMES = ["out.seq.nrrd", "out.nrrd", "out.mha", "out.nii", "out.nii.gz", "folder"]
RABENGINE = Path(__file__).parents[2] / "RABSegment"


def segmentation() -> Segmentation:
    confidence = np.linspace(0, 1, 10, dtype=np.float32).reshape(5, 2)
    return Segmentation(
        labels=labels(),
        confidence=confidence,
        segments=(1, 255),
        marked_frames=(2,),
        preset="fast",
        device="cpu",
        seed=7,
        seconds={"relearning": 1.23456},
        warnings=("from the engine",),
        next_frame=4,
    )


@pytest.mark.parametrize("name", ALL_NAMES)
def test_labels_come_back(tmp_path: Path, name: str) -> None:
    place = tmp_path / "Zoë 1"
    place.mkdir()
    write_labels(place / name, labels(), CINE, (1, 255))
    back = load_frames(place / name)
    assert np.array_equal(back.frames, labels())
    assert [path.name for path in place.iterdir()] == [name]
    if name != "folder":
        assert back.spacing == pytest.approx(CINE.spacing) and back.slice_spacing == pytest.approx(2.5)
        assert back.origin == pytest.approx(CINE.origin)
        assert back.direction == pytest.approx(CINE.direction, abs=1e-6)
    if name == "out.seq.nrrd":
        assert (back.index_name, back.index_unit) == ("time", "s")
        assert back.index_values == pytest.approx(CINE.index_values)


@pytest.mark.parametrize("name", ["out.nrrd", "out.mha", "out.nii", "out.nii.gz"])
def test_simpleitk_agrees(tmp_path: Path, name: str) -> None:
    write_labels(tmp_path / name, labels(), CINE, (1, 255))
    image = SimpleITK.ReadImage(str(tmp_path / name))
    assert np.array_equal(SimpleITK.GetArrayViewFromImage(image), labels())
    assert image.GetSpacing() == pytest.approx((0.4, 0.6, 2.5))
    assert image.GetOrigin() == pytest.approx(CINE.origin)
    assert image.GetDirection() == pytest.approx(CINE.direction, abs=1e-6)


@pytest.mark.parametrize("name", ALL_NAMES)
def test_same_labels_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    written = []
    for run in ("a", "b"):
        (tmp_path / run).mkdir()
        write_labels(tmp_path / run / name, labels(), CINE, (1, 255))
        files = sorted(path for path in (tmp_path / run).rglob("*") if path.is_file())
        written.append([path.read_bytes() for path in files])
    assert written[0] == written[1]


def test_uncalibrated_cine(tmp_path: Path) -> None:
    write_labels(tmp_path / "out.seq.nrrd", labels(), replace(CINE, spacing=None), (1,))
    assert load_frames(tmp_path / "out.seq.nrrd").spacing is None


def test_a_folder_of_ours_is_replaced_but_no_other(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_labels(out, labels(), CINE, (1,))
    write_labels(out, labels()[:3], replace(CINE, frames=CINE.frames[:3]), (1,))
    assert sorted(path.name for path in out.iterdir()) == ["0000.png", "0001.png", "0002.png"]
    (out / "thesis.docx").write_text("mine")
    with pytest.raises(InputError, match=r"thesis\.docx"):
        write_labels(out, labels(), CINE, (1,))
    assert (out / "thesis.docx").exists() and len(list(tmp_path.iterdir())) == 1


def test_outputs_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.nrrd").mkdir()
    refused = {
        "does not exist": tmp_path / "missing" / "out.nrrd",
        "is not a folder": tmp_path / "file" / "out.nrrd",
        "it is a file": tmp_path / "file",
        "it is a folder": tmp_path / "folder.nrrd",
    }
    names = ("out.mp4", "out.vtk", "out.H5", "out.xlsx", "out.tar")
    places = [*refused.items(), *(("not a kind of output", tmp_path / name) for name in names)]
    for words, path in places:
        with pytest.raises(InputError, match=words) as caught:
            check_output(path)
        assert str(path) in str(caught.value) and caught.value.exit_code == 2 and caught.value.hint
    check_output(tmp_path / "study.1.2.840")  # dots alone make no file
    (tmp_path / "mine.h5").mkdir()
    check_output(tmp_path / "mine.h5")  # whoever calls a folder so has it so
    (tmp_path / "mine.h5").rmdir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.nrrd"]


def test_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("before")
    with pytest.raises(KeyboardInterrupt), atomic_file(tmp_path / "out.csv") as unfinished:
        unfinished.write_text("half")
        raise KeyboardInterrupt
    with pytest.raises(ValueError, match="inside"), atomic_folder(tmp_path / "out") as folder:
        (folder / "0000.png").write_text("half")
        raise ValueError("inside")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert (tmp_path / "out.csv").read_text() == "before"


def test_a_small_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    write_whole(tmp_path / "marks", b"before")
    write_whole(tmp_path / "marks", b"after")
    assert [path.name for path in tmp_path.iterdir()] == ["marks"]
    assert (tmp_path / "marks").read_bytes() == b"after"
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "folder", b"after")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "marks"]


@pytest.mark.parametrize("name", [*ALL_NAMES, "out.csv"])
def test_full_disk(tmp_path: Path, name: str) -> None:
    resource = pytest.importorskip("resource")
    del resource  # only there to know that limits work on this system
    program = f"""
import resource, signal, sys
import numpy as np
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.segmentation import Segmentation
from rabengine.io.labels.write import write_labels
from rabengine.io.table import write_table
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
labels = np.random.default_rng(0).integers(0, 9, (300, 64, 64), np.uint8)
cine = Cine(labels, index_values=tuple(range(300)))
result = Segmentation(labels, np.ones((300, 1)), (1,), (), "fast", "cpu", 0)
try:
    if {name!r}.endswith("csv"):
        write_table({str(tmp_path / name)!r}, result, cine)
    else:
        write_labels({str(tmp_path / name)!r}, labels, cine, (1,))
except InputError as error:
    print(error)
    sys.exit(error.exit_code)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(RABENGINE)}, capture_output=True, text=True
    )
    assert run.returncode == 2, run.stderr
    assert f"{tmp_path / name} cannot be written" in run.stdout and run.stderr == ""
    assert not list(tmp_path.iterdir())


def test_table(tmp_path: Path) -> None:
    write_table(tmp_path / "out.csv", segmentation(), CINE)
    with (tmp_path / "out.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["frame", "time", "segment", "area_px", "area_mm2", "confidence", "status"]
    assert len(rows) == 1 + 5 * 2
    assert rows[1] == ["0", "0.000000", "1", "105", "25.2000", "0.0000", "predicted"]
    assert rows[2] == ["0", "0.000000", "255", "0", "0.0000", "0.1111", "empty"]
    assert [row[6] for row in rows[5:7]] == ["marked", "marked"] and rows[5][1] == "0.066666"


def test_the_area_of_a_cell_is_no_zero(tmp_path: Path) -> None:
    write_table(tmp_path / "out.csv", segmentation(), replace(CINE, spacing=(0.0002, 0.0002)))
    with (tmp_path / "out.csv").open(newline="") as stream:
        first = next(csv.DictReader(stream))
    assert (first["area_px"], float(first["area_mm2"])) == ("105", pytest.approx(4.2e-6))


def test_what_is_in_doubt_stands_in_the_first_row(tmp_path: Path) -> None:
    write_table(tmp_path / "out.csv", segmentation(), replace(CINE, warnings=("One doubt.", "Another.")), travels=True)
    with (tmp_path / "out.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert [row[-1] for row in rows] == ["calibration", "One doubt. Another.", *[""] * 9]
    unknown = replace(CINE, spacing=None, warnings=("No size is known.",))
    write_table(tmp_path / "out.csv", segmentation(), unknown, travels=True)
    with (tmp_path / "out.csv").open(newline="") as stream:
        assert "calibration" not in next(csv.reader(stream)), "there is no area in mm2 to doubt"


def test_table_without_time_and_spacing(tmp_path: Path) -> None:
    plain = Cine(CINE.frames, index_values=tuple(range(5)))
    write_table(tmp_path / "out.csv", segmentation(), plain)
    with (tmp_path / "out.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["time"] for row in rows} == {""} and {row["area_mm2"] for row in rows} == {""}


def test_report(tmp_path: Path) -> None:
    unsure = replace(segmentation(), confidence=np.full((5, 2), np.nan))
    write_report(tmp_path / "out.json", segmentation(), CINE, 123.45)
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["frames"] == 5 and report["segments"] == [1, 255] and report["marked_frames"] == [2]
    assert (report["preset"], report["device"], report["seed"], report["next_frame"]) == ("fast", "cpu", 7, 4)
    assert report["seconds"] == {"relearning": 1.235} and report["peak_memory_mib"] == 123.5
    assert report["confidence"][4] == [0.8889, 1.0]
    assert report["warnings"] == ["from the cine", "from the engine"]
    write_report(tmp_path / "out.json", unsure, CINE, None)
    assert json.loads((tmp_path / "out.json").read_text())["confidence"][0] == [None, None]
