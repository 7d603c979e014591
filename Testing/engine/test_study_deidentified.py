"""A study's cines for others: nothing in any file that is written tells whose they are."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pydicom
import pytest

from helpers.dicom_files import item, write_dicom
from helpers.processes import run_command
from helpers.study_files import FRAMES, PRESET, SIDE, write_cine
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.exchange.blanking import Blanking
from rabengine.exchange.items import SetChoices
from rabengine.io.dicom.patient import patient_of_cine
from rabengine.io.labels.formats import png_bytes
from rabengine.io.options import ReadOptions
from rabengine.io.read import read_cine
from rabengine.io.volume.nrrd_sequence import write_cine_sequence
from rabengine.segmentation import Segmentation
from rabengine.study import Study, StudySettings, keep_result, last_entry, run_study
from rabengine.study.blanking import blanked
from rabengine.study.deidentified import export_deidentified
from rabengine.study.export_set import export_set
from rabengine.study.verification import verify_log
from rabengine.synthetic.phantom import beating_ellipse

SECRETS = ("Mueller", "19610203", "PAT-77", "ACC-5", "20240506", "St. Elsewhere", "1.2.3.4.5")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A DICOM cine of a patient whose name is burned in, and a file in colour that is called by a name."""
    folder = tmp_path_factory.mktemp("private")
    frames, truth = beating_ellipse(FRAMES, SIDE, SIDE, seed=1)
    frames[:, :8, :20] = 255
    region = item(
        RegionSpatialFormat=1, PhysicalUnitsXDirection=3, PhysicalUnitsYDirection=3, PhysicalDeltaX=0.05,
        PhysicalDeltaY=0.1, RegionLocationMinX0=0, RegionLocationMinY0=0, RegionLocationMaxX1=SIDE - 1,
        RegionLocationMaxY1=SIDE - 1, RegionDataType=1,
    )  # fmt: skip
    write_dicom(
        folder / "Mueller^Anna.dcm", frames,
        PatientName="Mueller^Anna", PatientID="PAT-77", PatientBirthDate="19610203",
        AccessionNumber="ACC-5", StudyDate="20240506", ContentDate="20240506", InstitutionName="St. Elsewhere",
        StudyInstanceUID="1.2.3.4.5", SeriesInstanceUID="1.2.3.4.5.6", FrameTime="40",
        SequenceOfUltrasoundRegions=[region], ImageComments="Mueller",
    )  # fmt: skip
    write_cine(folder, "Mueller", 2)
    study = Study.create(folder / "study", StudySettings(preset=PRESET), by="Dr. Mueller")
    study.add(folder / "Mueller^Anna.dcm")
    study.mark(1, {0: truth[0]}, names={1: "Left ventricle"}, by="Dr. Mueller")
    study.add(folder / "Mueller.nrrd")
    assert run_study(study).done == (1, 2)
    return study


def test_nothing_that_tells_whose_it_is_is_in_any_file(study, tmp_path):
    exported = export_deidentified(study, tmp_path / "out", Blanking(((0, 0, 20, 8),)), key=tmp_path / "key.csv")
    assert exported.problems == {} and len(exported.files) == 2
    written = list((tmp_path / "out").iterdir())
    assert len(written) == 6
    for path in written:
        content = path.read_bytes()
        if path.suffix == ".nrrd":
            head, _, packed = content.partition(b"\n\n")
            content = head + gzip.decompress(packed)
        for secret in SECRETS:
            assert secret not in path.name and secret.encode() not in content, (path, secret)
    with (tmp_path / "key.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["cine"] for row in rows] == ["1", "2"] and "Mueller^Anna.dcm" in rows[0]["path"]
    assert (tmp_path / "out" / f"{rows[0]['name']}.dcm").is_file()


def test_pixels_sizes_and_times_stay_and_what_is_burned_in_goes(study, tmp_path):
    exported = export_deidentified(study, tmp_path, Blanking(((0, 0, 20, 8), (SIDE - 6, SIDE - 4, 6, 4))))
    for number in (1, 2):
        before, after = study.read(number), read_cine(exported.files[number][0])
        assert after.spacing == pytest.approx(before.spacing)
        assert after.index_values == pytest.approx(before.index_values)
        blank = np.zeros((SIDE, SIDE), bool)
        blank[:8, :20] = blank[-4:, -6:] = True
        assert not after.frames[:, blank].any()
        assert (after.frames[:, ~blank] == before.frames[:, ~blank]).all()


@pytest.mark.parametrize(
    "said",
    [
        {"ImagerPixelSpacing": [0.3, 0.2]},
        {"ImagerPixelSpacing": [0.6, 0.4], "EstimatedRadiographicMagnificationFactor": 2},
    ],
)
def test_what_is_in_doubt_stays_so_for_others(tmp_path, said):
    frames, truth = beating_ellipse(FRAMES, SIDE, SIDE, seed=1)
    path = write_dicom(tmp_path / "a.dcm", frames, **said)
    study = Study.create(tmp_path / "study", StudySettings(preset=PRESET))
    study.add(path)
    study.mark(1, {0: truth[0]})
    run_study(study)
    doubts = read_cine(path).warnings
    cine, _labels, table = export_deidentified(study, tmp_path / "out", Blanking(keeps_text=True)).files[1]
    assert doubts and read_cine(cine).warnings == doubts and read_cine(cine).spacing == pytest.approx((0.2, 0.3))
    assert " ".join(doubts) == pydicom.dcmread(cine).DerivationDescription
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["calibration"] for row in rows] == [" ".join(doubts), *[""] * (len(rows) - 1)]


