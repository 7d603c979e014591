"""`rabsegment measure`: its tables, charts and M-mode, two views of a ventricle, and what it refuses in a sentence."""

from __future__ import annotations

import csv
import json
import re
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from helpers.analytic_shapes import beating, ventricle, ventricle_volume
from helpers.dicom_files import write_dicom
from helpers.processes import assert_one_sentence, run_command
from rabengine.cli.main import build_parser
from rabengine.errors import InputError
from rabengine.io.labels.write import write_labels
from rabengine.io.legend import LegendEntry
from rabengine.io.read import read_cine

COUNT, STEP = 60, 0.02
SPACING = ("--spacing", "1.5", "1.5", "--frame-time", str(STEP))


def beating_labels(phase: float, across: float = 1.0) -> np.ndarray:
    """One beat a second, 87 x 87 pixels of 1.5 mm."""
    share = beating(np.arange(COUNT) * STEP, 1.0, phase)
    masks = [ventricle(40 + 8 * one, across * (17 + 7 * one), 0.5, (1.5, 1.5), 1.4) for one in share]
    return np.stack(masks).astype(np.uint8)


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    """Two DICOM cines of one patient at right angles, one of another patient, and the labels of each."""
    folder = tmp_path_factory.mktemp("views")
    found = {}
    for name, patient, phase, across in (
        ("four", "A1", 0.25, 1.0),
        ("two", "A1", 0.65, 0.7),
        ("other", "B2", 0.65, 0.7),
    ):
        labels = beating_labels(phase, across)
        found[name] = write_dicom(folder / f"{name}.dcm", (40 + 60 * (1 - labels)).astype(np.uint8), PatientID=patient)
        found[f"{name}_labels"] = folder / f"{name}_labels.nrrd"
        sitk.WriteImage(sitk.GetImageFromArray(labels), str(found[f"{name}_labels"]))
    return SimpleNamespace(**found)


