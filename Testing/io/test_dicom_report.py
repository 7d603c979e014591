"""Measurements as DICOM structured reports, read back by highdicom, and DICOM as a format of the export."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pytest
from pydicom import dcmread

from helpers.dicom_cines import COUNT, IDENTITY, KINDS, LEGEND, labels, write_cine
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.exchange.format import UNKNOWN, ExchangeItem
from rabengine.exchange.report import report_of, write_structured_report
from rabengine.exchange.write import write_set
from rabengine.io.derived.objects import Labelling
from rabengine.io.marks.label_sequence import read_frame_labels
from rabengine.io.read import read_cine
from rabengine.measurement.measured import Measured

AREA = ("42798000", "SCT", "Area")
VENTRICLE = LEGEND[1].name


@pytest.fixture(scope="module")
def cines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cine]:
    """One of each kind."""
    folder = tmp_path_factory.mktemp("cines")
    return {kind: read_cine(write_cine(kind, folder)) for kind in KINDS}


def measured() -> list[Measured]:
    on_frames = [Measured("area", VENTRICLE, 12.5 + frame, "mm2", frame, AREA) for frame in (0, 3)]
    return [
        *on_frames,
        Measured("ejection fraction (discs), mean of all beats", VENTRICLE, 61.25, "%"),
        Measured("centroid distance", f"{VENTRICLE} - Wall", 1 / 3, "{pixels}", 3),
    ]


def groups_of(path: Path) -> list[Any]:
    return list(highdicom.sr.srread(path).content.get_image_measurement_groups())


@pytest.mark.parametrize("kind", KINDS)
def test_each_measurement_is_found_again_with_its_frame(cines, tmp_path, kind):
    path = tmp_path / "report.dcm"
    write_structured_report(path, cines[kind], measured())
    found = []
    for group in groups_of(path):
        for one in group.get_measurements():
            places = [
                (image.referenced_sop_instance_uid, image.referenced_frame_numbers) for image in group.source_images
            ]
            found.append((group.tracking_identifier, one.name.meaning, one.value, one.unit.value, places))
    frames = cines[kind].dicom_frames
    here = {frame: [(frames[frame].instance, None if kind == "series" else [frames[frame].number])] for frame in (0, 3)}
    files = [(instance, None) for instance in dict.fromkeys(frame.instance for frame in frames)]
    assert found == [
        (VENTRICLE, "Area", 12.5, "mm2", here[0]),
        (VENTRICLE, "Area", 15.5, "mm2", here[3]),
        (VENTRICLE, "ejection fraction (discs), mean of all beats", 61.25, "%", files),
        (f"{VENTRICLE} - Wall", "centroid distance", pytest.approx(1 / 3), "{pixels}", here[3]),
    ]


def test_a_segment_is_followed_over_the_frames(cines, tmp_path):
    write_structured_report(tmp_path / "report.dcm", cines["ultrasound"], measured())
    groups = groups_of(tmp_path / "report.dcm")
    assert len({group.tracking_uid for group in groups[:3]}) == 1
    assert groups[3].tracking_uid != groups[0].tracking_uid
    assert groups[0].finding_type.value == "87878005"


def test_the_report_is_of_the_patient_and_says_who_made_it(cines):
    made = report_of(cines["series"], measured(), labelling=Labelling("Heart", "Doe^Jane"))
    assert (made.PatientID, made.PatientName) == (IDENTITY["PatientID"], IDENTITY["PatientName"])
    assert (made.SeriesDescription, made.Manufacturer) == ("Heart", "RABSegment")
    names = [item.PersonName for item in made.ContentSequence if "PersonName" in item]
    assert names == ["Doe^Jane"]


def test_names_without_a_code_get_one_of_their_own(cines):
    names = [f"some measurement that is long, number {number}" for number in (1, 2)]
    made = report_of(cines["ultrasound"], [Measured(name, VENTRICLE, 1, "1") for name in names])
    group = made.ContentSequence[-1].ContentSequence[0].ContentSequence
    found = [item.ConceptNameCodeSequence[0] for item in group if item.ValueType == "NUM"]
    assert [code.CodeMeaning for code in found] == names
    assert {code.CodingSchemeDesignator for code in found} == {"99RABSEGMENT"}
    assert len({code.CodeValue for code in found}) == 2
    assert all(len(code.CodeValue) <= 16 for code in found)


def test_two_ways_of_measuring_one_thing_are_told_apart(cines, tmp_path):
    volume = ("118565006", "SCT", "Volume")
    both = [Measured(f"volume ({way})", VENTRICLE, 30, "mL", 0, volume) for way in ("area-length", "discs")]
    write_structured_report(
        tmp_path / "report.dcm", cines["ultrasound"], [*both, Measured("area", VENTRICLE, 1, "mm2", 0, AREA)]
    )
    found = [
        (one.name.meaning, one.method and one.method.meaning)
        for one in groups_of(tmp_path / "report.dcm")[0].get_measurements()
    ]
    assert found == [("Volume", "volume (area-length)"), ("Volume", "volume (discs)"), ("Area", None)]


def test_values_of_two_views_are_said_to_be_of_images_that_are_not_in_the_report(cines):
    volume = ("79996-5", "LN", "Left ventricular end diastolic volume biplane (MOD)")
    both = [Measured("end-diastolic volume (biplane)", VENTRICLE, 120.0, "mL", None, volume)]
    said = [
        [item.TextValue for item in report_of(cines["ultrasound"], found).ContentSequence if item.ValueType == "TEXT"]
        for found in (both, measured())
    ]
    assert ["second view" in " ".join(texts) for texts in said] == [True, False]


def test_a_calibration_in_doubt_is_said_in_the_report(cines):
    doubt = "The pixel spacing is that of the detector."
    made = report_of(replace(cines["fluoroscopy"], warnings=(doubt,)), measured())
    assert [item.TextValue for item in made.ContentSequence if item.ValueType == "TEXT"][-1] == doubt


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
@pytest.mark.parametrize("kind", KINDS)
def test_the_validator_of_dicom_finds_no_error(cines, tmp_path, kind):
    write_structured_report(tmp_path / "report.dcm", cines[kind], measured())
    said = subprocess.run(["dciodvfy", tmp_path / "report.dcm"], capture_output=True, text=True, check=False).stderr
    assert "ComprehensiveSR" in said
    assert "Error" not in said


def test_nothing_to_report_costs_one_sentence(cines):
    with pytest.raises(InputError, match="A DICOM report needs a measurement, and there is none"):
        report_of(cines["ultrasound"], [Measured("area", VENTRICLE, float("nan"), "mm2", 0)])
    with pytest.raises(InputError, match="A DICOM report refers to the DICOM files of its cine"):
        report_of(Cine(np.zeros((2, 4, 4), np.uint8), source="heart.mp4"), measured())


def item_of(cine: Cine) -> ExchangeItem:
    drawn = dict(enumerate(labels()))
    return ExchangeItem("cine_0001", cine, drawn, dict.fromkeys(drawn, UNKNOWN), LEGEND)


def test_the_export_writes_dicom_of_each_kind(cines, tmp_path):
    kinds = {"dicom-seg": "BINARY", "dicom-labelmap": "LABELMAP"}
    for name, form in kinds.items():
        path = tmp_path / f"{name}.dcm"
        write_set(path, name, [item_of(cines["ultrasound"])], {})
        assert dcmread(path).SegmentationType == form
        found = read_frame_labels(path, cines["ultrasound"])
        assert np.array_equal(np.stack([found[frame] for frame in range(COUNT)]), labels())
    write_set(tmp_path / "sr.dcm", "dicom-sr", [item_of(cines["series"])], {})
    areas = [
        (one.value, one.unit.value, group.tracking_identifier)
        for group in groups_of(tmp_path / "sr.dcm")
        for one in group.get_measurements()
        if one.name.meaning == "Area" and group.source_images[0].referenced_sop_instance_uid
    ]
    sizes = [int(np.count_nonzero(labels()[frame] == 1)) for frame in range(COUNT - 1)]
    found_sizes = [value for value, unit, name in areas if name == VENTRICLE and unit == "mm2"]
    assert found_sizes == pytest.approx([size * 0.5 * 0.4 for size in sizes])


def test_the_export_of_several_cines_is_a_folder_of_files(cines, tmp_path):
    items = [item_of(cines["ultrasound"]), item_of(cines["series"])]
    named = [items[0], ExchangeItem(**{**vars(items[1]), "name": "cine_0002"})]
    write_set(tmp_path / "out", "dicom-seg", named, {})
    assert {"cine_0001.dcm", "cine_0002.dcm"} < {path.name for path in (tmp_path / "out").iterdir()}