def exports_of(study):
    return [(entry.by, entry.details) for entry in study.log() if entry.what == "export"]


def test_the_log_tells_what_was_written_for_others_by_whom_and_whether_it_tells_whose_it_is(study, tmp_path):
    known = len(exports_of(study))
    export_deidentified(study, tmp_path / "safe", Blanking(keeps_text=True), by="Dr. Mueller")
    export_deidentified(study, tmp_path / "none", Blanking(keeps_text=True), chosen=lambda _cine: False)
    done = run_command("study", "export", study.folder, "-o", tmp_path / "out", "--status", "predicted", "--by", "Eva")
    assert done.returncode == 0, done.stderr
    choices = SetChoices(blanking=Blanking(keeps_text=True))
    export_set(study, tmp_path / "set", "pairs", choices, lambda _cine, _path, number: str(number), by="Eva")
    assert exports_of(study)[known:] == [
        ("Dr. Mueller", of_export(tmp_path / "safe", ".seq.nrrd", True, [1, 2])),
        ("Eva", of_export(tmp_path / "out", ".seq.nrrd", False, [1, 2])),
        ("Eva", of_export(tmp_path / "set", "pairs", False, [1])),
    ]
    assert verify_log(study).problems == () and run_study(study).done == ()


def of_export(to, form, is_deidentified, cines):
    return {"to": str(to), "format": form, "deidentified": is_deidentified, "cines": cines}


def test_dicom_is_valid_and_its_names_are_the_same_each_time_and_other_in_another_study(study, tmp_path):
    found = []
    for name in ("one", "two"):
        [path, *_] = export_deidentified(study, tmp_path / name, Blanking(keeps_text=True)).files[1]
        data = pydicom.dcmread(path)
        found.append((path.name, data.PatientID, data.StudyInstanceUID, data.SOPInstanceUID))
        assert (
            data.PatientIdentityRemoved == "YES"
            and data.StudyInstanceUID.is_valid
            and data.PatientName == data.PatientID
        )
        assert not data.StudyDate and not data.PatientBirthDate and "InstitutionName" not in data
    assert found[0] == found[1] and len(found[0][3]) <= 64
    other = Study.create(tmp_path / "study", StudySettings(preset=PRESET))
    other.add(study.cine(1).path)
    other.mark(1, study.marked_labels(1, (SIDE, SIDE)))
    run_study(other)
    assert export_deidentified(other, tmp_path / "three", Blanking(keeps_text=True)).files[1][0].name != found[0][0]


def test_a_cine_that_the_mask_does_not_fit_is_left_out_for_it_would_tell(study, tmp_path):
    write_cine(tmp_path, "mask", 3)
    fits = export_deidentified(study, tmp_path / "out", mask=tmp_path / "mask.png")
    assert fits.problems == {}
    outside = export_deidentified(study, tmp_path / "none", Blanking(((SIDE, 0, 5, 5),)))
    assert sorted(outside.problems) == [1, 2] and "lies outside" in outside.problems[1]
    unsaid = export_deidentified(study, tmp_path / "none")  # the region of the first is the whole picture
    assert sorted(unsaid.problems) == [1, 2] and "burned into the pixels" in unsaid.problems[1]
    (tmp_path / "half" / fits.files[1][1].name).mkdir(parents=True)  # where the labels belong
    half = export_deidentified(study, tmp_path / "half", Blanking(keeps_text=True))
    assert sorted(half.problems) == [1] and not (tmp_path / "half" / fits.files[1][0].name).exists()
    gone = export_deidentified(study, tmp_path / "gone", mask=tmp_path / "nothing.png")
    assert sorted(gone.problems) == [1, 2] and list((tmp_path / "gone").iterdir()) == []
    with pytest.raises(InputError, match="tell whose they are"):
        export_deidentified(study, tmp_path / "gone", suffix=".dcm")
    with pytest.raises(InputError, match="would leave with the cines"):
        export_deidentified(study, tmp_path / "gone", key=tmp_path / "gone" / "keys" / "key.csv")


