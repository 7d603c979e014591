"""`rabsegment export` and `study export`: sets on the command line, and the way back."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from pydicom import dcmread

from helpers.dicom_cines import labels
from helpers.dicom_cines import write_cine as write_dicom_cine
from helpers.processes import assert_one_sentence, run_command
from helpers.study_files import SIDE, make_study, study_json, write_cine
from rabengine.cine import Cine
from rabengine.cli.main import build_parser
from rabengine.errors import ChoiceError
from rabengine.io.labels.write import write_labels
from rabengine.io.legend import Concept, LegendEntry, Terminology
from rabengine.io.read import read_cine
from rabengine.study import Study, StudySettings


@pytest.fixture(scope="module")
def cines(tmp_path_factory):
    """Two cines and their labels as `segment` writes them, with frames 0 and 2 marked."""
    folder = tmp_path_factory.mktemp("cines")
    for seed in (1, 2):
        truth = write_cine(folder, f"cine{seed}", seed)
        cine = Cine(truth, index_values=(0.0, 1.0, 2.0))
        write_labels(folder / f"labels{seed}.seq.nrrd", truth, cine, (1,), marked=(0, 2))
    return folder


def pairs(cines):
    return [cines / name for seed in (1, 2) for name in (f"cine{seed}.nrrd", f"labels{seed}.seq.nrrd")]


def test_what_is_exported_can_mark_a_study(cines, tmp_path):
    out = tmp_path / "set"
    done = run_command(
        "export", *pairs(cines), "--format", "cvat", "-o", out, "--name", "1=Ventricle", "--keep-text",
        "--split", "0.5,0.5", "--patient", "a", "--patient", "b",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Wrote 4 frames of 2 cines to {out}.\n"
    told = json.loads((out / "rabsegment.json").read_text())
    assert [cine["labels"] for cine in told["cines"]] == [{"marked": [0, 2]}] * 2
    assert {cine["split"] for cine in told["cines"]} == {"train", "val"}
    study = Study.create(tmp_path / "study", StudySettings(preset="image"))
    study.add(cines / "cine2.nrrd")
    assert study_json("mark", study.folder, 1, "--marks", out)["marks"] == [0, 2]
    truth = write_cine(tmp_path / "truth", "again", 2)
    assert all(np.array_equal(drawn, truth[frame]) for frame, drawn in study.marked_labels(1, (SIDE, SIDE)).items())
    assert study.settings().segments == {1: "Ventricle"}


def test_which_cine_of_a_set_is_meant_can_be_said_wherever_it_serves_as_labels(cines, tmp_path):
    def run(*words):
        options = build_parser().parse_args([*map(str, words)])
        assert options.run(options, threading.Event()) == 0

    run("export", *pairs(cines), "--format", "pairs", "-o", tmp_path / "set", "--keep-text")
    write_cine(tmp_path, "new", 3)
    new = tmp_path / "new.nrrd", tmp_path / "set"
    commands = {
        "one": ("export", *new, "--format", "pairs", "--keep-text"),
        "areas.csv": ("measure", *new, "--what", "area"),
        "figure.svg": ("figure", *new, "--keep-text"),
    }
    for name, command in commands.items():
        with pytest.raises(ChoiceError) as caught:
            run(*command, "-o", tmp_path / name)
        assert "cine_0001, cine_0002. Name one (--marks-of NAME)" in str(caught.value)
        assert not (tmp_path / name).exists()
        run(*command, "-o", tmp_path / name, "--marks-of", "cine_0002")
        assert (tmp_path / name).exists()
    truth = write_cine(tmp_path / "truth", "again", 2)
    areas = [float(line.split(",")[3]) for line in (tmp_path / "areas.csv").read_text().splitlines()[1:]]
    assert areas == [(truth[frame] > 0).sum() for frame in (0, 2)]


def test_colours_and_codes_of_a_dicom_segmentation_go_on_into_what_is_made_of_it(tmp_path):
    path, masks = write_dicom_cine("ultrasound", tmp_path), labels()
    kind = Concept("73829009", "SCT", "Right atrium")
    atrium = Terminology(Concept("123037004", "SCT", "Anatomical Structure"), kind)
    write_labels(
        tmp_path / "seg.dcm", masks, read_cine(path), (1, 4), {1: LegendEntry("Chamber", (12, 200, 99), atrium)}
    )
    for words in (
        ["export", path, tmp_path / "seg.dcm", "--format", "dicom-seg", "-o", tmp_path / "again.dcm"],
        ["measure", path, tmp_path / "seg.dcm", "-o", tmp_path / "table.csv", "--sr", tmp_path / "sr.dcm"],
    ):
        options = build_parser().parse_args([*map(str, words)])
        assert options.run(options, threading.Event()) == 0
    first, again = (dcmread(tmp_path / name).SegmentSequence[0] for name in ("seg.dcm", "again.dcm"))
    for name in ("SegmentLabel", "RecommendedDisplayCIELabValue", "SegmentedPropertyTypeCodeSequence"):
        assert first[name].value == again[name].value, name
    assert "Right atrium" in str(dcmread(tmp_path / "sr.dcm"))


def test_a_study_is_exported_as_a_set(tmp_path):
    study = make_study(tmp_path, count=2, marked=2)
    told = study_json(
        "export",
        study.folder,
        "--format",
        "nnunet",
        "-o",
        tmp_path / "Dataset101_Heart",
        "--keep-text",
        "--patient-each",
    )
    assert told == {"cines": {"1": "cine_0001", "2": "cine_0002"}, "frames": 2, "problems": {}}
    assert len(json.loads((tmp_path / "Dataset101_Heart" / "splits_final.json").read_text())) == 2
    refused = run_command("study", "export", study.folder, "-o", tmp_path / "labels", "--blank", "0,0,9,9")
    assert refused.returncode == 2 and "--blank is for sets of labelled pictures" in refused.stderr


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ((), "Nothing says whether names or dates are burned into the pixels"),
        (("--keep-text", "--split", "0.5,0.5"), "one patient could be in two splits"),
        (("--keep-text", "--marked", "0,7"), "--marked names frame 7, of which there are no labels"),
        (("--keep-text", "--split", "0.5,0.6"), "--split 0.5,0.6 is no split"),
        (("--keep-text", "--patient", "a"), "There are 1 --patient for 2 cines"),
    ],
)
def test_what_cannot_be_exported_leaves_nothing(cines, tmp_path, more, sentence):
    done = run_command("export", *pairs(cines), "--format", "pairs", "-o", tmp_path / "set", *more)
    assert done.returncode == 2 and sentence in done.stderr
    assert_one_sentence(done.stderr)
    assert list(tmp_path.iterdir()) == []