def measure(*arguments: object) -> None:
    """The command in this process."""
    options = build_parser().parse_args(["measure", *map(str, arguments)])
    assert options.run(options, threading.Event()) == 0


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_folder_has_tables_a_chart_and_an_m_mode(views, tmp_path):
    out = tmp_path / "measured é"
    done = run_command(
        "measure",
        views.four,
        views.four_labels,
        "--what=area,change,ventricle",
        *SPACING,
        "--mmode=45,5,45,85",
        "--thickness=3",
        "-o",
        out,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == sorted(
        ["frames.csv", "beats.csv", "summary.csv", "chart.png", "mmode.png", "mmode.csv"]
    )
    frames = rows_of(out / "frames.csv")
    assert len(frames) == COUNT and frames[3]["time"] == "0.060000"
    assert float(frames[0]["area [mm2]"]) > 1000 and float(frames[0]["volume (discs) [mL]"]) > 10
    summary = {row["measurement"]: row for row in rows_of(out / "summary.csv")}
    volume = ventricle_volume(48, 24, 0.5) / 1000
    assert float(summary["end-diastolic volume (discs)"]["value"]) == pytest.approx(volume, rel=0.02)
    assert summary["end-diastolic volume (discs)"]["code"] == "18026-5"
    assert {row["measurement"] for row in rows_of(out / "beats.csv")} >= {"fractional area change", "end-systolic area"}
    edges = rows_of(out / "mmode.csv")
    assert {row["way"] for row in edges} == {"enters", "leaves"} and "position [mm]" in edges[0]
    for name in ("chart.png", "mmode.png"):
        with Image.open(out / name) as picture:
            assert picture.size[0] > 800 and np.ptp(np.asarray(picture.convert("L"))) > 100
    [fraction] = re.findall(r"Segment 1: ejection fraction \(discs\) (\S+) %", done.stdout)
    assert float(fraction) == round(float(summary["ejection fraction (discs)"]["value"]), 2)


def test_two_views_of_one_patient_give_the_biplane_fraction_as_json(views, tmp_path, capsys):
    table = tmp_path / "frames.csv"
    measure(
        views.four,
        views.four_labels,
        "--what=ventricle",
        "--second",
        views.two,
        views.two_labels,
        "--second-spacing",
        "1.5",
        "1.5",
        *SPACING,
        "--json",
        "-o",
        table,
    )
    told = json.loads(capsys.readouterr().out)
    values = {one["name"]: one["value"] for one in told["measured"] if one["frame"] is None}
    ed, es = ventricle_volume(48, 24, 0.5, 0.7 * 24), ventricle_volume(40, 17, 0.5, 0.7 * 17)
    assert values["end-diastolic volume (biplane)"] == pytest.approx(ed / 1000, rel=0.02)
    assert values["ejection fraction (biplane)"] == pytest.approx(100 * (1 - es / ed), abs=1.5)
    assert told["files"] == [str(table)] and len(rows_of(table)) == COUNT
    assert "Second view: The cine has no times" in str(told["warnings"])


def test_views_of_two_patients_are_refused_and_nothing_is_written(views, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(InputError, match=r"are of two patients, so they are no biplane pair\.") as caught:
        measure(
            views.four,
            views.four_labels,
            "--what=ventricle",
            "--second",
            views.other,
            views.other_labels,
            *SPACING,
            "-o",
            out,
        )
    assert "A1" not in str(caught.value) and "B2" not in str(caught.value)
    assert not out.exists()


def test_one_view_given_twice_is_no_pair(views, tmp_path):
    twice = ("--second", views.four, views.four_labels)
    with pytest.raises(InputError, match="is both views of the biplane pair"):
        measure(views.four, views.four_labels, "--what=ventricle", *twice, *SPACING, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_apex_and_mitral_plane_are_moved_by_options(views, tmp_path, capsys):
    lengths = []
    for more in ((), ("--mitral=5:30,50,60,52", "--apex=5:45,12")):
        measure(views.four, views.four_labels, "--what=ventricle", *SPACING, *more, "-o", tmp_path / "frames.csv")
        lengths.append(float(rows_of(tmp_path / "frames.csv")[5]["long axis [mm]"]))
    assert lengths[1] == pytest.approx(1.5 * np.hypot(0, 51 - 12), rel=0.001) and lengths[0] != lengths[1]
    assert "ejection fraction" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--segment=atrium",), "has no segment 'atrium'"),
        (("--what=mass",), "'mass' is nothing that can be measured"),
        (("--apex=99:3,3", "--what=ventricle"), "There is no frame 99"),
        (
            ("--apex=3:500,3", "--what=ventricle"),
            "500,3 that is given for frame 3 lies outside of the picture",
        ),
        (("--mitral=3:5,5,5,5", "--what=ventricle"), "The two hinge points that are given for frame 3 are one"),
        (("--apex=3:5,5",), "--apex and --mitral are for --what ventricle"),
        (("--second-spacing", "1", "1"), "Options that begin with --second- are for the cine of --second"),
        (("--mmode=0,0,500,500",), "leaves the picture of 87 x 87 pixels"),
        (("--thickness=nan",), "--thickness is no number"),
    ],
)
def test_what_cannot_be_done_has_one_sentence_and_leaves_nothing(views, tmp_path, more, sentence):
    with pytest.raises(InputError, match=sentence):
        measure(views.four, views.four_labels, *more, "-o", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_chart_names_each_segment_whatever_it_is_called(views, tmp_path, capsys):
    cine = read_cine(views.four)
    legend = {1: LegendEntry("_LV $x$ \u5fc3", (255, 0, 0)), 2: LegendEntry("Wall", (0, 0, 255))}
    labels = beating_labels(0.25)
    labels[:, :4, :4] = 2
    write_labels(tmp_path / "named.seq.nrrd", labels, cine, (1, 2), legend)
    measure(views.four, tmp_path / "named.seq.nrrd", "--what=area", *SPACING, "-o", tmp_path / "out")
    chart = np.asarray(Image.open(tmp_path / "out" / "chart.png").convert("RGB")).astype(int)
    beside = chart[:, chart.shape[1] * 3 // 4 :]  # where the legend is
    for colour, others in ((0, (1, 2)), (2, (0, 1))):
        assert (beside[..., colour] - beside[..., others].max(axis=-1) > 150).any()
    assert "Glyph" not in capsys.readouterr().err


def test_json_alone_needs_no_place_for_files(views, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    measure(views.four, views.four_labels, "--what=area", *SPACING, "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == [] and len(told["measured"]) == COUNT and list(tmp_path.iterdir()) == []


def test_places_that_are_none_and_a_table_over_the_labels_are_refused(views, tmp_path):
    for option in ("--apex=3", "--mitral=1:2,3", "--mmode=1,2,3", "--mmode=1,2,3,x"):
        with pytest.raises(InputError, match="Argument --"):
            build_parser().parse_args(["measure", "a", "b", option, "-o", "c"])
    table = tmp_path / "labels.csv"
    table.write_text("frame", encoding="utf-8")
    with pytest.raises(InputError, match="would overwrite"):
        measure(views.four, table, "-o", table)
    with pytest.raises(InputError, match=r"is neither a folder nor a \.csv file"):
        measure(views.four, views.four_labels, "-o", tmp_path / "out.xlsx")
    done = run_command("measure", views.four, tmp_path / "nothing.nrrd", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert_one_sentence(done.stderr)


def test_a_cine_without_calibration_is_measured_in_pixels_and_frames_with_a_warning(tmp_path, capsys):
    labels = beating_labels(0.25)
    for number, name in enumerate(("images", "masks")):
        (tmp_path / name).mkdir()
        for frame in range(0, COUNT, 2):
            picture = labels[frame] * (1 if number else 90) + (0 if number else 50)
            Image.fromarray(picture.astype(np.uint8)).save(tmp_path / name / f"{frame:04d}.png")
    measure(tmp_path / "images", tmp_path / "masks", "--what=area,beats", "-o", tmp_path / "frames.csv")
    said = capsys.readouterr()
    assert "no pixel size" in said.err and "no times" in said.err
    first, second, *_rest = rows_of(tmp_path / "frames.csv")
    assert "area [px]" in first and list(first)[-1] == "notes"
    assert "no pixel size" in first["notes"] and "no times" in first["notes"] and second["notes"] == ""
    assert "/min" not in said.out