def test_each_series_of_a_folder_stands_for_its_own_patient_and_words_of_no_known_kind_stay(tmp_path):
    (tmp_path / "visit").mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (4, 3, SIDE, SIDE)).astype(np.uint8)
    told = {"Modality": "DR MUELLER", "Manufacturer": "日立", "SpecificCharacterSet": "ISO_IR 192"}
    for number, frames in enumerate(pixels[:2], start=1):
        write_dicom(
            tmp_path / "visit" / f"{number}.dcm", frames,
            PatientID=f"PAT-{number}", SeriesInstanceUID=f"1.2.{number}", SeriesNumber=number, FrameTime="40", **told,
        )  # fmt: skip
    named = Cine(pixels[2], (1.0, 1.0), index_name="Mueller", index_unit="Anna", index_values=(5.0, 6.0, 8.0))
    write_cine_sequence(tmp_path / "named.seq.nrrd", named)
    study = Study.create(tmp_path / "study", StudySettings(preset=PRESET))
    for series in ("1", "2"):
        study.add(tmp_path / "visit", ReadOptions(series=series))
    study.add(tmp_path / "named.seq.nrrd")
    found = Segmentation(np.ones((3, SIDE, SIDE), np.uint8), np.ones((3, 1), np.float32), (1,), (), PRESET, "cpu", 0)
    for number in (1, 2, 3):
        keep_result(study, number, found, known=last_entry(study), seconds=1)
    files = export_deidentified(study, tmp_path / "out", Blanking(keeps_text=True)).files
    first, second = (pydicom.dcmread(files[number][0]) for number in (1, 2))
    for keyword in ("PatientID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert first[keyword].value != second[keyword].value
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert (first.Modality, first.Manufacturer) == ("OT", "日立")
    assert [patient_of_cine(study.read(number), study.cine(number).path) for number in (1, 2)] == ["PAT-1", "PAT-2"]
    for path in files[3][:2]:
        assert b"Mueller" not in path.read_bytes() and b"Anna" not in path.read_bytes()
    assert read_cine(files[3][0]).index_values == (0, 1, 3)


def test_a_mask_adds_to_what_lies_outside_of_the_regions_of_an_ultrasound_file(tmp_path):
    region = item(RegionLocationMinX0=10, RegionLocationMinY0=8, RegionLocationMaxX1=49, RegionLocationMaxY1=35)
    bright = np.full((2, SIDE, SIDE), 200, np.uint8)
    bright[1] = 199
    cine = read_cine(write_dicom(tmp_path / "us.dcm", bright, SequenceOfUltrasoundRegions=[region]))
    hidden = np.zeros((SIDE, SIDE), np.uint8)
    hidden[8:12, 10:20] = 1
    (tmp_path / "mask.png").write_bytes(png_bytes(hidden))
    frames, _doubt = blanked(cine, Blanking(), tmp_path / "mask.png")
    assert np.count_nonzero(frames[0]) == 28 * 40 - 40


def test_colour_is_written_and_read_alike(tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (3, 10, 12, 3)).astype(np.uint8)
    times = (0.0, 0.04, 0.1)
    write_cine_sequence(tmp_path / "c.seq.nrrd", Cine(frames, (0.5, 0.25), index_name="time", index_values=times))
    after = read_cine(tmp_path / "c.seq.nrrd")
    assert (after.frames == frames).all() and after.spacing == (0.5, 0.25)
    assert (after.index_name, after.index_values) == ("time", times)


def test_the_command_exports_for_others_and_refuses_options_that_make_no_sense(study, tmp_path):
    done = run_command("study", "export", study.folder, "-o", tmp_path / "out", "--deidentify", "--blank", "0,0,20,8")
    assert done.returncode == 0 and len(list((tmp_path / "out").iterdir())) == 6, done.stderr
    done = run_command("study", "export", study.folder, "-o", tmp_path / "out", "--key", tmp_path / "key.csv")
    assert done.returncode == 2 and "need --deidentify" in done.stderr
